//! Resampling: other sizes for the dimensions behind the channels, and channels as pixels.

use pyo3::prelude::*;
use synapgrad::ops::resample::InterpolateOptions;

use super::view::{size, sizes};
use crate::convert::{Dims, In};
use crate::error::Ret;

/// A number, or one per dimension.
#[derive(FromPyObject)]
enum Factors {
    One(f64),
    Many(Vec<f64>),
}

/// Other sizes for the one to three dimensions behind batch and channels.
///
/// Either ``size`` or ``scale_factor`` says which, with one number for all dimensions or one for each. ``mode`` is 'nearest'
/// or 'nearest-exact', 'linear' (one dimension), 'bilinear' or 'bicubic' (two), 'trilinear' (three), or 'area' (the mean of
/// what an output covers). With ``align_corners`` the corners' elements keep their values; with ``recompute_scale_factor``
/// positions follow from the rounded sizes; with ``antialias`` what is made smaller is smoothed (bilinear and bicubic).
///
/// Input: floats; nearest takes uint8, too. ValueError for options that exclude each other, NotImplementedError for another
/// number of dimensions.
///
/// >>> import synapgrad as sg
/// >>> sg.nn.functional.interpolate(sg.tensor([[[1.0, 2.0]]]), size=4, mode="linear")
/// tensor([[[1.0000, 1.2500, 1.7500, 2.0000]]])
#[pyfunction]
#[pyo3(signature = (input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=false))]
fn interpolate(
    input: In,
    size: Option<Dims>,
    scale_factor: Option<Factors>,
    mode: &str,
    align_corners: Option<bool>,
    recompute_scale_factor: Option<bool>,
    antialias: bool,
) -> Ret {
    let options = InterpolateOptions {
        size: size.map(|size| sizes("interpolate", "size", &size.0)).transpose()?,
        scale_factor: scale_factor.map(|factors| match factors {
            Factors::One(one) => vec![one],
            Factors::Many(many) => many,
        }),
        mode: mode.parse()?,
        align_corners,
        recompute_scale_factor,
        antialias,
    };
    Ok(input.interpolate(&options)?.into())
}

/// Channels as pixels: (…, C·r², H, W) becomes (…, C, H·r, W·r), r = ``upscale_factor``. RuntimeError for channels that r²
/// does not divide.
#[pyfunction]
fn pixel_shuffle(input: In, upscale_factor: isize) -> Ret {
    Ok(input.pixel_shuffle(size("pixel_shuffle", "upscale_factor", upscale_factor)?)?.into())
}

/// Pixels as channels: (…, C, H·r, W·r) becomes (…, C·r², H, W), r = ``downscale_factor``; a tensor without elements keeps its
/// shape. RuntimeError for a height or width that r does not divide.
#[pyfunction]
fn pixel_unshuffle(input: In, downscale_factor: isize) -> Ret {
    Ok(input.pixel_unshuffle(size("pixel_unshuffle", "downscale_factor", downscale_factor)?)?.into())
}

/// The channels, dimension 1, dealt out among ``groups``: of g groups of k, channel (i, j) becomes (j, i). RuntimeError for
/// channels that ``groups`` does not divide.
#[pyfunction]
fn channel_shuffle(input: In, groups: isize) -> Ret {
    Ok(input.channel_shuffle(size("channel_shuffle", "groups", groups)?)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(interpolate, module)?)?;
    module.add_function(wrap_pyfunction!(pixel_shuffle, module)?)?;
    module.add_function(wrap_pyfunction!(pixel_unshuffle, module)?)?;
    module.add_function(wrap_pyfunction!(channel_shuffle, module)?)
}
