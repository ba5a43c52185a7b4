//! What a file may hold: tensors, numbers, text, and containers of those.

use std::sync::Arc;

use crate::error::bail;
use crate::{DType, Result, Tensor};

/// What [`super::load_value`] finds in a file, and what [`super::save_value`] writes.
///
/// Containers are shared by `Arc`: one that is met twice while saving is one after loading, too.
#[derive(Clone, Debug)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits: its two's complement, lowest byte first.
    BigInt(Arc<[u8]>),
    Float(f64),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    List(Arc<Vec<Value>>),
    Tuple(Arc<Vec<Value>>),
    Set(Arc<Vec<Value>>),
    Dict(Arc<Vec<(Value, Value)>>),
    /// A dictionary that remembers its order, and attributes that a program has hung on it.
    OrderedDict(Arc<Ordered>),
    /// How often each key was counted.
    Counter(Arc<Vec<(Value, Value)>>),
    Tensor(Tensor),
    Parameter(Tensor),
    DType(DType),
    Size(Arc<Vec<usize>>),
    /// The name of a device: `cpu`.
    Device(Arc<str>),
}

/// The items of a [`Value::OrderedDict`] and its attributes, such as the `_metadata` of a `state_dict`.
#[derive(Clone, Debug, Default)]
pub struct Ordered {
    pub items: Vec<(Value, Value)>,
    pub attributes: Option<Value>,
}

impl Value {
    /// A dictionary of tensors by name.
    pub fn from_tensors(tensors: &[(String, Tensor)]) -> Value {
        let items = tensors.iter().map(|(name, tensor)| (Value::Str((**name).into()), Value::Tensor(tensor.clone())));
        Value::OrderedDict(Arc::new(Ordered { items: items.collect(), attributes: None }))
    }

    /// The items of a dictionary.
    pub fn items(&self) -> Option<&[(Value, Value)]> {
        match self {
            Value::Dict(items) | Value::Counter(items) => Some(items),
            Value::OrderedDict(ordered) => Some(&ordered.items),
            _ => None,
        }
    }

    /// What a dictionary holds under a name: `file.get("optimizer")`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        // Of two equal keys the later one counts.
        self.items()?.iter().rev().find(|(key, _)| matches!(key, Value::Str(key) if **key == *name)).map(|(_, v)| v)
    }

    /// The tensor that this is.
    pub fn tensor(&self) -> Option<&Tensor> {
        match self {
            Value::Tensor(tensor) | Value::Parameter(tensor) => Some(tensor),
            _ => None,
        }
    }

    /// The tensors of a dictionary by name, in order: what [`crate::nn::Module::load_state`] takes.
    ///
    /// # Errors
    /// TypeError where this is no dictionary from names to tensors.
    pub fn tensors(&self) -> Result<Vec<(String, Tensor)>> {
        let Some(items) = self.items() else {
            bail!(Type, "expected a dictionary of tensors, found {}", self.kind());
        };
        let pair = |(key, value): &(Value, Value)| match (key, value.tensor()) {
            (Value::Str(name), Some(tensor)) => Ok((name.to_string(), tensor.clone())),
            (Value::Str(name), None) => bail!(Type, "expected a dictionary of tensors; {name:?} is {}", value.kind()),
            _ => bail!(Type, "expected a dictionary with names as keys, found {} as a key", key.kind()),
        };
        items.iter().map(pair).collect()
    }

    /// What kind of value this is, in Python's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Bool(_) => "a bool",
            Value::Int(_) | Value::BigInt(_) => "an int",
            Value::Float(_) => "a float",
            Value::Str(_) => "a str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Tuple(_) => "a tuple",
            Value::Set(_) => "a set",
            Value::Dict(_) | Value::OrderedDict(_) | Value::Counter(_) => "a dict",
            Value::Tensor(_) | Value::Parameter(_) => "a tensor",
            Value::DType(_) => "a dtype",
            Value::Size(_) => "a Size",
            Value::Device(_) => "a device",
        }
    }
}
