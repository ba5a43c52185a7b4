//! Images read at places that a grid says, and the grids of affine maps.

use pyo3::prelude::*;

use crate::convert::{In, Shape};
use crate::error::Ret;

/// What lies at the places of ``grid`` in images (N, C, H, W) or volumes (N, C, D, H, W): for a grid of (N, H', W', 2) the images
/// (N, C, H', W'), for (N, D', H', W', 3) volumes.
///
/// A place is x, y (and z), each from -1 to 1: with ``align_corners`` the middles of the outermost elements, else their outer
/// edges. Between elements ``mode`` 'bilinear', 'nearest' or (images) 'bicubic' says what lies there, and outside of the image
/// ``padding_mode`` 'zeros', 'border' (the nearest element) or 'reflection' (the image mirrored at its edges).
///
/// ValueError for other modes, RuntimeError where shapes or dtypes don't fit, NotImplementedError for integers.
///
/// M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, "Spatial Transformer Networks" (2015).
#[pyfunction]
#[pyo3(signature = (input, grid, mode="bilinear", padding_mode="zeros", align_corners=false))]
fn grid_sample(input: In, grid: In, mode: &str, padding_mode: &str, align_corners: bool) -> Ret {
    Ok(input.grid_sample(&grid, mode.parse()?, padding_mode.parse()?, align_corners)?.into())
}

/// The grid with which ``grid_sample`` maps an image affinely: for matrices ``theta`` of (N, 2, 3) and an output of ``size``
/// (N, C, H, W) the places M·(x, y, 1)ᵀ as (N, H, W, 2); for (N, 3, 4) and (N, C, D, H, W) those of (x, y, z) as
/// (N, D, H, W, 3).
///
/// ValueError for integers, for matrices of another shape and for an empty output; NotImplementedError for another number of
/// sizes; RuntimeError where the batches differ.
#[pyfunction]
#[pyo3(signature = (theta, size, align_corners=false))]
fn affine_grid(theta: In, size: Shape, align_corners: bool) -> Ret {
    Ok(theta.affine_grid(&size.0, align_corners)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(grid_sample, module)?)?;
    module.add_function(wrap_pyfunction!(affine_grid, module)?)
}
