//! Files: objects of Python as [`Value`]s, and the reverse.

use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDict, PyFloat, PyInt, PyIterator, PyList, PyModule, PySet, PyString, PyTuple, PyType,
};
use synapgrad::Tensor;
use synapgrad::io::{self, Ordered, Value, safetensors};

use crate::convert::{In, Out};
use crate::dtype::{PyDType, object};
use crate::error::Ret;
use crate::info::{PyDevice, cpu, size};
use crate::tensor::PyTensor;

/// Deeper nesting is refused before the stack is at an end.
const MAX_DEPTH: usize = 900;

/// The classes of Python that files know.
struct Classes<'py> {
    ordered_dict: Bound<'py, PyAny>,
    counter: Bound<'py, PyAny>,
    size: Bound<'py, PyAny>,
    parameter: Bound<'py, PyAny>,
    buffer: Bound<'py, PyAny>,
}

impl<'py> Classes<'py> {
    fn new(py: Python<'py>) -> PyResult<Classes<'py>> {
        let collections = PyModule::import(py, "collections")?;
        let parameter = PyModule::import(py, "synapgrad.nn.parameter")?;
        Ok(Classes {
            ordered_dict: collections.getattr("OrderedDict")?,
            counter: collections.getattr("Counter")?,
            size: PyModule::import(py, "synapgrad._C")?.getattr("Size")?,
            parameter: parameter.getattr("Parameter")?,
            buffer: parameter.getattr("Buffer")?,
        })
    }
}

/// Turns objects into values.
struct Packer<'py> {
    classes: Classes<'py>,
    /// Containers and tensors that were met, by their address; and the objects, so that no address is used twice.
    known: HashMap<usize, Value>,
    alive: Vec<Bound<'py, PyAny>>,
    open: HashSet<usize>,
}

impl<'py> Packer<'py> {
    fn pack(&mut self, object: &Bound<'py, PyAny>, depth: usize) -> PyResult<Value> {
        let class = object.get_type();
        if object.is_none() {
            return Ok(Value::None);
        }
        if let Ok(flag) = object.cast_exact::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if object.is_exact_instance_of::<PyInt>() {
            return integer(object);
        }
        if let Ok(float) = object.cast_exact::<PyFloat>() {
            return Ok(Value::Float(float.value()));
        }
        if let Ok(text) = object.cast_exact::<PyString>() {
            return Ok(Value::Str(text.to_str()?.into()));
        }
        if let Ok(bytes) = object.cast_exact::<PyBytes>() {
            return Ok(Value::Bytes(bytes.as_bytes().into()));
        }
        if let Ok(dtype) = object.cast_exact::<PyDType>() {
            return Ok(Value::DType(dtype.get().0));
        }
        if object.is_exact_instance_of::<PyDevice>() {
            return Ok(Value::Device("cpu".into()));
        }
        let address = object.as_ptr().addr();
        if let Some(value) = self.known.get(&address) {
            return Ok(value.clone());
        }
        if depth > MAX_DEPTH {
            return Err(PyValueError::new_err(format!("save: containers are nested more than {MAX_DEPTH} deep")));
        }
        if !self.open.insert(address) {
            return Err(PyValueError::new_err("save: a container that contains itself cannot be saved"));
        }
        let value = self.container(object, &class, depth + 1)?;
        self.open.remove(&address);
        self.known.insert(address, value.clone());
        self.alive.push(object.clone());
        Ok(value)
    }

    fn container(&mut self, object: &Bound<'py, PyAny>, class: &Bound<'py, PyType>, depth: usize) -> PyResult<Value> {
        if let Ok(tensor) = object.cast::<PyTensor>() {
            let tensor = tensor.get().tensor();
            if class.is(&self.classes.parameter) {
                return Ok(Value::Parameter(tensor));
            }
            if class.is(PyType::new::<PyTensor>(object.py())) || class.is(&self.classes.buffer) {
                return Ok(Value::Tensor(tensor));
            }
        } else if let Ok(list) = object.cast_exact::<PyList>() {
            return Ok(Value::List(self.all(list.try_iter()?, depth)?));
        } else if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            return Ok(Value::Tuple(self.all(tuple.try_iter()?, depth)?));
        } else if let Ok(set) = object.cast_exact::<PySet>() {
            return Ok(Value::Set(self.all(set.try_iter()?, depth)?));
        } else if let Ok(dict) = object.cast_exact::<PyDict>() {
            return Ok(Value::Dict(Arc::new(self.items(dict, depth)?)));
        } else if class.is(&self.classes.size) {
            return Ok(Value::Size(object.extract::<Vec<usize>>()?.into()));
        } else if class.is(&self.classes.counter) {
            return Ok(Value::Counter(Arc::new(self.items(object.cast::<PyDict>()?, depth)?)));
        } else if class.is(&self.classes.ordered_dict) {
            let items = self.items(object.cast::<PyDict>()?, depth)?;
            let attributes = object.getattr("__dict__")?;
            let attributes = if attributes.is_truthy()? { Some(self.pack(&attributes, depth)?) } else { None };
            return Ok(Value::OrderedDict(Arc::new(Ordered { items, attributes })));
        }
        Err(PyTypeError::new_err(format!(
            "save: cannot save an object of {class}: a file holds tensors, numbers, text and containers (list, tuple, set, \
             dict, OrderedDict). Of a module or an optimizer, save the state_dict()"
        )))
    }

    fn all(&mut self, items: Bound<'py, PyIterator>, depth: usize) -> PyResult<Arc<Vec<Value>>> {
        Ok(Arc::new(items.map(|item| self.pack(&item?, depth)).collect::<PyResult<_>>()?))
    }

    fn items(&mut self, dict: &Bound<'py, PyDict>, depth: usize) -> PyResult<Vec<(Value, Value)>> {
        // In the order that the dictionary itself gives, which for an OrderedDict is not that of its memory.
        let pairs = dict.call_method0("items")?;
        let pair = |item: PyResult<Bound<'py, PyAny>>| {
            let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = item?.extract()?;
            Ok((self.pack(&key, depth)?, self.pack(&value, depth)?))
        };
        pairs.try_iter()?.map(pair).collect()
    }
}

fn integer(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(n) = object.extract::<i64>() {
        return Ok(Value::Int(n));
    }
    let len = object.call_method0("bit_length")?.extract::<usize>()? / 8 + 1;
    let options = PyDict::new(object.py());
    options.set_item("signed", true)?;
    let bytes = object.call_method("to_bytes", (len, "little"), Some(&options))?;
    Ok(Value::BigInt(bytes.cast::<PyBytes>()?.as_bytes().into()))
}

fn pack(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    let classes = Classes::new(object.py())?;
    Packer { classes, known: HashMap::new(), alive: Vec::new(), open: HashSet::new() }.pack(object, 0)
}

/// Turns values into objects.
struct Unpacker<'py> {
    py: Python<'py>,
    classes: Classes<'py>,
    /// Objects made so far, by the address of what the value shares or by the id of the tensor.
    known: HashMap<usize, Bound<'py, PyAny>>,
}

impl<'py> Unpacker<'py> {
    fn unpack(&mut self, value: &Value) -> PyResult<Bound<'py, PyAny>> {
        let shared = match value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) => Arc::as_ptr(items).addr(),
            Value::Dict(items) | Value::Counter(items) => Arc::as_ptr(items).addr(),
            Value::OrderedDict(ordered) => Arc::as_ptr(ordered).addr(),
            Value::Tensor(tensor) | Value::Parameter(tensor) => tensor.id(),
            plain => return self.plain(plain),
        };
        if let Some(object) = self.known.get(&shared) {
            return Ok(object.clone());
        }
        let object = self.container(value)?;
        self.known.insert(shared, object.clone());
        Ok(object)
    }

    fn plain(&self, value: &Value) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match value {
            Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
            Value::Int(n) => n.into_pyobject(py)?.into_any(),
            Value::BigInt(bytes) => {
                let options = PyDict::new(py);
                options.set_item("signed", true)?;
                let bytes = PyBytes::new(py, bytes);
                PyType::new::<PyInt>(py).call_method("from_bytes", (bytes, "little"), Some(&options))?
            }
            Value::Float(x) => PyFloat::new(py, *x).into_any(),
            Value::Str(text) => PyString::new(py, text).into_any(),
            Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
            Value::DType(dtype) => object(py, *dtype)?.into_bound(py).into_any(),
            Value::Size(sizes) => size(py, sizes)?,
            Value::Device(_) => Bound::new(py, cpu())?.into_any(),
            _ => py.None().into_bound(py),
        })
    }

    fn container(&mut self, value: &Value) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        Ok(match value {
            Value::List(items) => PyList::new(py, self.all(items)?)?.into_any(),
            Value::Tuple(items) => PyTuple::new(py, self.all(items)?)?.into_any(),
            Value::Set(items) => PySet::new(py, self.all(items)?)?.into_any(),
            Value::Dict(items) => self.fill(PyDict::new(py).into_any(), items)?,
            Value::Counter(items) => {
                let counter = self.classes.counter.call0()?;
                self.fill(counter, items)?
            }
            Value::OrderedDict(ordered) => {
                let dict = self.classes.ordered_dict.call0()?;
                let dict = self.fill(dict, &ordered.items)?;
                if let Some(attributes) = &ordered.attributes {
                    let attributes = self.unpack(attributes)?;
                    for pair in attributes.cast::<PyDict>()?.iter() {
                        dict.setattr(pair.0.cast::<PyString>()?, pair.1)?;
                    }
                }
                dict
            }
            Value::Tensor(tensor) => Out(tensor.clone()).into_pyobject(py)?.into_any(),
            Value::Parameter(tensor) => {
                let data = Out(tensor.detach()).into_pyobject(py)?;
                self.classes.parameter.call1((data, tensor.requires_grad()))?
            }
            plain => self.plain(plain)?,
        })
    }

    fn all(&mut self, items: &[Value]) -> PyResult<Vec<Bound<'py, PyAny>>> {
        items.iter().map(|item| self.unpack(item)).collect()
    }

    fn fill(&mut self, dict: Bound<'py, PyAny>, items: &[(Value, Value)]) -> PyResult<Bound<'py, PyAny>> {
        for (key, value) in items {
            dict.set_item(self.unpack(key)?, self.unpack(value)?)?;
        }
        Ok(dict)
    }
}

fn unpack<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Unpacker { py, classes: Classes::new(py)?, known: HashMap::new() }.unpack(value)
}

/// Write the archive of `obj` to a file.
#[pyfunction]
fn _save(py: Python<'_>, obj: &Bound<'_, PyAny>, path: PathBuf) -> Ret<()> {
    let value = pack(obj)?;
    Ok(py.detach(|| io::save_value(path, &value))?)
}

/// The archive of `obj`.
#[pyfunction]
fn _save_bytes<'py>(py: Python<'py>, obj: &Bound<'py, PyAny>) -> Ret<Bound<'py, PyBytes>> {
    let value = pack(obj)?;
    let mut bytes = Vec::new();
    py.detach(|| io::write_value(&mut bytes, &value)).map_err(|error| error.within("save"))?;
    Ok(PyBytes::new(py, &bytes))
}

/// What the archive in a file holds.
#[pyfunction]
fn _load(py: Python<'_>, path: PathBuf) -> Ret<Bound<'_, PyAny>> {
    let value = py.detach(|| io::load_value(path))?;
    Ok(unpack(py, &value)?)
}

/// What an archive holds; errors call it `name`.
#[pyfunction]
fn _load_bytes<'py>(py: Python<'py>, bytes: &[u8], name: &str) -> Ret<Bound<'py, PyAny>> {
    let value = py.detach(|| io::read_value(Cursor::new(bytes)));
    Ok(unpack(py, &value.map_err(|error| error.within(&format!("load: {name}")))?)?)
}

/// The tensors of a dictionary by name.
fn named(tensors: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Tensor)>> {
    let pair = |(name, tensor): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let wrong = |error: PyErr| PyTypeError::new_err(format!("save_file: {name}: {error}"));
        let tensor = tensor.extract::<In>().map_err(wrong)?;
        Ok((name.extract::<String>().map_err(wrong)?, tensor.0))
    };
    tensors.iter().map(pair).collect()
}

fn pairs(metadata: Option<HashMap<String, String>>) -> Vec<(String, String)> {
    metadata.into_iter().flatten().collect()
}

#[pyfunction]
fn _save_safetensors(
    py: Python<'_>,
    tensors: &Bound<'_, PyDict>,
    path: PathBuf,
    metadata: Option<HashMap<String, String>>,
) -> Ret<()> {
    let (tensors, metadata) = (named(tensors)?, pairs(metadata));
    Ok(py.detach(|| safetensors::save(path, &tensors, &metadata))?)
}

#[pyfunction]
fn _safetensors_bytes<'py>(
    py: Python<'py>,
    tensors: &Bound<'py, PyDict>,
    metadata: Option<HashMap<String, String>>,
) -> Ret<Bound<'py, PyBytes>> {
    let bytes = safetensors::to_bytes(&named(tensors)?, &pairs(metadata))?;
    Ok(PyBytes::new(py, &bytes))
}

/// The tensors and the metadata of a file's bytes.
#[pyfunction]
fn _load_safetensors<'py>(py: Python<'py>, bytes: &[u8], name: &str) -> Ret<(Bound<'py, PyDict>, Bound<'py, PyDict>)> {
    let read = py.detach(|| safetensors::from_bytes(bytes));
    let (tensors, metadata) = read.map_err(|error| error.within(&format!("load_file: {name}")))?;
    let (found, text) = (PyDict::new(py), PyDict::new(py));
    for (name, tensor) in tensors {
        found.set_item(name, Out(tensor))?;
    }
    for (name, value) in metadata {
        text.set_item(name, value)?;
    }
    Ok((found, text))
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_save, module)?)?;
    module.add_function(wrap_pyfunction!(_save_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(_load, module)?)?;
    module.add_function(wrap_pyfunction!(_load_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(_save_safetensors, module)?)?;
    module.add_function(wrap_pyfunction!(_safetensors_bytes, module)?)?;
    module.add_function(wrap_pyfunction!(_load_safetensors, module)?)
}
