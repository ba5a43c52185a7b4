//! Pointwise kernels: `out[i] = f(a[i], b[i], …)`.
//!
//! A formula is compiled once per number of inputs and compute type into a [`Loop`] over plain slices, in the widest
//! vector instructions the processor has. [`map`] feeds the loop tiles of whatever the operands are.

use crate::dtype::Compute;
use crate::parallel;
use crate::stream::{Dst, Reader, Src, Strided, TILE, Writer};
use crate::with_element;

/// `out[i] = f(ins[0][i], ins[1][i], …)` over slices of equal length.
pub type Loop<T, const N: usize> = fn([&[T]; N], &mut [T]);

/// Apply a loop to operands of any dtype and layout. `View` sources must have the destination's shape (broadcasting is
/// done in their layouts, with strides of zero).
pub fn map<T: Compute, const N: usize>(f: Loop<T, N>, ins: [Src; N], out: Dst) {
    map_over(f, None, ins, out);
}

/// [`map`]; where the first operand is the destination, dense and of type T, by way of `over` if there is one: the same
/// formula [in place](pointwise_loop), for which nothing has to be copied.
pub fn map_over<T: Compute, const N: usize>(f: Loop<T, N>, over: Option<Loop<T, N>>, ins: [Src; N], out: Dst) {
    let n = out.layout.numel();
    if n == 0 {
        return;
    }
    let over = over.filter(|_| matches!(ins[0], Src::Dst) && out.dtype == T::DTYPE && out.layout.is_dense());
    let (f, unread) = (over.unwrap_or(f), over.is_some());
    // The common case, and for small tensors the one that counts: every operand is one slice of the type computed in, or
    // a number.
    if n <= parallel::GRAIN && out.dtype == T::DTYPE && out.layout.is_contiguous() {
        let mut operands = ins.each_ref().map(|src| direct::<T>(src, n));
        if unread {
            operands[0] = Some(Direct::Unread);
        }
        if operands.iter().all(Option::is_some) {
            let at = out.layout.offset;
            let operands = operands.map(|operand| operand.unwrap_or(Direct::Unread));
            return run_direct(f, operands, &mut out.data.as_mut_slice()[at..at + n]);
        }
    }
    walk(ins, out, unread, |readers, writer, n| {
        let tiles = readers.each_mut().map(|r| r.next(n));
        writer.next(n, |out| f(tiles, out));
    });
}

/// Call `step` with how many elements it should take from the readers and give to the writer, until it has taken all. The
/// first operand may be one that nobody reads.
fn walk<T: Compute, const N: usize>(
    ins: [Src; N],
    out: Dst,
    unread: bool,
    step: impl Fn(&mut [Reader<T>; N], &mut Writer<T>, usize) + Sync,
) {
    // Walk memory in the order of the destination, so that a transposed tensor is written straight through.
    let order = out.layout.order();
    let to = Strided::new(out.data, out.dtype, &out.layout.permute(&order));
    let from = ins.map(|src| match src {
        Src::View { data, dtype, layout } => {
            assert_eq!(layout.shape, out.layout.shape, "operands are broadcast before they come here");
            (Some(Strided::new(data, dtype, &layout.permute(&order))), false, None)
        }
        Src::Dst => (Some(to.clone()), true, None),
        Src::Scalar(value) => (None, false, Some(value)),
    });
    parallel::ranges(out.layout.numel(), parallel::GRAIN, |range| {
        // SAFETY: the Srcs and the Dst borrow their buffers for the whole call; ranges are disjoint; where an input is
        // the destination itself its tile is copied before the same positions are written.
        let mut readers: [_; N] = std::array::from_fn(|j| match &from[j] {
            // SAFETY: as said above.
            (Some(operand), alias, _) if !unread || j > 0 => unsafe { Reader::<T>::new(operand, &range, *alias) },
            (.., value) => Reader::constant(value.unwrap_or(crate::Scalar::Int(0)), &range),
        });
        // SAFETY: as above.
        let mut writer = unsafe { Writer::<T>::new(&to, &range) };
        let mut left = range.len();
        while left > 0 {
            let n = readers.iter().fold(left.min(TILE), |n, reader| reader.piece(n));
            step(&mut readers, &mut writer, n);
            left -= n;
        }
    });
}

/// How an operand takes part without a reader.
enum Direct<'a, T> {
    Slice(&'a [T]),
    /// A number, or one element stretched over the whole shape.
    Same(T),
    /// The loop finds it elsewhere.
    Unread,
}

fn direct<'a, T: Compute>(src: &Src<'a>, n: usize) -> Option<Direct<'a, T>> {
    match *src {
        Src::View { data, dtype, layout } if dtype == T::DTYPE && layout.is_contiguous() => {
            Some(Direct::Slice(&data.as_slice()[layout.offset..layout.offset + n]))
        }
        Src::View { data, dtype, layout } if layout.strides.iter().all(|&stride| stride == 0) => {
            Some(Direct::Same(with_element!(dtype, S => T::load(data.as_slice::<S>()[layout.offset]))))
        }
        Src::Scalar(value) => Some(Direct::Same(T::from_scalar(value))),
        _ => None,
    }
}

/// Run the loop on slices. A single number is repeated over a few registers' worth, and the loop run on pieces of that
/// length.
fn run_direct<T: Compute, const N: usize>(f: Loop<T, N>, ins: [Direct<T>; N], out: &mut [T]) {
    const PIECE: usize = 128;
    if !ins.iter().any(|operand| matches!(operand, Direct::Same(_))) {
        let slices = ins.map(|operand| match operand {
            Direct::Slice(slice) => slice,
            Direct::Same(_) | Direct::Unread => &[],
        });
        return f(slices, out);
    }
    let repeated = ins.each_ref().map(|operand| match operand {
        Direct::Same(value) => [*value; PIECE],
        Direct::Slice(_) | Direct::Unread => [T::default(); PIECE],
    });
    for (i, piece) in out.chunks_mut(PIECE).enumerate() {
        let (at, n) = (i * PIECE, piece.len());
        let tiles = std::array::from_fn(|j| match &ins[j] {
            Direct::Slice(slice) => &slice[at..at + n],
            Direct::Same(_) => &repeated[j][..n],
            Direct::Unread => &[],
        });
        f(tiles, piece);
    }
}

/// Compile a formula into a [`Loop`](pointwise::Loop): `pointwise_loop!(|x, y| x + y)`. The formula must be free of side
/// effects and its functions `#[inline(always)]`, so that the whole loop is compiled for each instruction set.
///
/// `pointwise_loop!(over |x, y| x + y)` finds x in the output and leaves the result there. It is a loop of its own, because
/// one that is told twice where the same memory is may neither take it for two slices nor be vectorised.
///
/// `pointwise_loop!(|x| x.sin(), where easy(x) => quick(x))` takes the quicker formula for tiles of which every number is
/// easy.
#[macro_export]
macro_rules! pointwise_loop {
    (|$a:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [xs], out; (o, &$a) in out.iter_mut().zip(xs); *o = $body)
    };
    (|$a:ident, $b:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [xs, ys], out; ((o, &$a), &$b) in out.iter_mut().zip(xs).zip(ys); *o = $body)
    };
    (|$a:ident, $b:ident, $c:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [xs, ys, zs], out;
            (((o, &$a), &$b), &$c) in out.iter_mut().zip(xs).zip(ys).zip(zs); *o = $body)
    };
    (|$a:ident, $b:ident, $c:ident, $d:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [xs, ys, zs, ws], out;
            ((((o, &$a), &$b), &$c), &$d) in out.iter_mut().zip(xs).zip(ys).zip(zs).zip(ws); *o = $body)
    };
    (over |$a:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [_], out; o in out.iter_mut(); { let $a = *o; *o = $body })
    };
    (over |$a:ident, $b:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [_, ys], out; (o, &$b) in out.iter_mut().zip(ys); { let $a = *o; *o = $body })
    };
    (over |$a:ident, $b:ident, $c:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [_, ys, zs], out;
            ((o, &$b), &$c) in out.iter_mut().zip(ys).zip(zs); { let $a = *o; *o = $body })
    };
    (over |$a:ident, $b:ident, $c:ident, $d:ident| $body:expr) => {
        $crate::pointwise_loop!(@ [_, ys, zs, ws], out;
            (((o, &$b), &$c), &$d) in out.iter_mut().zip(ys).zip(zs).zip(ws); { let $a = *o; *o = $body })
    };
    (|$a:ident| $body:expr, where $easy:expr => $quick:expr) => {
        |[xs], out| {
            for (out, xs) in out.chunks_mut($crate::stream::TILE).zip(xs.chunks($crate::stream::TILE)) {
                let all = $crate::pointwise_loop!(@all out; (o, &$a) in out.iter_mut().zip(xs); $easy; *o = $quick);
                if !all {
                    $crate::pointwise_loop!(@all out; (o, &$a) in out.iter_mut().zip(xs); true; *o = $body);
                }
            }
        }
    };
    (|$a:ident, $b:ident| $body:expr, where $easy:expr => $quick:expr) => {
        |[xs, ys], out| {
            let tiles = xs.chunks($crate::stream::TILE).zip(ys.chunks($crate::stream::TILE));
            for (out, (xs, ys)) in out.chunks_mut($crate::stream::TILE).zip(tiles) {
                let all = $crate::pointwise_loop!(@all
                    out; ((o, &$a), &$b) in out.iter_mut().zip(xs).zip(ys); $easy; *o = $quick);
                if !all {
                    $crate::pointwise_loop!(@all out; ((o, &$a), &$b) in out.iter_mut().zip(xs).zip(ys); true; *o = $body);
                }
            }
        }
    };
    (@ $ins:pat, $out:ident; $each:pat in $places:expr; $step:expr) => {
        |$ins, $out| {
            $crate::pointwise_loop!(@all $out; $each in $places; true; $step);
        }
    };
    // Take the step for each, and say whether the condition holds for all.
    (@all $out:ident; $each:pat in $places:expr; $condition:expr; $step:expr) => {
        $crate::vecmath::dispatch_for(
            $crate::vecmath::kind($out),
            #[inline(always)]
            || {
                let mut all = true;
                for $each in $places {
                    all &= $condition;
                    $step;
                }
                all
            },
        )
    };
}

/// Convert and copy by way of type `T`: one pass where `T` is the type of one side, two where it is neither's.
fn convert<T: Compute>(src: Src, out: Dst) {
    match src {
        Src::View { dtype, .. } if dtype != out.dtype && out.layout.numel() > 0 => {
            walk::<T, 1>([src], out, false, |[reader], writer, n| writer.copy(n, reader));
        }
        _ => map::<T, 1>(pointwise_loop!(|x| x), [src], out),
    }
}

/// Convert and copy: `out[i] = a[i]` in the type of `out`.
pub fn copy(src: Src, out: Dst) {
    use crate::dtype::{Category, ComputeType, DType};
    let from = match src {
        Src::View { dtype, .. } => dtype,
        Src::Scalar(_) if out.dtype == DType::F32 => return convert::<f32>(src, out),
        Src::Scalar(_) | Src::Dst => out.dtype,
    };
    // Whole numbers pass through i64 and anything that touches a 64-bit float through f64, so that nothing is rounded on
    // the way; a whole number goes to a float from i64 directly.
    let via = match (from, out.dtype) {
        (DType::F64, _) | (_, DType::F64) => ComputeType::F64,
        _ if from.category() == Category::Float => ComputeType::F32,
        _ => ComputeType::I64,
    };
    let via = if from.category() != Category::Float { ComputeType::I64 } else { via };
    match via {
        ComputeType::F32 => convert::<f32>(src, out),
        ComputeType::F64 => convert::<f64>(src, out),
        ComputeType::I64 => match src {
            // A fractional scalar would lose its fraction in i64.
            Src::Scalar(_) if out.dtype.is_float() => convert::<f64>(src, out),
            _ => convert::<i64>(src, out),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buffer, DType, Layout, Scalar};

    fn view<'a>(data: &'a Buffer, dtype: DType, layout: &'a Layout) -> Src<'a> {
        Src::View { data, dtype, layout }
    }

    #[test]
    fn mixes_types_layouts_and_scalars() {
        // a: a 3×2 transposed int16 matrix; b: a float32 row, broadcast; plus a scalar.
        let a = Buffer::from_slice(&[1i16, 2, 3, 4, 5, 6]).unwrap();
        let b = Buffer::from_slice(&[10f32, 20.0]).unwrap();
        let la = Layout::dense(&[2, 3]).transpose(0, 1);
        let lb = Layout::dense(&[2]).broadcast_to(&[3, 2]).unwrap();
        for lo in [Layout::dense(&[3, 2]), la.clone()] {
            let mut out = Buffer::stale(24).unwrap();
            map::<f32, 3>(
                pointwise_loop!(|x, y, z| x + y * z),
                [view(&a, DType::I16, &la), view(&b, DType::F32, &lb), Src::Scalar(Scalar::Int(2))],
                Dst { data: &mut out, dtype: DType::F32, layout: &lo },
            );
            let got: Vec<f32> = (0..6).map(|i| out.as_slice::<f32>()[lo.position(i)]).collect();
            assert_eq!(got, [21.0, 44.0, 22.0, 45.0, 23.0, 46.0]);
        }
    }

    #[test]
    fn large_strided_work_is_split_and_whole() {
        let (rows, cols) = (700, 1001);
        let values: Vec<i64> = (0..(rows * cols) as i64).collect();
        let a = Buffer::from_slice(&values).unwrap();
        let la = Layout::dense(&[rows, cols]).transpose(0, 1);
        let lo = Layout::dense(&[cols, rows]);
        let mut out = Buffer::stale(rows * cols * 4).unwrap();
        copy(view(&a, DType::I64, &la), Dst { data: &mut out, dtype: DType::I32, layout: &lo });
        let out = out.as_slice::<i32>();
        assert!((0..cols).all(|c| (0..rows).all(|r| out[c * rows + r] as usize == r * cols + c)));
    }

    #[test]
    fn in_place() {
        let mut a = Buffer::from_slice(&[1f32, 2.0, 3.0]).unwrap();
        let layout = Layout::dense(&[3]);
        map::<f32, 1>(pointwise_loop!(|x| x * x), [Src::Dst], Dst { data: &mut a, dtype: DType::F32, layout: &layout });
        assert_eq!(a.as_slice::<f32>(), [1.0, 4.0, 9.0]);
    }

    #[test]
    fn in_place_by_a_loop_of_its_own() {
        // Small and large, dense in two orders and with gaps; the destination may be an operand twice.
        let (f, over): (Loop<f32, 4>, Loop<f32, 4>) =
            (pointwise_loop!(|x, y, z, w| x * y + z - w), pointwise_loop!(over | x, y, z, w | x * y + z - w));
        for side in [3, 300] {
            let square = Layout::dense(&[side, side]);
            let row = Layout::dense(&[side]).broadcast_to(&[side, side]).unwrap();
            let values: Vec<f32> = (0..side * side).map(|i| i as f32).collect();
            let b = Buffer::from_slice(&values).unwrap();
            for layout in [square.clone(), square.transpose(0, 1), square.slice(1, 0, side / 2, 2)] {
                let row = if layout.shape == square.shape { row.clone() } else { row.slice(1, 0, side / 2, 1) };
                let mut a = Buffer::from_slice(&values).unwrap();
                let ins = [Src::Dst, Src::Dst, view(&b, DType::F32, &row), Src::Scalar(Scalar::Int(7))];
                map_over(f, Some(over), ins, Dst { data: &mut a, dtype: DType::F32, layout: &layout });
                for i in 0..layout.numel() {
                    let (x, z) = (values[layout.position(i)], values[row.position(i)]);
                    assert_eq!(a.as_slice::<f32>()[layout.position(i)], x * x + z - 7.0, "{layout:?} at {i}");
                }
            }
        }
    }
}
