//! IDX files, in which MNIST and its kin are distributed: a header and the elements, perhaps packed with gzip.
//!
//! The header is two zero bytes, a byte for the element type, the number of dimensions, and each size in four bytes, the
//! highest first, as all numbers here.

use std::path::{Path, PathBuf};

use synapgrad_kernels::Buffer;

use crate::error::{bail, ensure};
use crate::io::crc32;
use crate::{DType, Error, Layout, Result, Tensor};

/// The tensor in an IDX file, packed with gzip or not.
///
/// # Errors
/// OSError where the file cannot be read; RuntimeError, which names the file, where it is damaged, truncated or no IDX file.
pub fn read_idx(path: impl AsRef<Path>) -> Result<Tensor> {
    let path = path.as_ref();
    let read = std::fs::read(path).map_err(Error::os).and_then(|bytes| match bytes.starts_with(&[0x1f, 0x8b]) {
        true => parse(&gunzip(&bytes)?),
        false => parse(&bytes),
    });
    read.map_err(|error| error.within(&format!("read_idx: {}", path.display())))
}

fn parse(bytes: &[u8]) -> Result<Tensor> {
    let (&[0, 0, kind, rank], rest) = bytes.split_first_chunk::<4>().unwrap_or((&[1, 0, 0, 0], &[])) else {
        bail!(
            Runtime,
            "not an IDX file: it starts with {:02x?} instead of a magic number",
            &bytes[..bytes.len().min(4)]
        );
    };
    let dtype = match kind {
        0x08 => DType::U8,
        0x09 => DType::I8,
        0x0b => DType::I16,
        0x0c => DType::I32,
        0x0d => DType::F32,
        0x0e => DType::F64,
        _ => bail!(Runtime, "not an IDX file: its magic number has the unknown element type 0x{kind:02x}"),
    };
    let Some((sizes, elements)) = rest.split_at_checked(4 * rank as usize) else {
        bail!(Runtime, "the IDX file is truncated in its header");
    };
    let sizes: Vec<usize> = sizes.as_chunks::<4>().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    let wanted = synapgrad_kernels::layout::checked_numel(&sizes).and_then(|n| n.checked_mul(dtype.size()));
    ensure!(
        wanted == Some(elements.len()),
        Runtime,
        "the IDX file is damaged: a header of shape {sizes:?} ({}) and {} bytes of elements",
        dtype.name(),
        elements.len()
    );
    let mut buffer = Buffer::from_slice(elements)?;
    if cfg!(target_endian = "little") && dtype.size() > 1 {
        buffer.as_mut_slice::<u8>().chunks_exact_mut(dtype.size()).for_each(<[u8]>::reverse);
    }
    Ok(Tensor::from_buffer(buffer, Layout::dense(&sizes), dtype))
}

/// What a gzip file holds.
///
/// # Errors
/// RuntimeError where it is damaged.
fn gunzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let damaged = |what: &str| Error::new(crate::ErrorKind::Runtime, format!("the gzip file is damaged: {what}"));
    let Some((&flags, body)) = bytes.get(3).zip(bytes.get(10..)) else { return Err(damaged("it is truncated")) };
    let mut body = body;
    // Bits of the header say which optional parts it has: a field with its length, and texts that end with zero.
    if flags & 4 != 0 {
        let len = body.first_chunk::<2>().map_or(usize::MAX, |len| 2 + u16::from_le_bytes(*len) as usize);
        body = body.get(len..).ok_or_else(|| damaged("its header is truncated"))?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = body.iter().position(|&b| b == 0).ok_or_else(|| damaged("its header is truncated"))?;
            body = &body[end + 1..];
        }
    }
    if flags & 2 != 0 {
        body = body.get(2..).ok_or_else(|| damaged("its header is truncated"))?;
    }
    let Some((packed, tail)) = body.split_last_chunk::<8>() else { return Err(damaged("it is truncated")) };
    let [crc, len] = [0, 4].map(|at| u32::from_le_bytes([tail[at], tail[at + 1], tail[at + 2], tail[at + 3]]));
    let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(packed, len as usize)
        .map_err(|error| damaged(&format!("{:?}", error.status)))?;
    ensure!(
        unpacked.len() == len as usize && crc32(&unpacked) == crc,
        Runtime,
        "{}",
        damaged("its checksum is wrong, or it is truncated")
    );
    Ok(unpacked)
}

/// The images, uint8 of shape (n, 28, 28), and the labels, int64 of shape (n), of the training or test part of MNIST.
///
/// `root` is the directory of the four IDX files (`train-images-idx3-ubyte` …, with or without `.gz`), or one in whose
/// `MNIST/raw` they are. FashionMNIST has the same form.
///
/// Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition, 1998.
///
/// # Errors
/// RuntimeError where a file is missing or damaged.
///
/// ```no_run
/// let (images, labels) = synapgrad::data::mnist("examples/data/mnist", true)?;
/// assert_eq!((images.shape(), labels.shape()), (&[60_000, 28, 28][..], &[60_000][..]));
/// # Ok::<(), synapgrad::Error>(())
/// ```
pub fn mnist(root: impl AsRef<Path>, train: bool) -> Result<(Tensor, Tensor)> {
    let root = root.as_ref();
    let find = |name: &str| -> Result<PathBuf> {
        let places = [root.join(name), root.join("MNIST/raw").join(name)];
        let packed = places.iter().map(|place| place.with_extension("gz"));
        match places.iter().cloned().chain(packed).find(|place| place.is_file()) {
            Some(place) => Ok(place),
            None => bail!(Runtime, "mnist: found neither {name} nor {name}.gz in {}", root.display()),
        }
    };
    let part = if train { "train" } else { "t10k" };
    let (images_at, labels_at) =
        (find(&format!("{part}-images-idx3-ubyte"))?, find(&format!("{part}-labels-idx1-ubyte"))?);
    let (images, labels) = (read_idx(&images_at)?, read_idx(&labels_at)?);
    ensure!(
        images.dtype() == DType::U8 && labels.dtype() == DType::U8 && images.rank() == 3 && labels.rank() == 1,
        Runtime,
        "mnist: {} and {} hold no images and labels",
        images_at.display(),
        labels_at.display()
    );
    ensure!(
        images.shape()[0] == labels.shape()[0],
        Runtime,
        "mnist: {} images in {}, {} labels in {}",
        images.shape()[0],
        images_at.display(),
        labels.shape()[0],
        labels_at.display()
    );
    Ok((images, labels.to_dtype(DType::I64)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_highest_byte_first() {
        let bytes = [0, 0, 0x0c, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff];
        let tensor = parse(&bytes).unwrap();
        assert_eq!((tensor.shape(), tensor.to_vec::<i32>().unwrap()), (&[1, 2][..], vec![256, -1]));
    }

    #[test]
    fn what_is_no_idx_file_is_refused() {
        for bytes in [
            &b""[..],
            &[0, 0],
            &[1, 0, 8, 1, 0, 0, 0, 0],
            &[0, 0, 7, 0],
            &[0, 0, 8, 1, 0, 0],
            &[0, 0, 8, 1, 0, 0, 0, 2, 9],
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
        // More elements than any memory.
        let mut huge = vec![0, 0, 8, 4];
        huge.extend([0xff; 16]);
        assert!(parse(&huge).is_err());
    }
}
