//! The safetensors format: named tensors and a dictionary of text, and nothing that could be run.
//!
//! ```
//! use synapgrad::{Tensor, io::safetensors};
//! # fn main() -> synapgrad::Result<()> {
//! # let path = std::env::temp_dir().join(format!("synapgrad-doc-{}.safetensors", std::process::id()));
//! let state = vec![("weight".to_string(), Tensor::from([1f32, 2.0]))];
//! safetensors::save(&path, &state, &[])?;
//! assert_eq!(safetensors::load(&path)?[0].1.to_vec::<f32>()?, [1.0, 2.0]);
//! # std::fs::remove_file(&path).ok();
//! # Ok(())
//! # }
//! ```

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, View, serialize};
use synapgrad_kernels::Buffer;

use super::{place, write_file};
use crate::error::bail;
use crate::{DType, Error, ErrorKind, Layout, Result, Tensor};

const DTYPES: [(DType, Dtype); 10] = [
    (DType::F32, Dtype::F32),
    (DType::F64, Dtype::F64),
    (DType::F16, Dtype::F16),
    (DType::BF16, Dtype::BF16),
    (DType::I64, Dtype::I64),
    (DType::I32, Dtype::I32),
    (DType::I16, Dtype::I16),
    (DType::I8, Dtype::I8),
    (DType::U8, Dtype::U8),
    (DType::Bool, Dtype::BOOL),
];

/// A dense tensor as the format's crate wants to see it.
struct Dense(Tensor, Dtype);

impl View for Dense {
    fn dtype(&self) -> Dtype {
        self.1
    }
    fn shape(&self) -> &[usize] {
        self.0.shape()
    }
    fn data(&self) -> Cow<'_, [u8]> {
        let size = self.0.dtype().size();
        let start = self.0.layout().offset * size;
        let memory = self.0.storage().read();
        // The lock is given back here, so the bytes are copied.
        Cow::Owned(memory.as_slice::<u8>()[start..start + self.data_len()].to_vec())
    }
    fn data_len(&self) -> usize {
        self.0.numel() * self.0.dtype().size()
    }
}

fn refused(error: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Runtime, format!("safetensors: {error}"))
}

/// The bytes of a file of these tensors and of `metadata`, pairs of text. Views are written as what they show.
///
/// # Errors
/// RuntimeError where two tensors have the same name.
pub fn to_bytes(tensors: &[(String, Tensor)], metadata: &[(String, String)]) -> Result<Vec<u8>> {
    let mut views = Vec::new();
    let mut names = std::collections::HashSet::new();
    for (name, tensor) in tensors {
        if !names.insert(name) {
            bail!(Runtime, "safetensors: two tensors are called {name:?}");
        }
        let Some((_, dtype)) = DTYPES.iter().find(|(own, _)| *own == tensor.dtype()) else { continue };
        views.push((name.clone(), Dense(tensor.detach().contiguous()?, *dtype)));
    }
    let metadata = (!metadata.is_empty()).then(|| metadata.iter().cloned().collect());
    serialize(views, metadata).map_err(refused)
}

/// Named tensors, and metadata: texts by name.
pub type Contents = (Vec<(String, Tensor)>, Vec<(String, String)>);

/// The tensors and the metadata of a file's bytes.
///
/// # Errors
/// RuntimeError where they are damaged or hold a dtype that is not known here.
pub fn from_bytes(bytes: &[u8]) -> Result<Contents> {
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(refused)?;
    let file = SafeTensors::deserialize(bytes).map_err(refused)?;
    let mut tensors = Vec::new();
    for (name, view) in file.iter() {
        let Some((dtype, _)) = DTYPES.iter().find(|(_, other)| *other == view.dtype()) else {
            bail!(Runtime, "safetensors: tensor {name:?} has the unknown dtype {:?}", view.dtype());
        };
        let (buffer, layout) = (Buffer::from_slice(view.data())?, Layout::dense(view.shape()));
        tensors.push((name.to_string(), Tensor::from_buffer(buffer, layout, *dtype)));
    }
    tensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    let metadata: HashMap<String, String> = header.metadata().clone().unwrap_or_default();
    Ok((tensors, metadata.into_iter().collect()))
}

/// Save named tensors; `path` is replaced when all is written.
///
/// # Errors
/// Those of [`to_bytes`]; OSError where the system refuses.
pub fn save(path: impl AsRef<Path>, tensors: &[(String, Tensor)], metadata: &[(String, String)]) -> Result<()> {
    let path = path.as_ref();
    let saved =
        to_bytes(tensors, metadata).and_then(|bytes| write_file(path, |out| out.write_all(&bytes).map_err(Error::os)));
    saved.map_err(|error| error.within(&place("save_file", path)))
}

/// The named tensors of a file, in the order of their names.
///
/// # Errors
/// Those of [`from_bytes`]; OSError where the file cannot be read.
pub fn load(path: impl AsRef<Path>) -> Result<Vec<(String, Tensor)>> {
    let path = path.as_ref();
    let loaded = std::fs::read(path).map_err(Error::os).and_then(|bytes| from_bytes(&bytes));
    loaded.map(|(tensors, _)| tensors).map_err(|error| error.within(&place("load_file", path)))
}
