//! Convolutions, transposed convolutions, and windows as columns.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use synapgrad::{ConvArgs, ConvTransposeArgs, FoldArgs, Padding, Steps};

use crate::convert::{Dims, In, given};
use crate::error::{Ret, named};

/// One number, or one for each dimension.
#[derive(Clone)]
struct Each(Steps);

impl Each {
    fn all(number: isize) -> Each {
        Each(number.into())
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Each {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Each> {
        if let Ok(one) = object.extract::<isize>() {
            return Ok(Each(one.into()));
        }
        let Dims(numbers) = object.extract()?;
        if numbers.is_empty() {
            return Err(PyTypeError::new_err("expected an int or a tuple of ints, got an empty one"));
        }
        Ok(Each(numbers.as_slice().into()))
    }
}

/// As [`Each`], or the name of a rule.
enum Around {
    Sizes(Each),
    Named(String),
}

impl Around {
    fn read(self, operation: &str) -> Ret<Padding> {
        Ok(match self {
            Around::Sizes(Each(sizes)) => sizes.into(),
            Around::Named(rule) => Padding::named(operation, &rule)?,
        })
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Around {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Around> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(Around::Named(text.to_str()?.to_string()));
        }
        object.extract().map(Around::Sizes)
    }
}

macro_rules! convolutions {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (
            input, weight, bias=None, stride=Each::all(1), padding=Around::Sizes(Each::all(0)), dilation=Each::all(1), groups=1
        ))]
        fn $name(
            input: In,
            weight: In,
            bias: Option<In>,
            stride: Each,
            padding: Around,
            dilation: Each,
            groups: isize,
        ) -> Ret {
            let padding = padding.read(stringify!($name))?;
            let args = ConvArgs { stride: stride.0, padding, dilation: dilation.0, groups };
            Ok(input.$name(&weight, given(&bias), &args).map_err(named(stringify!($name)))?.into())
        }
    )*};
}

convolutions! {
    /// Convolution over one dimension: (N, C, L) with weights (O, C / groups, k) gives (N, O, L'); see :func:`conv2d`.
    conv1d;
    /// Convolution over two dimensions: (N, C, H, W) with weights (O, C / groups, kh, kw) gives (N, O, H', W'), or both
    /// without N. ``y[n, o, p] = b[o] + Σ w[o, c, t]·x[n, c, p·stride + t·dilation - padding]`` over channels c and taps t,
    /// where x is zero outside its image; ``H' = (H + 2·padding - dilation·(kh - 1) - 1) // stride + 1``.
    ///
    /// ``stride``, ``padding`` and ``dilation`` are one number or one for each dimension; ``padding`` may be 'valid', none,
    /// or 'same', as much as keeps the image's size. Channels in ``groups`` see only those of their own group. Any dtype but
    /// bool, the same for all tensors.
    ///
    /// RuntimeError where shapes, groups or dtypes don't fit each other, the window is larger than the image, or an option
    /// is out of range.
    ///
    /// >>> import synapgrad as sg
    /// >>> image = sg.tensor([[[0., 0., 0.], [1., 1., 1.], [1., 1., 1.]]])
    /// >>> sg.conv2d(image, sg.tensor([[[[-1.], [1.]]]]))
    /// tensor([[[1., 1., 1.],
    ///          [0., 0., 0.]]])
    conv2d;
    /// Convolution over three dimensions: (N, C, D, H, W) with weights (O, C / groups, kd, kh, kw) gives
    /// (N, O, D', H', W'); see :func:`conv2d`.
    conv3d;
}

macro_rules! transposed_convolutions {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (
            input,
            weight,
            bias=None,
            stride=Each::all(1),
            padding=Each::all(0),
            output_padding=Each::all(0),
            groups=1,
            dilation=Each::all(1)
        ))]
        #[allow(clippy::too_many_arguments)]
        fn $name(
            input: In,
            weight: In,
            bias: Option<In>,
            stride: Each,
            padding: Each,
            output_padding: Each,
            groups: isize,
            dilation: Each,
        ) -> Ret {
            let args = ConvTransposeArgs {
                stride: stride.0,
                padding: padding.0,
                output_padding: output_padding.0,
                groups,
                dilation: dilation.0,
            };
            Ok(input.$name(&weight, given(&bias), &args).map_err(named(stringify!($name)))?.into())
        }
    )*};
}

transposed_convolutions! {
    /// Transposed convolution over one dimension: (N, C, L) with weights (C, O / groups, k) gives (N, O, L'); see
    /// :func:`conv_transpose2d`.
    conv_transpose1d;
    /// Transposed convolution over two dimensions: (N, C, H, W) with weights (C, O / groups, kh, kw) gives (N, O, H', W'),
    /// or both without N. Each element of the input adds the window of weights, times itself, to the result, ``stride``
    /// apart; ``padding`` elements are taken away on both sides, ``output_padding`` more are there at the end:
    /// ``H' = (H - 1)·stride - 2·padding + dilation·(kh - 1) + output_padding + 1``. It is the derivative of
    /// :func:`conv2d` by its input (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016).
    ///
    /// RuntimeError where shapes, groups or dtypes don't fit each other, or an option is out of range: the output padding
    /// has to be smaller than stride or dilation.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.conv_transpose1d(sg.tensor([[1., 10.]]), sg.tensor([[[1., 2., 3.]]]), stride=2)
    /// tensor([[ 1.,  2., 13., 20., 30.]])
    conv_transpose2d;
    /// Transposed convolution over three dimensions: (N, C, D, H, W) with weights (C, O / groups, kd, kh, kw) gives
    /// (N, O, D', H', W'); see :func:`conv_transpose2d`.
    conv_transpose3d;
}

/// What a window of ``kernel_size`` sees at each of its positions, as columns: (N, C, H, W) gives (N, C·kh·kw, positions),
/// or both without N. ``nn.functional.unfold``.
///
/// RuntimeError for other numbers of dimensions, empty images, options out of range and where no window fits;
/// NotImplementedError for whole numbers.
#[pyfunction]
#[pyo3(signature = (input, kernel_size, dilation, padding, stride))]
fn im2col(input: In, kernel_size: Each, dilation: Each, padding: Each, stride: Each) -> Ret {
    let args = FoldArgs { dilation: dilation.0, padding: padding.0, stride: stride.0 };
    Ok(input.im2col(&kernel_size.0, &args)?.into())
}

/// Columns added up where their windows lie in an image: (N, C·kh·kw, positions) gives (N, C, H, W), or both without N;
/// the transpose of :func:`im2col`. ``nn.functional.fold``.
///
/// RuntimeError for other numbers of dimensions, options out of range, and where the sizes are not those of the windows;
/// NotImplementedError for whole numbers.
#[pyfunction]
#[pyo3(signature = (input, output_size, kernel_size, dilation, padding, stride))]
fn col2im(input: In, output_size: Each, kernel_size: Each, dilation: Each, padding: Each, stride: Each) -> Ret {
    let args = FoldArgs { dilation: dilation.0, padding: padding.0, stride: stride.0 };
    Ok(input.col2im(&output_size.0, &kernel_size.0, &args)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(conv1d, module)?)?;
    module.add_function(wrap_pyfunction!(conv2d, module)?)?;
    module.add_function(wrap_pyfunction!(conv3d, module)?)?;
    module.add_function(wrap_pyfunction!(conv_transpose1d, module)?)?;
    module.add_function(wrap_pyfunction!(conv_transpose2d, module)?)?;
    module.add_function(wrap_pyfunction!(conv_transpose3d, module)?)?;
    module.add_function(wrap_pyfunction!(im2col, module)?)?;
    module.add_function(wrap_pyfunction!(col2im, module)?)
}
