//! Windows as columns, and columns put back: im2col and its transpose.

use super::lower::Lowering;
use super::{Number, Numbers, Plan, each_unit, numbers, product};
use crate::buffer::{Buffer, Refused};
use crate::dtype::DType;
use crate::parallel::{self, Parts};
use crate::with_compute;

/// What the window sees at every position: out\[n, c, t, p\] = x\[n, c, p·s + t·d − a\], zero outside the image. Groups and
/// outputs of the plan don't matter.
///
/// # Panics
/// Where memory is shorter than the plan says.
pub fn unfold(plan: &Plan, dtype: DType, x: Numbers, out: &mut Buffer) {
    let (image, columns) = (product(plan.size), product(plan.kernel) * product(plan.out));
    let channels = plan.batch * plan.inputs;
    with_compute!(dtype, T => {
        unfold_as::<T>(plan, numbers(x, channels * image), &mut out.as_mut_slice()[..channels * columns])
    });
}

fn unfold_as<T: Number>(plan: &Plan, x: &[T], out: &mut [T]) {
    let (image, columns) = (product(plan.size), product(plan.kernel) * product(plan.out));
    if out.is_empty() {
        return;
    }
    let pass = plan.forward();
    let lowering = Lowering::columns(&pass);
    parallel::slabs(out, columns, |i, out| {
        let x = &x[i * image..][..image];
        lowering.lower(&pass, [0; 3], x, out, lowering.plane);
    });
}

/// The transpose of [`unfold`]: x\[n, c, q\] = Σ columns\[n, c, t, p\] over all t, p with p·s + t·d − a = q.
///
/// # Errors
/// [`Refused`] where the user asked to stop.
///
/// # Panics
/// Where memory is shorter than the plan says.
pub fn fold(plan: &Plan, dtype: DType, columns: Numbers, x: &mut Buffer) -> Result<(), Refused> {
    let (image, column) = (product(plan.size), product(plan.kernel) * product(plan.out));
    let channels = plan.batch * plan.inputs;
    with_compute!(dtype, T => {
        fold_as::<T>(plan, numbers(columns, channels * column), &mut x.as_mut_slice()[..channels * image])
    })
}

fn fold_as<T: Number>(plan: &Plan, columns: &[T], x: &mut [T]) -> Result<(), Refused> {
    let (image, column) = (product(plan.size), product(plan.kernel) * product(plan.out));
    let channels = plan.batch * plan.inputs;
    x.fill(T::default());
    let pass = plan.forward();
    let x = Parts::new(x);
    let inside = |q: isize, size: usize| usize::try_from(q).ok().filter(|&q| q < size);
    each_unit(if column == 0 { 0 } else { channels }, column, |i| {
        // SAFETY: every unit has a channel of its own.
        let x = unsafe { x.part(i * image..(i + 1) * image) };
        let mut rows = columns[i * column..][..column].chunks_exact(plan.out[2]);
        for &(_, td) in &pass.taps[0] {
            for &(_, th) in &pass.taps[1] {
                for &(_, tw) in &pass.taps[2] {
                    for d in 0..plan.out[0] {
                        let d = inside((d * plan.stride[0]) as isize + td, plan.size[0]);
                        for h in 0..plan.out[1] {
                            let h = inside((h * plan.stride[1]) as isize + th, plan.size[1]);
                            let Some(row) = rows.next() else { return Ok(()) };
                            let Some((d, h)) = d.zip(h) else { continue };
                            let x = &mut x[(d * plan.size[1] + h) * plan.size[2]..][..plan.size[2]];
                            for (w, &value) in row.iter().enumerate() {
                                if let Some(w) = inside((w * plan.stride[2]) as isize + tw, plan.size[2]) {
                                    x[w] = x[w].add(value);
                                }
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    })
}
