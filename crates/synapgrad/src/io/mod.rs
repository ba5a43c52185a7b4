//! Saving and loading: PyTorch's `.pt` files, and safetensors.
//!
//! A `.pt` file is a zip archive ([`zip`](self)) with a pickle that describes the objects, and an entry of raw bytes for
//! each piece of memory that tensors share. What `torch.save` writes loads here, and the reverse; loading never runs code
//! that a file brings along.
//!
//! ```
//! use synapgrad::{Tensor, io, nn, nn::Module};
//! # fn main() -> synapgrad::Result<()> {
//! # let path = std::env::temp_dir().join(format!("synapgrad-doc-{}.pt", std::process::id()));
//! let model = nn::Linear::new(3, 2)?;
//! io::save(&path, &model.state())?;
//!
//! let other = nn::Linear::new(3, 2)?;
//! other.load_state(&io::load(&path)?)?;
//! assert_eq!(other.state()[0].1.to_vec::<f32>()?, model.state()[0].1.to_vec::<f32>()?);
//! # std::fs::remove_file(&path).ok();
//! # Ok(())
//! # }
//! ```

mod atomic;
mod pickle;
#[cfg(feature = "safetensors")]
pub mod safetensors;
mod unpickle;
mod value;
mod zip;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use synapgrad_kernels::Buffer;

pub use atomic::write_file;
pub use value::{Ordered, Value};
pub(crate) use zip::crc32;

use crate::error::{bail, ensure};
use crate::{DType, Error, Result, Storage, Tensor};

/// Save named tensors, such as [`Module::state`](crate::nn::Module::state), as a `state_dict` that `torch.load` reads.
///
/// The file is there whole or not at all: until all is written, `path` is what it was.
///
/// # Errors
/// OSError where the system refuses; RuntimeError where tensors of different dtypes share memory.
pub fn save(path: impl AsRef<Path>, tensors: &[(String, Tensor)]) -> Result<()> {
    save_value(path, &Value::from_tensors(tensors))
}

/// The named tensors of a file that holds a `state_dict`.
///
/// # Errors
/// Those of [`load_value`]; TypeError where the file holds something else.
pub fn load(path: impl AsRef<Path>) -> Result<Vec<(String, Tensor)>> {
    let path = path.as_ref();
    load_value(path)?.tensors().map_err(|error| error.within(&place("load", path)))
}

/// Save any [`Value`]: nested lists and dictionaries of tensors, numbers and text.
///
/// # Errors
/// See [`save`].
pub fn save_value(path: impl AsRef<Path>, value: &Value) -> Result<()> {
    let path = path.as_ref();
    let saved = write_file(path, |out| write_value(out, value));
    saved.map_err(|error| error.within(&place("save", path)))
}

/// All that a `.pt` file holds.
///
/// # Errors
/// OSError where the file cannot be read; RuntimeError where it is no such file or is damaged; UnpicklingError where it
/// holds something other than tensors, numbers, text and containers.
pub fn load_value(path: impl AsRef<Path>) -> Result<Value> {
    let path = path.as_ref();
    let loaded = File::open(path).map_err(Error::os).and_then(|file| read_value(BufReader::new(file)));
    loaded.map_err(|error| error.within(&place("load", path)))
}

fn place(verb: &str, path: &Path) -> String {
    format!("{verb}: {}", path.display())
}

/// Write a `.pt` archive.
///
/// # Errors
/// See [`save`].
pub fn write_value<W: Write>(out: W, value: &Value) -> Result<()> {
    let (pickle, storages) = pickle::write(value)?;
    let mut archive = zip::Writer::new(out);
    archive.add("archive/data.pkl", &pickle)?;
    archive.add("archive/byteorder", if cfg!(target_endian = "little") { b"little" } else { b"big" })?;
    for (key, (storage, _)) in storages.iter().enumerate() {
        archive.add(&format!("archive/data/{key}"), storage.read().as_slice::<u8>())?;
    }
    archive.add("archive/version", b"3\n")?;
    archive.finish()?.flush().map_err(Error::os)
}

/// How files of `torch.save` began before it wrote archives: a pickle of this number.
const LEGACY: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// Read a `.pt` archive.
///
/// # Errors
/// See [`load_value`].
pub fn read_value<R: Read + Seek>(mut source: R) -> Result<Value> {
    let mut head = Vec::new();
    source.by_ref().take(512).read_to_end(&mut head).map_err(Error::os)?;
    source.seek(SeekFrom::Start(0)).map_err(Error::os)?;
    ensure!(!head.is_empty(), Runtime, "the file is empty");
    ensure!(
        !head.get(2..).is_some_and(|rest| rest.starts_with(LEGACY)) && head.get(257..262) != Some(b"ustar"),
        Runtime,
        "the file has the format of PyTorch before 1.6 (no zip archive); load it with PyTorch and save it again"
    );
    let mut archive = zip::Reader::open(source)?;
    // Entries lie in a directory that is named after the file.
    let prefixes: Vec<&str> = archive.names().filter_map(|name| name.strip_suffix("data.pkl")).collect();
    let &[prefix] = &prefixes[..] else {
        bail!(Runtime, "the zip archive was not written by torch.save: it has no single entry data.pkl");
    };
    let prefix = prefix.to_string();
    ensure!(
        archive.len(&format!("{prefix}constants.pkl")).is_none(),
        Runtime,
        "the file is a TorchScript archive, which holds a program; save a state_dict() instead"
    );
    let order = format!("{prefix}byteorder");
    let swap = match archive.len(&order) {
        None => cfg!(target_endian = "big"),
        Some(_) => match &*archive.read(&order)? {
            b"little" => cfg!(target_endian = "big"),
            b"big" => cfg!(target_endian = "little"),
            other => bail!(Runtime, "unknown byte order {:?}", String::from_utf8_lossy(other)),
        },
    };
    let pickle = archive.read(&format!("{prefix}data.pkl"))?;
    let mut known: HashMap<String, (Storage, DType)> = HashMap::new();
    unpickle::read(&pickle, &mut |key, dtype, numel| {
        if let Some((storage, other)) = known.get(key) {
            ensure!(*other == dtype, Unpickling, "the file gives storage {key:?} two dtypes");
            return Ok(storage.clone());
        }
        let name = format!("{prefix}data/{key}");
        let bytes = numel.checked_mul(dtype.size());
        let have = archive.len(&name);
        let (Some(bytes), true) = (bytes, have.is_some() && have == bytes.map(|b| b as u64)) else {
            let have = have.map_or("no such entry".into(), |n| format!("{n} bytes"));
            bail!(Runtime, "storage {key:?} should hold {numel} elements of {}, but the file has {have}", dtype.name());
        };
        // No more than the file is long: the archive has checked it.
        let mut buffer = Buffer::stale(bytes)?;
        archive.read_into(&name, buffer.as_mut_slice::<u8>())?;
        if swap {
            buffer.as_mut_slice::<u8>().chunks_exact_mut(dtype.size()).for_each(<[u8]>::reverse);
        }
        let storage = Storage::new(buffer);
        known.insert(key.to_string(), (storage.clone(), dtype));
        Ok(storage)
    })
}
