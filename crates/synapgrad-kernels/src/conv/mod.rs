//! Convolutions in up to three dimensions, and their derivatives.
//!
//! A convolution slides a small window of weights over an image. With x of shape (N, C, size), w of shape (O, C, kernel)
//! and positions p, taps t, strides s, dilations d and padding a, each a vector over the dimensions,
//!
//! > y\[n, o, p\] = Σ_{c,t} w\[o, c, t\] · x\[n, c, p·s + t·d − a\]
//!
//! where x is zero outside its image. Multiply by any g of y's shape and sum: ⟨g, y⟩ is linear in each of x, w and g, so
//! that its derivatives by g, x and w are three functions of the other two, and the derivatives of those are again the
//! same three:
//!
//! | function            | what it gives | also known as                                          |
//! |---------------------|---------------|--------------------------------------------------------|
//! | [`forward`]         | y of x and w  | convolution; the input gradient of the transposed one  |
//! | [`backward_input`]  | x of g and w  | transposed convolution; the input gradient             |
//! | [`backward_weight`] | w of x and g  | the weight gradient of both                            |
//!
//! **How.** Read for one image, y = W·X̃ is a product of matrices: W is (O × C·taps), and column p of X̃ holds what the
//! window sees at p. Writing X̃ down (`im2col`) would cost taps times the memory of x. It isn't needed: row (c, t) of X̃
//! is channel c shifted by t. So channels are copied once into planes with zeros around them (`lower`), where every row
//! of X̃ is the same plane read from another offset, and a register tile of the product takes its vectors of X̃ from
//! there. What remains is the blocking of a matrix product: a panel of W in the first-level cache, planes of some channels
//! in the second, a tile of y in registers (`correlate`).
//!
//! *Strides.* Positions p·s + t·d − a with the same remainder modulo s lie in a plane of their own, where p and p + 1 are
//! neighbours. *Transposed.* x\[q\] gets g\[p\] from the taps with p·s = q + a − t·d: for all q of one remainder modulo s
//! these are the same taps, each at a constant distance; so every remainder is a convolution with stride 1 of its own
//! (a [`Pass`]). *Weights.* w\[o, c, t\] is the inner product of g's plane with one row of X̃: the same planes, other tile
//! (`weight`).
//!
//! *Windows of 3 × 3.* Of float32 and between many channels, a product for each of the 16 places of a tile does with four
//! ninths of the multiplications (`winograd`).
//!
//! Results do not depend on the number of threads: what one thread computes depends on it, in which order each sum is
//! taken does not.
//!
//! Sources: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008) for the blocking; Cho and
//! Brand, "MEC: Memory-efficient Convolution for Deep Neural Network" (2017) for planes per column of taps; Zhang,
//! Franchetti and Low, "High Performance Zero-Memory Overhead Direct Convolutions" (2018) for doing without im2col.

mod correlate;
mod fold;
mod lower;
#[cfg(test)]
mod tests;
mod weight;
mod winograd;

use crate::buffer::{Buffer, Refused};
use crate::dtype::{DType, Element};
use crate::interrupt;
use crate::lanes::Lanes;
use crate::{parallel, with_compute};
use std::sync::OnceLock;

pub use fold::{fold, unfold};
use winograd::is_calm;

/// Element types of convolutions, and which way each takes.
trait Number: Element + Lanes {
    fn correlate(
        pass: &Pass,
        src: &[Self],
        w: &[Self],
        bias: Option<&[Self]>,
        dst: &mut [Self],
    ) -> Result<(), Refused> {
        correlate::correlate(pass, src, w, bias, dst)
    }

    fn correlate_planes(pass: &Pass, x: &[Self], g: &[Self], w: &mut [Self]) -> Result<(), Refused> {
        weight::correlate_planes(pass, x, g, w)
    }
}

impl Number for i64 {}
impl Number for f64 {}
impl Number for f32 {
    fn correlate(pass: &Pass, src: &[f32], w: &[f32], bias: Option<&[f32]>, dst: &mut [f32]) -> Result<(), Refused> {
        match winograd::Filter::of_pass(pass) {
            Some(filter) if is_calm(src) && is_calm(w) => winograd::correlate(&filter, src, w, bias, dst),
            _ => correlate::correlate(pass, src, w, bias, dst),
        }
    }

    fn correlate_planes(pass: &Pass, x: &[f32], g: &[f32], w: &mut [f32]) -> Result<(), Refused> {
        match winograd::Filter::of_weight(pass) {
            Some(filter) if is_calm(x) && is_calm(g) => winograd::correlate_planes(&filter, x, g, w),
            _ => weight::correlate_planes(pass, x, g, w),
        }
    }
}

/// A number for each of depth, height and width.
pub type Sizes = [usize; 3];

/// The shapes of a convolution. One with fewer dimensions has sizes of 1 and strides of 1 in front.
///
/// `out` is given, not computed: how much padding there is after the image follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub batch: usize,
    pub groups: usize,
    /// Channels of x in each group.
    pub inputs: usize,
    /// Channels of y in each group.
    pub outputs: usize,
    /// The image of x.
    pub size: Sizes,
    /// The image of y.
    pub out: Sizes,
    pub kernel: Sizes,
    pub stride: Sizes,
    /// Zeros before the image.
    pub padding: Sizes,
    pub dilation: Sizes,
}

fn product(sizes: Sizes) -> usize {
    sizes.iter().product()
}

impl Plan {
    /// Elements of x.
    pub fn input_len(&self) -> usize {
        self.batch * self.groups * self.inputs * product(self.size)
    }

    /// Elements of y.
    pub fn output_len(&self) -> usize {
        self.batch * self.groups * self.outputs * product(self.out)
    }

    /// Elements of w.
    pub fn weight_len(&self) -> usize {
        self.groups * self.outputs * self.inputs * product(self.kernel)
    }

    /// The pass that is the convolution.
    fn forward(&self) -> Pass {
        let taps = std::array::from_fn(|i| {
            let shift = |t: usize| (t * self.dilation[i]) as isize - self.padding[i] as isize;
            (0..self.kernel[i]).map(|t| (t, shift(t))).collect()
        });
        Pass {
            batch: self.batch,
            groups: self.groups,
            channels: self.inputs,
            rows: self.outputs,
            src: self.size,
            step: self.stride,
            taps,
            grid: self.out,
            dst: self.out,
            dst_start: [0; 3],
            dst_step: [1; 3],
            kernel: self.kernel,
            weight_steps: (self.inputs * product(self.kernel), product(self.kernel)),
        }
    }

    /// The passes that together are the transposed convolution: one for each remainder modulo the strides.
    fn transposed(&self) -> Vec<Pass> {
        let remainders = |i: usize| 0..self.stride[i].min(self.size[i]);
        let mut passes = Vec::new();
        for start in remainders(0).flat_map(|d| remainders(1).flat_map(move |h| remainders(2).map(move |w| [d, h, w])))
        {
            let taps = std::array::from_fn(|i| {
                let stride = self.stride[i] as isize;
                let distance = |t: usize| (start[i] + self.padding[i]) as isize - (t * self.dilation[i]) as isize;
                let hits = (0..self.kernel[i]).filter(|&t| distance(t).rem_euclid(stride) == 0);
                hits.map(|t| (t, distance(t).div_euclid(stride))).collect()
            });
            passes.push(Pass {
                batch: self.batch,
                groups: self.groups,
                channels: self.outputs,
                rows: self.inputs,
                src: self.out,
                step: [1; 3],
                taps,
                grid: std::array::from_fn(|i| (self.size[i] - start[i]).div_ceil(self.stride[i])),
                dst: self.size,
                dst_start: start,
                dst_step: self.stride,
                kernel: self.kernel,
                weight_steps: (product(self.kernel), self.inputs * product(self.kernel)),
            });
        }
        passes
    }
}

/// A convolution with its coordinates spelled out:
/// dst\[n, o, dst_start + dst_step·q\] = bias\[o\] + Σ_{c,t} w\[o, c, t\] · src\[n, c, step·q + shift(t)\] for q in `grid`.
struct Pass {
    batch: usize,
    groups: usize,
    /// Channels of src in each group.
    channels: usize,
    /// Channels of dst in each group.
    rows: usize,
    src: Sizes,
    step: Sizes,
    /// For each dimension the taps that take part: which of the kernel, and its shift.
    taps: [Vec<(usize, isize)>; 3],
    grid: Sizes,
    dst: Sizes,
    dst_start: Sizes,
    dst_step: Sizes,
    kernel: Sizes,
    /// How far apart in the weight the numbers of neighbouring rows and of neighbouring channels are.
    weight_steps: (usize, usize),
}

impl Pass {
    /// For each group the product of a weight of `rows` × `channels` and a matrix with `columns`; rows of the result are
    /// `apart` numbers from each other.
    fn points(groups: usize, channels: usize, rows: usize, columns: usize, apart: usize) -> Pass {
        Pass {
            batch: 1,
            groups,
            channels,
            rows,
            src: [1, 1, columns],
            step: [1; 3],
            taps: std::array::from_fn(|_| vec![(0, 0)]),
            grid: [1, 1, columns],
            dst: [1, 1, apart],
            dst_start: [0; 3],
            dst_step: [1; 3],
            kernel: [1; 3],
            weight_steps: (channels, 1),
        }
    }

    /// How many taps take part.
    fn taps(&self) -> usize {
        self.taps.iter().map(Vec::len).product()
    }

    /// The places of the taps that take part, in the kernel.
    fn places(&self) -> Vec<usize> {
        let [depth, height, width] = &self.taps;
        let mut places = Vec::with_capacity(self.taps());
        for &(d, _) in depth {
            for &(h, _) in height {
                places.extend(width.iter().map(|&(w, _)| (d * self.kernel[1] + h) * self.kernel[2] + w));
            }
        }
        places
    }

    /// Where grid position q lies in a channel of dst.
    fn target(&self, q: Sizes) -> usize {
        let [d, h, w] = self.dst_start;
        (d * self.dst[1] + h) * self.dst[2] + w + self.distance(q)
    }

    /// How far grid position q is from position 0 in dst.
    fn distance(&self, q: Sizes) -> usize {
        let [d, h, w]: Sizes = std::array::from_fn(|i| self.dst_step[i] * q[i]);
        (d * self.dst[1] + h) * self.dst[2] + w
    }
}

/// Contiguous numbers: a block of memory and the place of the first.
pub type Numbers<'a> = (&'a Buffer, usize);

fn numbers<T: Number>((data, from): Numbers<'_>, len: usize) -> &[T] {
    &data.as_slice::<T>()[from..][..len]
}

/// y = conv(x, w) + bias, all of the type in which `dtype` computes.
///
/// ```
/// use synapgrad_kernels::{Buffer, DType, conv::{Plan, forward}};
/// let plan = Plan {
///     batch: 1, groups: 1, inputs: 1, outputs: 1,
///     size: [1, 1, 4], out: [1, 1, 3], kernel: [1, 1, 2],
///     stride: [1; 3], padding: [0; 3], dilation: [1; 3],
/// };
/// let [x, w, b] = [&[1f32, 2.0, 4.0, 8.0][..], &[-1.0, 1.0], &[0.5]].map(|x| Buffer::from_slice(x).unwrap());
/// let mut y = Buffer::zeroed(12).unwrap();
/// forward(&plan, DType::F32, (&x, 0), (&w, 0), Some((&b, 0)), &mut y).unwrap();
/// assert_eq!(y.as_slice::<f32>(), [1.5, 2.5, 4.5]);
/// ```
///
/// # Errors
/// [`Refused`] where the user asked to stop, or no memory is left.
///
/// # Panics
/// Where memory is shorter than the plan says.
pub fn forward(
    plan: &Plan,
    dtype: DType,
    x: Numbers,
    w: Numbers,
    bias: Option<Numbers>,
    y: &mut Buffer,
) -> Result<(), Refused> {
    with_compute!(dtype, T => {
        let (x, w) = (numbers::<T>(x, plan.input_len()), numbers(w, plan.weight_len()));
        let bias = bias.map(|b| numbers(b, plan.groups * plan.outputs));
        T::correlate(&plan.forward(), x, w, bias, &mut y.as_mut_slice()[..plan.output_len()])
    })
}

/// x = conv_transpose(g, w) + bias: what [`forward`] would have to be given so that ⟨g, forward(x)⟩ grows fastest.
///
/// # Errors
/// [`Refused`] where the user asked to stop, or no memory is left.
///
/// # Panics
/// Where memory is shorter than the plan says.
pub fn backward_input(
    plan: &Plan,
    dtype: DType,
    g: Numbers,
    w: Numbers,
    bias: Option<Numbers>,
    x: &mut Buffer,
) -> Result<(), Refused> {
    with_compute!(dtype, T => {
        let (g, w) = (numbers::<T>(g, plan.output_len()), numbers(w, plan.weight_len()));
        let bias = bias.map(|b| numbers(b, plan.groups * plan.inputs));
        let x = &mut x.as_mut_slice()[..plan.input_len()];
        let (passes, empty): (Vec<_>, Vec<_>) = plan.transposed().into_iter().partition(|pass| pass.taps() > 0);
        if !empty.is_empty() {
            // With strides beyond the kernel no tap reaches some elements.
            parallel::slabs(x, product(plan.size), |i, channel| {
                channel.fill(bias.map_or(T::default(), |b| b[i % (plan.groups * plan.inputs)]));
            });
        }
        passes.iter().try_for_each(|pass| T::correlate(pass, g, w, bias, x))
    })
}

/// w\[o, c, t\] = Σ_{n,p} g\[n, o, p\] · x\[n, c, p·s + t·d − a\]
///
/// # Errors
/// [`Refused`] where the user asked to stop, or no memory is left.
///
/// # Panics
/// Where memory is shorter than the plan says.
pub fn backward_weight(plan: &Plan, dtype: DType, x: Numbers, g: Numbers, w: &mut Buffer) -> Result<(), Refused> {
    with_compute!(dtype, T => {
        let (x, g) = (numbers::<T>(x, plan.input_len()), numbers(g, plan.output_len()));
        let w = &mut w.as_mut_slice()[..plan.weight_len()];
        T::correlate_planes(&plan.forward(), x, g, w)
    })
}

/// Between two questions whether to stop: about 10 ms of one core, in multiplications.
const POLL_GRAIN: usize = 1 << 29;
/// Below this many multiplications the threads cost more than they bring.
const PARALLEL_GRAIN: usize = 1 << 19;

/// Call `work` for 0..units, each of which takes about `cost` multiplications, on all threads where it pays.
fn each_unit(units: usize, cost: usize, work: impl Fn(usize) -> Result<(), Refused> + Sync) -> Result<(), Refused> {
    let threads = if units.saturating_mul(cost) < PARALLEL_GRAIN { 1 } else { parallel::threads() };
    // Only the calling thread may ask, so the others are joined before it does.
    let stretch = (POLL_GRAIN / cost.max(1)).max(1).saturating_mul(threads);
    let mut first = 0;
    while first < units {
        let last = units.min(first.saturating_add(stretch));
        if first > 0 {
            interrupt::poll()?;
        }
        if threads == 1 {
            (first..last).try_for_each(&work)?;
        } else {
            let grain = (PARALLEL_GRAIN / 8 / cost.max(1)).max(1);
            let refusal = OnceLock::new();
            parallel::each((last - first).div_ceil(grain), &|i| {
                let units = first + i * grain..last.min(first + (i + 1) * grain);
                if refusal.get().is_none()
                    && let Err(refused) = units.into_iter().try_for_each(&work)
                {
                    _ = refusal.set(refused);
                }
            });
            refusal.into_inner().map_or(Ok(()), Err)?;
        }
        first = last;
    }
    Ok(())
}
