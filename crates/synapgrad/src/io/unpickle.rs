//! Reading a pickle without running it.
//!
//! A pickle is a program for a small stack machine: push a number, push a mark, make a list of what lies above the mark,
//! call this function with that tuple. Python's own reader calls whatever function the file names, so that a pickle can do
//! anything. This one knows the dozen functions of which tensors and containers are made, builds their results itself, and
//! refuses every other name. Nothing that a file says is believed before it is checked: what a length promises must be
//! there, and what is built is at most as large as the file that describes it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{bail, ensure};
use crate::io::value::{Ordered, Value};
use crate::{DType, Error, ErrorKind, Layout, Result, Storage, Tensor};

/// Deeper nesting of containers is refused, as it is by Python.
pub const MAX_DEPTH: usize = 900;

/// Where the bytes of a storage come from: its key, its element type and how many elements it has.
pub type Load<'a> = dyn FnMut(&str, DType, usize) -> Result<Storage> + 'a;

/// The value that a pickle describes.
///
/// # Errors
/// UnpicklingError for a damaged pickle, and for one that names anything but tensors, numbers, text and containers.
pub fn read(bytes: &[u8], load: &mut Load) -> Result<Value> {
    let mut machine =
        Machine { rest: bytes, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), objects: Vec::new(), load };
    let root = machine.run()?;
    let mut finished: Vec<Option<Value>> = vec![None; machine.objects.len()];
    let mut open = vec![false; machine.objects.len()];
    finish(&machine.objects, root, 0, &mut open, &mut finished)
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Unpickling, format!("the pickle is damaged: {what}"))
}

/// The number of an object in `Machine::objects`. Containers refer to what they hold by it, so that one may still grow
/// after another holds it.
type Id = usize;

enum Object {
    Value(Value),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    Dict { items: Vec<(Id, Id)>, kind: Kind, attributes: Option<Id> },
    Storage(Storage, DType),
    StorageType(DType),
    Function(Function),
}

/// Kinds of dictionaries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Ordered,
    Counter,
}

/// The functions that a file may name.
#[derive(Clone, Copy)]
enum Function {
    OrderedDict,
    Counter,
    Set,
    Size,
    Device,
    /// `_codecs.encode(text, "latin1")`, which is how old pickles write bytes.
    Encode,
    /// `_rebuild_tensor(storage, offset, size, stride)` and more, which is not needed here.
    Tensor,
    /// `_rebuild_parameter(tensor, requires_grad, hooks)`
    Parameter,
}

/// What a name in the file stands for.
fn global(module: &str, name: &str) -> Result<Object> {
    Ok(Object::Function(match (module, name) {
        ("collections", "OrderedDict") => Function::OrderedDict,
        ("collections", "Counter") => Function::Counter,
        ("builtins" | "__builtin__", "set") => Function::Set,
        ("torch", "Size") => Function::Size,
        ("torch", "device") => Function::Device,
        ("_codecs", "encode") => Function::Encode,
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Function::Tensor,
        ("torch._utils", "_rebuild_parameter") => Function::Parameter,
        ("torch", other) => {
            let storage = |d: &&DType| other.strip_suffix("Storage") == Some(storage_name(**d));
            if let Some(&dtype) = DType::ALL.iter().find(storage) {
                return Ok(Object::StorageType(dtype));
            }
            if let Some(&dtype) = DType::ALL.iter().find(|d| d.name() == other) {
                return Ok(Object::Value(Value::DType(dtype)));
            }
            return Err(refused(module, name));
        }
        _ => return Err(refused(module, name)),
    }))
}

fn refused(module: &str, name: &str) -> Error {
    let text = format!(
        "the file holds {module}.{name}: only tensors, numbers, text and containers are loaded, because making anything \
         else would run code that the file chooses. Save a state_dict() instead of a whole object"
    );
    Error::new(ErrorKind::Unpickling, text)
}

/// PyTorch's name for memory of a type: `Float` of `FloatStorage`.
pub fn storage_name(dtype: DType) -> &'static str {
    match dtype {
        DType::F32 => "Float",
        DType::F64 => "Double",
        DType::F16 => "Half",
        DType::BF16 => "BFloat16",
        DType::I64 => "Long",
        DType::I32 => "Int",
        DType::I16 => "Short",
        DType::I8 => "Char",
        DType::U8 => "Byte",
        DType::Bool => "Bool",
    }
}

struct Machine<'a, 'l> {
    rest: &'a [u8],
    stack: Vec<Id>,
    /// Heights of the stack where marks were set.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    objects: Vec<Object>,
    load: &'l mut Load<'l>,
}

// Reading bytes
impl<'a> Machine<'a, '_> {
    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let Some((head, rest)) = self.rest.split_at_checked(n) else { return Err(damaged("it ends early")) };
        self.rest = rest;
        Ok(head)
    }

    /// An unsigned number of `N` bytes, lowest first.
    fn number<const N: usize>(&mut self) -> Result<u64> {
        Ok(self.take(N)?.iter().rev().fold(0, |n, &byte| n << 8 | u64::from(byte)))
    }

    /// A piece whose length stands before it in `N` bytes.
    fn piece<const N: usize>(&mut self) -> Result<&'a [u8]> {
        let len = self.number::<N>()?;
        self.take(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn text<const N: usize>(&mut self) -> Result<Value> {
        let piece = self.piece::<N>()?;
        let text = std::str::from_utf8(piece).map_err(|_| damaged("a text is not UTF-8"))?;
        Ok(Value::Str(text.into()))
    }

    fn line(&mut self) -> Result<&'a str> {
        let end = self.rest.iter().position(|&b| b == b'\n').ok_or_else(|| damaged("it ends early"))?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).map_err(|_| damaged("a name is not UTF-8"))
    }
}

// The stack
impl Machine<'_, '_> {
    fn push(&mut self, object: Object) {
        self.stack.push(self.objects.len());
        self.objects.push(object);
    }

    fn value(&mut self, value: Value) {
        self.push(Object::Value(value));
    }

    fn pop(&mut self) -> Result<Id> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.pop() {
            Some(id) if self.stack.len() >= floor => Ok(id),
            _ => Err(damaged("the stack is empty")),
        }
    }

    fn top(&mut self) -> Result<Id> {
        let id = self.pop()?;
        self.stack.push(id);
        Ok(id)
    }

    /// All above the last mark, and the mark itself.
    fn above_mark(&mut self) -> Result<Vec<Id>> {
        let at = self.marks.pop().ok_or_else(|| damaged("a mark is missing"))?;
        Ok(self.stack.split_off(at))
    }

    fn tuple(&mut self, n: usize) -> Result<()> {
        let mut items = (0..n).map(|_| self.pop()).collect::<Result<Vec<Id>>>()?;
        items.reverse();
        self.push(Object::Tuple(items));
        Ok(())
    }

    fn extend(&mut self, items: Vec<Id>) -> Result<()> {
        let at = self.top()?;
        match &mut self.objects[at] {
            Object::List(list) | Object::Set(list) => list.extend(items),
            _ => return Err(damaged("items for what is neither a list nor a set")),
        }
        Ok(())
    }

    fn set_items(&mut self, keys_and_values: Vec<Id>) -> Result<()> {
        ensure!(keys_and_values.len().is_multiple_of(2), Unpickling, "{}", damaged("a key without a value"));
        let at = self.top()?;
        let Object::Dict { items, .. } = &mut self.objects[at] else {
            return Err(damaged("keys and values for what is no dictionary"));
        };
        items.extend(keys_and_values.chunks_exact(2).map(|pair| (pair[0], pair[1])));
        Ok(())
    }

    fn remember(&mut self, key: u64) -> Result<()> {
        let id = self.top()?;
        self.memo.insert(key as u32, id);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<()> {
        let id = self.memo.get(&(key as u32)).ok_or_else(|| damaged(format!("memo {key} is empty")))?;
        self.stack.push(*id);
        Ok(())
    }
}

// What objects are
impl Machine<'_, '_> {
    fn str(&self, id: Id) -> Result<Arc<str>> {
        match &self.objects[id] {
            Object::Value(Value::Str(text)) => Ok(text.clone()),
            _ => Err(damaged("a text is expected")),
        }
    }

    fn items(&self, id: Id) -> Result<&[Id]> {
        match &self.objects[id] {
            Object::Tuple(items) | Object::List(items) => Ok(items),
            _ => Err(damaged("a tuple is expected")),
        }
    }

    /// A size, stride or offset: not negative.
    fn size(&self, id: Id) -> Result<usize> {
        match &self.objects[id] {
            Object::Value(Value::Int(n)) => {
                usize::try_from(*n).map_err(|_| damaged(format!("a size, stride or offset is {n}")))
            }
            _ => Err(damaged("a size, stride or offset is no number")),
        }
    }

    fn sizes(&self, id: Id) -> Result<Vec<usize>> {
        match &self.objects[id] {
            Object::Value(Value::Size(sizes)) => Ok(sizes.to_vec()),
            _ => self.items(id)?.iter().map(|&item| self.size(item)).collect(),
        }
    }
}

// The program
impl Machine<'_, '_> {
    fn run(&mut self) -> Result<Id> {
        loop {
            let op = self.take(1)?[0];
            match op {
                0x80 => {
                    let protocol = self.number::<1>()?;
                    ensure!(protocol <= 5, Unpickling, "{}", damaged(format!("it has protocol {protocol}")));
                }
                0x95 => drop(self.take(8)?), // a frame: only a hint
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'1' => drop(self.above_mark()?),
                b'2' => {
                    let id = self.top()?;
                    self.stack.push(id);
                }

                b'N' => self.value(Value::None),
                0x88 => self.value(Value::Bool(true)),
                0x89 => self.value(Value::Bool(false)),
                b'J' => {
                    let bits = self.number::<4>()? as u32;
                    self.value(Value::Int(bits.cast_signed().into()));
                }
                b'K' => {
                    let n = self.number::<1>()?;
                    self.value(Value::Int(n as i64));
                }
                b'M' => {
                    let n = self.number::<2>()?;
                    self.value(Value::Int(n as i64));
                }
                0x8a => {
                    let bytes = self.piece::<1>()?;
                    self.value(integer(bytes));
                }
                0x8b => {
                    let bytes = self.piece::<4>()?;
                    self.value(integer(bytes));
                }
                b'G' => {
                    let bits = self.number::<8>()?.swap_bytes();
                    self.value(Value::Float(f64::from_bits(bits)));
                }
                b'X' => {
                    let text = self.text::<4>()?;
                    self.value(text);
                }
                0x8c => {
                    let text = self.text::<1>()?;
                    self.value(text);
                }
                0x8d => {
                    let text = self.text::<8>()?;
                    self.value(text);
                }
                b'B' => {
                    let bytes = self.piece::<4>()?;
                    self.value(Value::Bytes(bytes.into()));
                }
                b'C' => {
                    let bytes = self.piece::<1>()?;
                    self.value(Value::Bytes(bytes.into()));
                }
                0x8e => {
                    let bytes = self.piece::<8>()?;
                    self.value(Value::Bytes(bytes.into()));
                }

                b']' => self.push(Object::List(Vec::new())),
                b')' => self.push(Object::Tuple(Vec::new())),
                b'}' => self.push(Object::Dict { items: Vec::new(), kind: Kind::Plain, attributes: None }),
                0x8f => self.push(Object::Set(Vec::new())),
                b'a' => {
                    let item = self.pop()?;
                    self.extend(vec![item])?;
                }
                b'e' | 0x90 => {
                    let items = self.above_mark()?;
                    self.extend(items)?;
                }
                b't' => {
                    let items = self.above_mark()?;
                    self.push(Object::Tuple(items));
                }
                b'l' => {
                    let items = self.above_mark()?;
                    self.push(Object::List(items));
                }
                0x85 => self.tuple(1)?,
                0x86 => self.tuple(2)?,
                0x87 => self.tuple(3)?,
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(vec![key, value])?;
                }
                b'u' => {
                    let pairs = self.above_mark()?;
                    self.set_items(pairs)?;
                }

                b'q' => {
                    let key = self.number::<1>()?;
                    self.remember(key)?;
                }
                b'r' => {
                    let key = self.number::<4>()?;
                    self.remember(key)?;
                }
                0x94 => self.remember(self.memo.len() as u64)?,
                b'h' => {
                    let key = self.number::<1>()?;
                    self.recall(key)?;
                }
                b'j' => {
                    let key = self.number::<4>()?;
                    self.recall(key)?;
                }

                b'c' => {
                    let (module, name) = (self.line()?, self.line()?);
                    self.push(global(module, name)?);
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    let (module, name) = (self.str(module)?, self.str(name)?);
                    self.push(global(&module, &name)?);
                }
                b'Q' => self.storage()?,
                b'R' => self.call()?,
                b'b' => self.attributes()?,
                _ => bail!(Unpickling, "{}", damaged(format!("instruction 0x{op:02x} is not known"))),
            }
        }
    }

    /// `("storage", type, key, device, number of elements)`: memory that lies in another entry of the archive.
    fn storage(&mut self) -> Result<()> {
        let id = self.pop()?;
        let &[kind, dtype, key, _device, numel] = self.items(id)? else {
            return Err(damaged("the description of a storage has another form"));
        };
        let (Object::StorageType(dtype), true) = (&self.objects[dtype], &*self.str(kind)? == "storage") else {
            return Err(damaged("the description of a storage has another form"));
        };
        let (dtype, key, numel) = (*dtype, self.str(key)?, self.size(numel)?);
        let storage = (self.load)(&key, dtype, numel)?;
        self.push(Object::Storage(storage, dtype));
        Ok(())
    }

    /// Call a function with a tuple of arguments.
    fn call(&mut self) -> Result<()> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Object::Function(function) = self.objects[function] else {
            return Err(damaged("what is called is no function"));
        };
        let arguments = self.items(arguments)?.to_vec();
        let result = match (function, &arguments[..]) {
            (Function::OrderedDict, []) => Object::Dict { items: Vec::new(), kind: Kind::Ordered, attributes: None },
            (Function::OrderedDict, &[pairs]) => {
                let pair = |&id: &Id| match self.items(id)? {
                    &[key, value] => Ok((key, value)),
                    _ => Err(damaged("an OrderedDict of what are no pairs")),
                };
                let items = self.items(pairs)?.iter().map(pair).collect::<Result<_>>()?;
                Object::Dict { items, kind: Kind::Ordered, attributes: None }
            }
            (Function::Counter, &[dict]) => match &self.objects[dict] {
                Object::Dict { items, kind: Kind::Plain, .. } => {
                    Object::Dict { items: items.clone(), kind: Kind::Counter, attributes: None }
                }
                _ => return Err(damaged("a Counter of what is no dictionary")),
            },
            (Function::Set, &[list]) => Object::Set(self.items(list)?.to_vec()),
            (Function::Size, &[sizes]) => Object::Value(Value::Size(self.sizes(sizes)?.into())),
            (Function::Device, &[name]) => Object::Value(Value::Device(self.str(name)?)),
            (Function::Device, &[name, index]) => {
                Object::Value(Value::Device(format!("{}:{}", self.str(name)?, self.size(index)?).into()))
            }
            (Function::Encode, &[text, _latin1]) => {
                let text = self.str(text)?;
                let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
                Object::Value(Value::Bytes(bytes.map_err(|_| damaged("bytes beyond 255"))?.into()))
            }
            (Function::Tensor, &[storage, offset, shape, strides, ref options @ ..]) => {
                self.tensor(storage, offset, shape, strides, options.first().copied())?
            }
            (Function::Parameter, &[data, requires_grad, _hooks]) => {
                let (Object::Value(Value::Tensor(data)), Object::Value(Value::Bool(requires_grad))) =
                    (&self.objects[data], &self.objects[requires_grad])
                else {
                    return Err(damaged("a Parameter of what is no tensor"));
                };
                Object::Value(Value::Parameter(data.detach().requires_grad_(*requires_grad)?))
            }
            _ => return Err(damaged("a function is called with arguments that it does not take")),
        };
        self.push(result);
        Ok(())
    }

    fn tensor(&self, storage: Id, offset: Id, shape: Id, strides: Id, requires_grad: Option<Id>) -> Result<Object> {
        let Object::Storage(storage, dtype) = &self.objects[storage] else {
            return Err(damaged("a tensor of what is no storage"));
        };
        let (shape, strides) = (self.sizes(shape)?, self.sizes(strides)?);
        ensure!(
            shape.len() == strides.len(),
            Unpickling,
            "{}",
            damaged(format!("a tensor of shape {shape:?} has strides {strides:?}"))
        );
        ensure!(
            synapgrad_kernels::layout::checked_numel(&shape).is_some(),
            Unpickling,
            "{}",
            damaged(format!("shape {shape:?} has more elements than any memory"))
        );
        let layout = Layout { shape: shape.into(), strides: strides.into(), offset: self.size(offset)? };
        let tensor = Tensor::over(storage, layout, *dtype)
            .map_err(|error| Error::new(ErrorKind::Unpickling, format!("the file is damaged: {}", error.message())))?;
        match requires_grad.map(|id| &self.objects[id]) {
            Some(Object::Value(Value::Bool(true))) => drop(tensor.requires_grad_(true)?),
            None | Some(Object::Value(Value::Bool(false))) => {}
            Some(_) => return Err(damaged("requires_grad is no bool")),
        }
        Ok(Object::Value(Value::Tensor(tensor)))
    }

    /// Attributes for the object below.
    fn attributes(&mut self) -> Result<()> {
        let state = self.pop()?;
        let at = self.top()?;
        match &mut self.objects[at] {
            Object::Dict { kind: Kind::Ordered, attributes, .. } => *attributes = Some(state),
            _ => bail!(Unpickling, "{}", damaged("attributes for what is no OrderedDict")),
        }
        Ok(())
    }
}

/// An integer in two's complement, lowest byte first.
fn integer(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::BigInt(bytes.into());
    }
    let fill = if bytes.last().is_some_and(|b| b & 0x80 != 0) { 0xff } else { 0 };
    let mut whole = [fill; 8];
    whole[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(whole))
}

/// The value of object `id` and of all that it holds. `open` marks the containers on the way to it.
fn finish(
    objects: &[Object],
    id: Id,
    depth: usize,
    open: &mut [bool],
    finished: &mut [Option<Value>],
) -> Result<Value> {
    if let Some(value) = &finished[id] {
        return Ok(value.clone());
    }
    ensure!(depth < MAX_DEPTH, Unpickling, "containers are nested more than {MAX_DEPTH} deep");
    ensure!(!open[id], Unpickling, "a container that contains itself cannot be loaded");
    open[id] = true;
    let mut all = |ids: &[Id]| -> Result<Arc<Vec<Value>>> {
        let values = ids.iter().map(|&id| finish(objects, id, depth + 1, open, finished));
        Ok(Arc::new(values.collect::<Result<_>>()?))
    };
    let value = match &objects[id] {
        Object::Value(value) => value.clone(),
        Object::List(items) => Value::List(all(items)?),
        Object::Tuple(items) => Value::Tuple(all(items)?),
        Object::Set(items) => Value::Set(all(items)?),
        Object::Dict { items, kind, attributes } => {
            let (keys, values): (Vec<Id>, Vec<Id>) = items.iter().copied().unzip();
            let (keys, values) = (all(&keys)?, all(&values)?);
            let attributes = attributes.map(|id| all(&[id])).transpose()?;
            let items = keys.iter().cloned().zip(values.iter().cloned()).collect();
            match kind {
                Kind::Plain => Value::Dict(Arc::new(items)),
                Kind::Counter => Value::Counter(Arc::new(items)),
                Kind::Ordered => {
                    let attributes = attributes.and_then(|one| one.first().cloned());
                    Value::OrderedDict(Arc::new(Ordered { items, attributes }))
                }
            }
        }
        Object::Storage(..) | Object::StorageType(_) => return Err(damaged("a storage without a tensor")),
        Object::Function(_) => return Err(damaged("a function that is not called")),
    };
    open[id] = false;
    finished[id] = Some(value.clone());
    Ok(value)
}
