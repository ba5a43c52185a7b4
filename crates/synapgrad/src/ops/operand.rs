//! Operands: tensors and numbers, their common dtype and shape, and their memory.

use std::borrow::Borrow;
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use synapgrad_kernels::layout::{broadcast_shapes, checked_numel};
use synapgrad_kernels::{Buffer, DType, Dims, Dst, Layout, Scalar, Src};

use crate::error::ensure;
use crate::{Result, Tensor, default_dtype};

/// A tensor or a number.
#[derive(Clone, Copy)]
pub enum Operand<'a> {
    Tensor(&'a Tensor),
    Number(Scalar),
}

impl<'a> From<&'a Tensor> for Operand<'a> {
    fn from(tensor: &'a Tensor) -> Operand<'a> {
        Operand::Tensor(tensor)
    }
}

impl<T: Into<Scalar>> From<T> for Operand<'_> {
    fn from(number: T) -> Self {
        Operand::Number(number.into())
    }
}

impl<'a> Operand<'a> {
    pub fn tensor(self) -> Option<&'a Tensor> {
        match self {
            Operand::Tensor(tensor) => Some(tensor),
            Operand::Number(_) => None,
        }
    }
}

/// The dtype in which operands meet. A tensor with dimensions outranks one without, and that a plain number: the weaker
/// counts only where it is of a higher category (a float among integers).
///
/// Source: PyTorch's documentation of type promotion, "Tensor Attributes".
pub fn result_type(operands: &[Operand]) -> DType {
    let (mut sized, mut zero_dim, mut number) = (None, None, None);
    for operand in operands {
        let (rank, dtype) = match operand {
            Operand::Tensor(t) if t.rank() > 0 => (&mut sized, t.dtype()),
            Operand::Tensor(t) => (&mut zero_dim, t.dtype()),
            Operand::Number(Scalar::Float(_)) => (&mut number, default_dtype()),
            Operand::Number(Scalar::Int(_)) => (&mut number, DType::I64),
            Operand::Number(Scalar::Bool(_)) => (&mut number, DType::Bool),
        };
        *rank = Some(rank.map_or(dtype, |have: DType| have.promote(dtype)));
    }
    let outrank = |high: Option<DType>, low: Option<DType>| match (high, low) {
        (Some(high), Some(low)) if low.category() > high.category() => Some(low),
        (high, low) => high.or(low),
    };
    outrank(outrank(sized, zero_dim), number).unwrap_or_else(default_dtype)
}

/// The layout of a pointwise result: the common shape, in the memory order of the first operand that has all of it.
///
/// # Errors
/// RuntimeError where the shapes don't broadcast, MemoryError where they do, to more than can be counted.
pub(crate) fn result_layout(name: &str, operands: &[Operand]) -> Result<Layout> {
    let mut tensors = operands.iter().filter_map(|o| o.tensor());
    let Some(first) = tensors.next() else { return Ok(Layout::dense(&[])) };
    if tensors.clone().all(|t| t.shape() == first.shape()) {
        return Ok(first.layout().fresh_like());
    }
    let mut shape = Dims::from_slice(first.shape());
    for tensor in tensors {
        if shape[..] != *tensor.shape() {
            let common = broadcast_shapes(&shape, tensor.shape());
            ensure!(common.is_some(), Runtime, "{}", mismatch(name, &shape, tensor.shape()));
            shape = common.unwrap_or_default();
        }
    }
    ensure!(
        checked_numel(&shape).is_some(),
        Memory,
        "{name}: can't allocate memory: a tensor of shape {:?} is beyond any memory",
        &shape[..]
    );
    let full = operands.iter().filter_map(|o| o.tensor()).find(|t| *t.shape() == shape[..]);
    Ok(full.map_or_else(|| Layout::dense(&shape), |t| t.layout().fresh_like()))
}

/// PyTorch's sentence about two shapes that don't broadcast.
#[cold]
pub(crate) fn mismatch(name: &str, a: &[usize], b: &[usize]) -> String {
    let rank = a.len().max(b.len());
    let at = |shape: &[usize], d: usize| shape.get((d + shape.len()).wrapping_sub(rank)).copied().unwrap_or(1);
    let clash = (0..rank).rev().find(|&d| at(a, d) != at(b, d) && at(a, d) != 1 && at(b, d) != 1).unwrap_or(0);
    format!(
        "{name}: The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension {clash}; got \
         shapes {a:?} and {b:?}",
        at(a, clash),
        at(b, clash)
    )
}

/// Lock the memory of all operands and hand kernels what they read. `layouts[i]` is that of `operands[i]`, already
/// broadcast.
pub(crate) fn with_sources<R, const N: usize>(
    operands: &[Operand; N],
    layouts: &[impl Borrow<Layout>; N],
    work: impl FnOnce([Src; N]) -> R,
) -> R {
    // Each block is locked once, however many operands lie in it: a second read lock on the same thread could wait for
    // ever behind a writer.
    let mut guards: [Option<RwLockReadGuard<Buffer>>; N] = [const { None }; N];
    let mut holder = [0; N];
    for i in 0..N {
        holder[i] = i;
        if let Operand::Tensor(tensor) = operands[i] {
            let earlier = (0..i).find(|&j| operands[j].tensor().is_some_and(|t| t.storage().same(tensor.storage())));
            match earlier {
                Some(j) => holder[i] = holder[j],
                None => guards[i] = Some(tensor.storage().read()),
            }
        }
    }
    work(std::array::from_fn(|i| match (operands[i], &guards[holder[i]]) {
        (Operand::Tensor(tensor), Some(data)) => Src::View { data, dtype: tensor.dtype(), layout: layouts[i].borrow() },
        (Operand::Number(number), _) => Src::Scalar(number),
        (Operand::Tensor(_), None) => unreachable!("every tensor's block was locked above"),
    }))
}

/// As [`with_sources`], and lock the memory of `out` for writing. An operand may lie in the same block only if it is `out`
/// itself, position by position; see [`Tensor::clear_of`].
pub(crate) fn with_destination<R, const N: usize>(
    out: &Tensor,
    operands: &[Operand; N],
    layouts: &[impl Borrow<Layout>; N],
    work: impl FnOnce([Src; N], Dst) -> R,
) -> R {
    let inside = |i: usize| operands[i].tensor().is_some_and(|t| t.storage().same(out.storage()));
    // Everyone takes locks in the order of addresses, so that two threads never wait for each other.
    let mut order: [usize; N] = std::array::from_fn(|i| i);
    let address = |i: usize| operands[i].tensor().map_or(0, |t| t.storage().address());
    order.sort_unstable_by_key(|&i| address(i));
    let mut guards: [Option<RwLockReadGuard<Buffer>>; N] = [const { None }; N];
    let mut holder: [usize; N] = std::array::from_fn(|i| i);
    let mut target: Option<RwLockWriteGuard<Buffer>> = None;
    let mut last: Option<usize> = None;
    for &i in &order {
        let Some(tensor) = operands[i].tensor() else { continue };
        if inside(i) {
            continue;
        }
        if target.is_none() && address(i) > out.storage().address() {
            target = Some(out.storage().write());
        }
        match last {
            Some(j) if address(j) == address(i) => holder[i] = holder[j],
            _ => guards[i] = Some(tensor.storage().read()),
        }
        last = Some(i);
    }
    let mut target = target.unwrap_or_else(|| out.storage().write());
    let sources = std::array::from_fn(|i| match (operands[i], &guards[holder[i]]) {
        (Operand::Number(number), _) => Src::Scalar(number),
        (Operand::Tensor(tensor), Some(data)) => Src::View { data, dtype: tensor.dtype(), layout: layouts[i].borrow() },
        (Operand::Tensor(_), None) => Src::Dst,
    });
    work(sources, Dst { data: &mut target, dtype: out.dtype(), layout: out.layout() })
}

impl Tensor {
    /// This tensor, or a copy where reading it while `out` is written would read what was just written.
    pub(crate) fn clear_of(&self, out: &Tensor) -> Result<Tensor> {
        let same_places = self.layout() == out.layout() && self.dtype() == out.dtype();
        if self.storage().same(out.storage()) && !same_places {
            return self.detach().copy();
        }
        Ok(self.clone())
    }
}

/// The layout of an operand that has the common shape, or a new one stretched to it. (Boxed, because it is rare, and an
/// array of these is passed around in every operation.)
pub(crate) enum Stretched<'a> {
    AsItIs(&'a Layout),
    Anew(Box<Layout>),
}

impl Borrow<Layout> for Stretched<'_> {
    fn borrow(&self) -> &Layout {
        match self {
            Stretched::AsItIs(layout) => layout,
            Stretched::Anew(layout) => layout,
        }
    }
}

/// Layouts of the operands stretched to a common shape.
pub(crate) fn stretched<'a, const N: usize>(operands: &[Operand<'a>; N], shape: &[usize]) -> [Stretched<'a>; N] {
    static POINT: Layout = Layout { shape: Dims::new(), strides: Dims::new(), offset: 0 };
    operands.map(|operand| match operand {
        Operand::Tensor(t) if t.shape() == shape => Stretched::AsItIs(t.layout()),
        Operand::Tensor(t) => match t.layout().broadcast_to(shape) {
            Some(layout) => Stretched::Anew(Box::new(layout)),
            None => unreachable!("shapes were checked"),
        },
        Operand::Number(_) => Stretched::AsItIs(&POINT),
    })
}
