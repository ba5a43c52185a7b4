//! Writing a pickle, of the protocol (2) that `torch.save` uses.

use std::collections::HashMap;

use crate::error::{bail, ensure};
use crate::io::unpickle::{MAX_DEPTH, storage_name};
use crate::io::value::Value;
use crate::{DType, Result, Storage, Tensor};

/// The memory that tensors share, with the element type they give it.
pub type Storages = Vec<(Storage, DType)>;

/// A pickle of `value`, and the storages of its tensors: the one at position `i` has the key `i`.
///
/// # Errors
/// RuntimeError where tensors of different dtypes share memory, and for containers that are nested too deep.
pub fn write(value: &Value) -> Result<(Vec<u8>, Storages)> {
    let mut writer = Writer { out: vec![0x80, 2], memo: HashMap::new(), storages: Vec::new(), known: HashMap::new() };
    writer.value(value, 0)?;
    writer.out.push(b'.');
    Ok((writer.out, writer.storages))
}

/// What has been written once is referred to from then on.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Text(String),
    Global(&'static str, String),
    Container(usize),
    /// By its id, and whether it is a parameter. The values being written keep their tensors alive, so ids are not reused.
    Tensor(usize, bool),
}

struct Writer {
    out: Vec<u8>,
    memo: HashMap<Key, u32>,
    storages: Storages,
    /// Positions in `storages` by address.
    known: HashMap<usize, usize>,
}

impl Writer {
    /// Refer to what was written before under this key, if it was.
    fn again(&mut self, key: &Key) -> bool {
        let Some(&at) = self.memo.get(key) else { return false };
        match u8::try_from(at) {
            Ok(short) => self.out.extend([b'h', short]),
            Err(_) => {
                self.out.push(b'j');
                self.out.extend(at.to_le_bytes());
            }
        }
        true
    }

    /// What was just written can be referred to by `key`.
    fn remember(&mut self, key: Key) {
        let at = self.memo.len() as u32;
        match u8::try_from(at) {
            Ok(short) => self.out.extend([b'q', short]),
            Err(_) => {
                self.out.push(b'r');
                self.out.extend(at.to_le_bytes());
            }
        }
        self.memo.insert(key, at);
    }

    fn global(&mut self, module: &'static str, name: impl Into<String>) {
        let name = name.into();
        let line = format!("c{module}\n{name}\n");
        let key = Key::Global(module, name);
        if !self.again(&key) {
            self.out.extend(line.into_bytes());
            self.remember(key);
        }
    }

    fn text(&mut self, text: &str) -> Result<()> {
        let key = Key::Text(text.into());
        if !self.again(&key) {
            self.raw_text(text)?;
            self.remember(key);
        }
        Ok(())
    }

    fn raw_text(&mut self, text: &str) -> Result<()> {
        let Ok(len) = u32::try_from(text.len()) else { bail!(Value, "a text of more than 4 GiB cannot be saved") };
        self.out.push(b'X');
        self.out.extend(len.to_le_bytes());
        self.out.extend(text.as_bytes());
        Ok(())
    }

    fn int(&mut self, n: i64) {
        if let Ok(byte) = u8::try_from(n) {
            self.out.extend([b'K', byte]);
        } else if let Ok(word) = i32::try_from(n) {
            self.out.push(b'J');
            self.out.extend(word.to_le_bytes());
        } else {
            self.out.extend([0x8a, 8]);
            self.out.extend(n.to_le_bytes());
        }
    }

    fn bool(&mut self, flag: bool) {
        self.out.push(if flag { 0x88 } else { 0x89 });
    }

    fn sizes(&mut self, sizes: &[usize]) {
        self.out.push(b'(');
        sizes.iter().for_each(|&n| self.int(n as i64));
        self.out.push(b't');
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<()> {
        ensure!(depth < MAX_DEPTH, Runtime, "save: containers are nested more than {MAX_DEPTH} deep");
        let address = match value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Some(std::sync::Arc::as_ptr(items).addr()),
            Value::Dict(items) | Value::Counter(items) => Some(std::sync::Arc::as_ptr(items).addr()),
            Value::OrderedDict(ordered) => Some(std::sync::Arc::as_ptr(ordered).addr()),
            _ => None,
        };
        if let Some(address) = address
            && self.again(&Key::Container(address))
        {
            return Ok(());
        }
        match value {
            Value::None => self.out.push(b'N'),
            Value::Bool(flag) => self.bool(*flag),
            Value::Int(n) => self.int(*n),
            Value::BigInt(bytes) => {
                let Ok(len) = u8::try_from(bytes.len()) else { bail!(Value, "save: an int of more than 2040 bits") };
                self.out.extend([0x8a, len]);
                self.out.extend(&**bytes);
            }
            Value::Float(x) => {
                self.out.push(b'G');
                self.out.extend(x.to_be_bytes());
            }
            Value::Str(text) => self.text(text)?,
            Value::Bytes(bytes) => {
                self.global("_codecs", "encode");
                self.raw_text(&bytes.iter().map(|&byte| char::from(byte)).collect::<String>())?;
                self.text("latin1")?;
                self.out.extend([0x86, b'R']);
            }
            // Only what can hold other containers can be met again inside itself; a tuple is remembered when it is whole.
            Value::List(items) => {
                self.out.push(b']');
                self.remember_container(address);
                self.all(items, b'e', depth)?;
            }
            Value::Tuple(items) => {
                self.all(items, b't', depth)?;
                self.remember_container(address);
            }
            Value::Set(items) => {
                self.global("__builtin__", "set");
                self.out.push(b']');
                self.all(items, b'e', depth)?;
                self.out.extend([0x85, b'R']);
                self.remember_container(address);
            }
            Value::Dict(items) => {
                self.out.push(b'}');
                self.remember_container(address);
                self.items(items, depth)?;
            }
            Value::Counter(items) => {
                self.global("collections", "Counter");
                self.out.push(b'}');
                self.items(items, depth)?;
                self.out.extend([0x85, b'R']);
                self.remember_container(address);
            }
            Value::OrderedDict(ordered) => {
                self.global("collections", "OrderedDict");
                self.out.extend([b')', b'R']);
                self.remember_container(address);
                self.items(&ordered.items, depth)?;
                if let Some(attributes) = &ordered.attributes {
                    self.value(attributes, depth + 1)?;
                    self.out.push(b'b');
                }
            }
            Value::Tensor(tensor) => {
                let key = Key::Tensor(tensor.id(), false);
                if !self.again(&key) {
                    self.tensor(tensor, tensor.requires_grad())?;
                    self.remember(key);
                }
            }
            Value::Parameter(tensor) => {
                let key = Key::Tensor(tensor.id(), true);
                if !self.again(&key) {
                    self.global("torch._utils", "_rebuild_parameter");
                    self.tensor(tensor, false)?;
                    self.bool(tensor.requires_grad());
                    self.no_hooks();
                    self.out.extend([0x87, b'R']);
                    self.remember(key);
                }
            }
            Value::DType(dtype) => self.global("torch", dtype.name()),
            Value::Size(sizes) => {
                self.global("torch", "Size");
                self.sizes(sizes);
                self.out.extend([0x85, b'R']);
            }
            Value::Device(name) => {
                self.global("torch", "device");
                self.text(name)?;
                self.out.extend([0x85, b'R']);
            }
        }
        Ok(())
    }

    fn remember_container(&mut self, address: Option<usize>) {
        if let Some(address) = address {
            self.remember(Key::Container(address));
        }
    }

    /// A mark, values, and the instruction that takes all above the mark.
    fn all(&mut self, values: &[Value], then: u8, depth: usize) -> Result<()> {
        self.out.push(b'(');
        values.iter().try_for_each(|value| self.value(value, depth + 1))?;
        self.out.push(then);
        Ok(())
    }

    fn items(&mut self, items: &[(Value, Value)], depth: usize) -> Result<()> {
        self.out.push(b'(');
        for (key, value) in items {
            self.value(key, depth + 1)?;
            self.value(value, depth + 1)?;
        }
        self.out.push(b'u');
        Ok(())
    }

    /// An empty `OrderedDict` where PyTorch has hooks.
    fn no_hooks(&mut self) {
        self.global("collections", "OrderedDict");
        self.out.extend([b')', b'R']);
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`
    fn tensor(&mut self, tensor: &Tensor, requires_grad: bool) -> Result<()> {
        let dtype = tensor.dtype();
        let next = self.storages.len();
        let at = *self.known.entry(tensor.storage().address()).or_insert(next);
        if at == next {
            self.storages.push((tensor.storage().clone(), dtype));
        }
        let (storage, known) = &self.storages[at];
        ensure!(
            *known == dtype,
            Runtime,
            "save: Cannot save multiple tensors that view the same data as different types: {} and {}",
            known.name(),
            dtype.name()
        );
        let numel = storage.read().bytes() / dtype.size();
        self.global("torch._utils", "_rebuild_tensor_v2");
        self.out.extend(b"((");
        self.text("storage")?;
        self.global("torch", format!("{}Storage", storage_name(dtype)));
        self.text(&at.to_string())?;
        self.text("cpu")?;
        self.int(numel as i64);
        self.out.extend(b"tQ");
        self.int(tensor.layout().offset as i64);
        self.sizes(tensor.shape());
        self.sizes(tensor.strides());
        self.bool(requires_grad);
        self.no_hooks();
        self.out.extend(b"tR");
        Ok(())
    }
}
