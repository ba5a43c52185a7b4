//! A formula and the sum of its values, in one pass: what a loss is.

use std::sync::OnceLock;

use crate::dtype::Compute;
use crate::parallel;
use crate::pointwise::Loop;
use crate::stream::{Reader, Src, Strided, TILE};
use crate::{Layout, Scalar};

/// Partial sums of a tile side by side, as in a vector register.
const LANE: usize = 8;
/// Up to so many values, setting up streams would cost more than the sum.
const SMALL: usize = 16;
/// Elements that one thread sums. The pieces are the same however many threads there are.
const PIECE: usize = 64 * TILE;

/// Σ f(ins[0][i], ins[1][i], …) over all positions of `shape`, which every `View` has (broadcasting is done in their
/// layouts, with strides of zero). The values are never stored.
///
/// ```
/// use synapgrad_kernels::{Buffer, DType, Layout, Src, fused::map_sum, pointwise_loop};
/// let (x, layout) = (Buffer::from_slice(&[1f32, 2.0, 3.0]).unwrap(), Layout::dense(&[3]));
/// let view = Src::View { data: &x, dtype: DType::F32, layout: &layout };
/// assert_eq!(map_sum::<f32, 2>(pointwise_loop!(|a, b| a * b), [view, view], &layout.shape), 14.0);
/// ```
pub fn map_sum<T: Compute, const N: usize>(f: Loop<T, N>, ins: [Src; N], shape: &[usize]) -> f64 {
    let n = shape.iter().product::<usize>();
    if n <= SMALL
        && let Some(sum) = small(f, &ins, n)
    {
        return sum;
    }
    // The sum does not mind the order: walk memory as the first operand lies.
    let first = ins.iter().find_map(|src| match src {
        Src::View { layout, .. } => Some(*layout),
        _ => None,
    });
    let order = first.map_or_else(|| (0..shape.len()).collect(), Layout::order);
    let from = ins.map(|src| match src {
        Src::View { data, dtype, layout } => {
            assert!(layout.shape[..] == *shape, "operands are broadcast before they come here");
            (Some(Strided::new(data, dtype, &layout.permute(&order))), Scalar::Int(0))
        }
        Src::Scalar(value) => (None, value),
        Src::Dst => unreachable!("a sum has no destination"),
    });
    // Only an expanded tensor has so many elements that pieces must be longer, for their sums to have room.
    let length = PIECE * n.div_ceil(PIECE).div_ceil(1 << 20).max(1);
    let pieces: Vec<OnceLock<f64>> = (0..n.div_ceil(length)).map(|_| OnceLock::new()).collect();
    parallel::ranges(pieces.len(), 1, |range| {
        for piece in range {
            let span = piece * length..n.min((piece + 1) * length);
            let mut readers = from.each_ref().map(|(operand, value)| match operand {
                // SAFETY: the sources borrow their buffers for the whole call, and nothing writes them.
                Some(operand) => unsafe { Reader::<T>::new(operand, &span, false) },
                None => Reader::constant(*value, &span),
            });
            let mut values = [T::default(); TILE];
            let (mut sum, mut left) = (0.0, span.len());
            while left > 0 {
                let n = left.min(TILE);
                f(readers.each_mut().map(|r| r.next(n)), &mut values[..n]);
                sum += sum_of(&values[..n]);
                left -= n;
            }
            let _ = pieces[piece].set(sum);
        }
    });
    pieces.iter().filter_map(OnceLock::get).sum()
}

/// The sum where every operand is a number, or one slice of the formula's type.
fn small<T: Compute, const N: usize>(f: Loop<T, N>, ins: &[Src; N], n: usize) -> Option<f64> {
    let constants = ins.map(|src| match src {
        Src::Scalar(value) => [T::from_scalar(value); SMALL],
        _ => [T::default(); SMALL],
    });
    let mut slices: [&[T]; N] = [&[]; N];
    for ((slice, src), constant) in slices.iter_mut().zip(ins).zip(&constants) {
        *slice = match *src {
            Src::Scalar(_) => &constant[..n],
            Src::View { data, dtype, layout } if dtype == T::DTYPE && layout.is_contiguous() => {
                &data.as_slice()[layout.offset..layout.offset + n]
            }
            _ => return None,
        };
    }
    let mut values = [T::default(); SMALL];
    f(slices, &mut values[..n]);
    Some(values[..n].iter().map(|v| v.to_f64()).sum())
}

/// The sum in f64, in as many lanes as a vector register has.
fn sum_of<T: Compute>(values: &[T]) -> f64 {
    let mut lanes = [0f64; LANE];
    let chunks = values.chunks_exact(LANE);
    let rest: f64 = chunks.remainder().iter().map(|v| v.to_f64()).sum();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.to_f64();
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer, DType, pointwise_loop};

    #[test]
    fn sums_over_tiles_pieces_and_layouts() {
        let (rows, cols) = (300, 701);
        let values: Vec<f32> = (0..rows * cols).map(|i| (i % 13) as f32).collect();
        let data = Buffer::from_slice(&values).unwrap();
        let row = Buffer::from_slice(&vec![2f64; rows]).unwrap();
        let layout = Layout::dense(&[rows, cols]).transpose(0, 1);
        let same = Layout::dense(&[rows]).broadcast_to(&[cols, rows]).unwrap();
        let sum = map_sum::<f32, 3>(
            pointwise_loop!(|x, y, z| x * y + z),
            [
                Src::View { data: &data, dtype: DType::F32, layout: &layout },
                Src::View { data: &row, dtype: DType::F64, layout: &same },
                Src::Scalar(Scalar::Int(1)),
            ],
            &[cols, rows],
        );
        assert_eq!(sum, values.iter().map(|&v| f64::from(v) * 2.0 + 1.0).sum::<f64>());
    }

    #[test]
    fn nothing_sums_to_zero() {
        assert_eq!(map_sum::<f32, 1>(pointwise_loop!(|x| x), [Src::Scalar(Scalar::Int(1))], &[0]), 0.0);
    }
}
