//! Padding: more elements around the last dimensions.

use std::str::FromStr;
use std::sync::Arc;

use synapgrad_kernels::padding::{self, Frame};
use synapgrad_kernels::{DType, Dims, Layout, Scalar};

use super::create::{bytes_of, room};
use crate::autograd::{grads, record};
use crate::error::{bail, ensure};
use crate::{Error, Result, Tensor};

/// What the new elements are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PadMode {
    /// One number: `00|abc|00`.
    #[default]
    Constant,
    /// The input mirrored at its outermost elements, which are not repeated: `cb|abc|ba`.
    Reflect,
    /// The outermost elements: `aa|abc|cc`.
    Replicate,
    /// The input continued periodically: `bc|abc|ab`.
    Circular,
}

impl FromStr for PadMode {
    type Err = Error;

    /// # Errors
    /// NotImplementedError for other texts than `constant`, `reflect`, `replicate` and `circular`.
    fn from_str(text: &str) -> Result<PadMode> {
        Ok(match text {
            "constant" => PadMode::Constant,
            "reflect" => PadMode::Reflect,
            "replicate" => PadMode::Replicate,
            "circular" => PadMode::Circular,
            _ => bail!(
                NotImplemented,
                "pad: Unrecognised padding mode {text}; wanted 'constant', 'reflect', 'replicate' or 'circular'"
            ),
        })
    }
}

impl PadMode {
    pub fn name(self) -> &'static str {
        match self {
            PadMode::Constant => "constant",
            PadMode::Reflect => "reflect",
            PadMode::Replicate => "replicate",
            PadMode::Circular => "circular",
        }
    }

    /// The names of the operation over `n` dimensions and of its gradient in the graph.
    fn nodes(self, n: usize) -> [&'static str; 2] {
        match (self, n) {
            (PadMode::Reflect, 1) => ["ReflectionPad1DBackward0", "ReflectionPad1DBackwardBackward0"],
            (PadMode::Reflect, 2) => ["ReflectionPad2DBackward0", "ReflectionPad2DBackwardBackward0"],
            (PadMode::Reflect, _) => ["ReflectionPad3DBackward0", "ReflectionPad3DBackwardBackward0"],
            (PadMode::Replicate, 1) => ["ReplicationPad1DBackward0", "ReplicationPad1DBackwardBackward0"],
            (PadMode::Replicate, 2) => ["ReplicationPad2DBackward0", "ReplicationPad2DBackwardBackward0"],
            (PadMode::Replicate, _) => ["ReplicationPad3DBackward0", "ReplicationPad3DBackwardBackward0"],
            _ => ["CircularPadBackward0", "CircularPadBackwardBackward0"],
        }
    }

    /// For each element of a padded dimension, the element that it shows of `size`.
    ///
    /// # Errors
    /// RuntimeError where the mode has no answer for so much padding, or nothing is left.
    fn sources(self, size: usize, before: isize, after: isize, dim: usize, shape: &[usize]) -> Result<Vec<usize>> {
        let n = size as isize;
        let length = n.checked_add(before).and_then(|n| n.checked_add(after));
        let length = length.filter(|&length| length > 0 || (self == PadMode::Circular && length == 0));
        let Some(length) = length else {
            bail!(
                Runtime,
                "pad: input is too small in dimension {dim}: padding ({before}, {after}) in mode '{}' leaves nothing of \
                 shape {shape:?}",
                self.name()
            );
        };
        // What negative numbers cut off, circular padding does not show again.
        let (start, kept) = (before.min(0).abs(), n + before.min(0) + after.min(0));
        match self {
            PadMode::Reflect => ensure!(
                before < n && after < n,
                Runtime,
                "pad: Padding size should be less than the corresponding input dimension, but got: padding ({before}, \
                 {after}) at dimension {dim} of input {shape:?}"
            ),
            PadMode::Circular => ensure!(
                before <= kept && after <= kept,
                Runtime,
                "pad: Padding value causes wrapping around more than once: got padding ({before}, {after}) at dimension {dim} \
                 of input {shape:?}"
            ),
            _ => {}
        }
        let source = |i: isize| match self {
            PadMode::Reflect => {
                let i = i.abs();
                if i < n { i } else { 2 * (n - 1) - i }
            }
            PadMode::Circular => start + (i - start).rem_euclid(kept.max(1)),
            _ => i.clamp(0, n - 1),
        };
        Ok((0..length).map(|i| source(i - before) as usize).collect())
    }
}

impl Tensor {
    /// `pad[0]` elements more before and `pad[1]` after the last dimension, `pad[2]` and `pad[3]` around the one before,
    /// and so on; negative numbers take elements away. `value` is what the new ones are in mode [`PadMode::Constant`]; the
    /// other modes show the input's own elements again. ∂ = g, added where its elements came from
    ///
    /// ```
    /// # use synapgrad::{PadMode, Tensor};
    /// let x = Tensor::from([[1f32, 2.0, 3.0]]);
    /// let padded = |mode| x.pad(&[2, 1], mode, 0.0)?.to_vec::<f32>();
    /// assert_eq!(padded(PadMode::Constant)?, [0.0, 0.0, 1.0, 2.0, 3.0, 0.0]);
    /// assert_eq!(padded(PadMode::Reflect)?, [3.0, 2.0, 1.0, 2.0, 3.0, 2.0]);
    /// assert_eq!(padded(PadMode::Replicate)?, [1.0, 1.0, 1.0, 2.0, 3.0, 3.0]);
    /// assert_eq!(padded(PadMode::Circular)?, [2.0, 3.0, 1.0, 2.0, 3.0, 1.0]);
    /// # Ok::<(), synapgrad::Error>(())
    /// ```
    ///
    /// # Errors
    /// RuntimeError for an odd number, for more pairs than dimensions, for a mode that does not reach as far, and where
    /// nothing is left; NotImplementedError, in the modes other than constant, unless the padded dimensions are the last
    /// one, two or three and at most two precede them.
    pub fn pad(&self, pad: &[isize], mode: PadMode, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        if mode == PadMode::Constant {
            return self.constant_pad(pad, value);
        }
        let (n, rank) = (pad.len() / 2, self.rank());
        ensure!(pad.len().is_multiple_of(2), Runtime, "pad: Padding length must be divisible by 2, got {pad:?}");
        ensure!(
            n <= rank,
            Runtime,
            "pad: Padding length should be less than or equal to two times the input dimension but got padding length {} \
             and input of dimension {rank}",
            pad.len()
        );
        ensure!(value.to_f64() == 0.0, Runtime, "pad: Padding mode \"{}\" doesn't take in value argument", mode.name());
        ensure!(
            (1..=3).contains(&n) && (rank == n + 1 || rank == n + 2),
            NotImplemented,
            "pad: Padding size {} is not supported for {rank}D input tensor in mode '{}'",
            pad.len(),
            mode.name()
        );
        if mode != PadMode::Circular {
            ensure!(
                self.dtype() != DType::Bool,
                NotImplemented,
                "pad: mode '{}' is not implemented for 'Bool'",
                mode.name()
            );
            // A batch may be empty, what is padded may not.
            let empty = self.shape()[rank - n - 1..].contains(&0);
            ensure!(
                !empty,
                Runtime,
                "pad: expected a tensor with possibly 0 batch size and other non-zero dimensions for input in mode '{}', but \
                 got: {:?}",
                mode.name(),
                self.shape()
            );
        }
        self.framed(Outline::new(mode, pad, self.shape())?)
    }

    fn framed(&self, outline: Outline) -> Result<Tensor> {
        let dtype = self.dtype();
        let mut data = room(&outline.outer, dtype)?;
        self.with_memory(|x| padding::show(dtype, &outline.frame, x, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(&outline.outer), dtype);
        Ok(record(outline.nodes[0], &[self], value, &[], move |cx| grads![cx; cx.g.unframed(outline.clone())?]))
    }

    /// The adjoint of [`Tensor::framed`].
    fn unframed(&self, outline: Outline) -> Result<Tensor> {
        let dtype = self.dtype();
        let mut data = room(&outline.inner, dtype)?;
        self.with_memory(|g| padding::gather(dtype, &outline.frame, g, &mut data))?;
        let value = Tensor::from_buffer(data, Layout::dense(&outline.inner), dtype);
        Ok(record(outline.nodes[1], &[self], value, &[], move |cx| grads![cx; cx.g.framed(outline.clone())?]))
    }
}

/// A padding with the input's own elements, made ready for its kernels.
#[derive(Clone)]
struct Outline {
    nodes: [&'static str; 2],
    /// The shapes without and with the padding.
    inner: Dims,
    outer: Dims,
    frame: Arc<Frame>,
}

impl Outline {
    fn new(mode: PadMode, pad: &[isize], shape: &[usize]) -> Result<Outline> {
        let (n, rank) = (pad.len() / 2, shape.len());
        let (inner, mut outer) = (Dims::from_slice(shape), Dims::from_slice(shape));
        let mut sources = Vec::with_capacity(n);
        for (i, d) in (rank - n..rank).rev().enumerate() {
            let source = mode.sources(shape[d], pad[2 * i], pad[2 * i + 1], d, shape)?;
            outer[d] = source.len();
            sources.push(source);
        }
        bytes_of(&outer, DType::F64)?;
        let columns = sources.remove(0);
        let mut rows = vec![0];
        // From the innermost dimension of rows outwards, each repeats what is there once per row.
        let mut stride = shape[rank - 1];
        for (i, source) in sources.iter().enumerate() {
            rows = source.iter().flat_map(|&s| rows.iter().map(move |&at| at + s * stride)).collect();
            stride *= shape[rank - 2 - i];
        }
        let frame = Frame { planes: shape[..rank - n].iter().product(), plane: stride, rows, columns };
        Ok(Outline { nodes: mode.nodes(n), inner, outer, frame: frame.into() })
    }
}

/// The operations of this family.
pub const NAMES: &[&str] = &["pad"];
