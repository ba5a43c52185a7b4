//! Pooling: each window of the last one, two or three dimensions becomes one element.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use synapgrad::Tensor;
use synapgrad::ops::pool::{AvgPoolOptions, MaxPoolOptions};

use super::view::size;
use crate::convert::{Dims, In, Number, Out};
use crate::error::{Ret, named};

/// A pooled tensor, perhaps with the positions of its elements in a tuple.
enum Pooled {
    Values(Tensor),
    WithIndices((Tensor, Tensor)),
}

impl<'py> IntoPyObject<'py> for Pooled {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Pooled::Values(values) => Out(values).into_pyobject(py)?.into_any(),
            Pooled::WithIndices((values, indices)) => (Out(values), Out(indices)).into_pyobject(py)?.into_any(),
        })
    }
}

/// A number for each of `N` dimensions, from one for all or one for each.
fn each<const N: usize>(name: &str, what: &str, numbers: &Dims) -> PyResult<[usize; N]> {
    let mut sizes = [0; N];
    match numbers.0[..] {
        [one] => sizes = [size(name, what, one)?; N],
        ref many if many.len() == N => {
            for (to, &from) in sizes.iter_mut().zip(many) {
                *to = size(name, what, from)?;
            }
        }
        ref many => {
            let text = format!("{name}: {what} must be a single int, or a tuple of {N} ints, got {many:?}");
            return Err(PyRuntimeError::new_err(text));
        }
    }
    Ok(sizes)
}

/// [`each`] of an argument that may be missing.
fn given<const N: usize>(name: &str, what: &str, numbers: Option<&Dims>) -> PyResult<Option<[usize; N]>> {
    numbers.filter(|numbers| !numbers.0.is_empty()).map(|numbers| each(name, what, numbers)).transpose()
}

/// The sizes of an adaptive pooling: an int for all dimensions, or a tuple of ints and `None`s, one for each.
enum Outputs {
    All(isize),
    Each(Vec<Option<isize>>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Outputs {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Outputs> {
        if !object.is_instance_of::<PyTuple>() && !object.is_instance_of::<PyList>() {
            return match object.extract::<Dims>()?.0[..] {
                [one] => Ok(Outputs::All(one)),
                _ => Err(PyTypeError::new_err("output_size must be an int or a tuple of ints and None")),
            };
        }
        let item = |item: PyResult<Bound<'py, PyAny>>| {
            let item = item?;
            if item.is_none() {
                return Ok(None);
            }
            match item.extract::<Dims>()?.0[..] {
                [one] => Ok(Some(one)),
                _ => Err(PyTypeError::new_err("output_size must be an int or a tuple of ints and None")),
            }
        };
        object.try_iter()?.map(item).collect::<PyResult<_>>().map(Outputs::Each)
    }
}

impl Outputs {
    fn sizes<const N: usize>(&self, name: &str) -> PyResult<[Option<usize>; N]> {
        let each = match self {
            Outputs::All(one) => return Ok([Some(size(name, "output_size", *one)?); N]),
            Outputs::Each(each) => each,
        };
        let sizes: Vec<Option<usize>> =
            each.iter().map(|n| n.map(|n| size(name, "output_size", n)).transpose()).collect::<PyResult<_>>()?;
        sizes.try_into().map_err(|_| {
            PyRuntimeError::new_err(format!("{name}: output_size must be an int or {N} of them, got {each:?}"))
        })
    }
}

macro_rules! poolings {
    ($($n:literal = $which:literal $max:ident $adaptive_max:ident $adaptive_avg:ident $unpool:ident $lp:ident;)*) => {
        $(
            #[doc = concat!("The largest element of every window over ", $which, "; of equal ones the first, NaN above all.")]
            ///
            /// ``kernel_size`` is the size of the window, ``stride`` how far it slides (its size by default), ``padding`` the
            /// number of −∞ on both sides (at most half a window), ``dilation`` the distance of a window's elements; each one
            /// int, or one per dimension. n elements give ⌊(n + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1; with
            /// ``ceil_mode`` a last window that lies only partly in the input counts. With ``return_indices`` a tuple: the
            /// values, and of each its position in the pooled dimensions, flattened, as int64.
            ///
            /// Input: (batch, channels, …) or (channels, …) of any dtype but bool. RuntimeError for other shapes and for
            /// windows that don't fit.
            #[pyfunction]
            #[pyo3(signature = (input, kernel_size, stride=None, padding=Dims(vec![0]), dilation=Dims(vec![1]), ceil_mode=false, return_indices=false), text_signature = "(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False)")]
            #[allow(clippy::too_many_arguments)]
            fn $max(
                input: In,
                kernel_size: Dims,
                stride: Option<Dims>,
                padding: Dims,
                dilation: Dims,
                ceil_mode: bool,
                return_indices: bool,
            ) -> Ret<Pooled> {
                let name = stringify!($max);
                let options = MaxPoolOptions {
                    stride: given(name, "stride", stride.as_ref())?,
                    padding: each(name, "padding", &padding)?,
                    dilation: each(name, "dilation", &dilation)?,
                    ceil_mode,
                };
                let kernel = each::<$n>(name, "kernel_size", &kernel_size)?;
                Ok(match return_indices {
                    true => Pooled::WithIndices(input.max_pool_with_indices(kernel, options).map_err(named(stringify!($max)))?),
                    false => Pooled::Values(input.max_pool(kernel, options).map_err(named(stringify!($max)))?),
                })
            }

            #[doc = concat!("The largest elements of as many windows as ``output_size`` says, which divide ", $which, " evenly.")]
            ///
            /// Output i of m covers the elements ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ of n. A size of None is the input's. With
            /// ``return_indices`` a tuple: the values, and of each its position in the pooled dimensions, flattened.
            ///
            /// Input: floats, (batch, channels, …) or (channels, …). RuntimeError for other shapes.
            #[pyfunction]
            #[pyo3(signature = (input, output_size, return_indices=false))]
            fn $adaptive_max(input: In, output_size: Outputs, return_indices: bool) -> Ret<Pooled> {
                let sizes = output_size.sizes::<$n>(stringify!($adaptive_max))?;
                Ok(match return_indices {
                    true => Pooled::WithIndices(input.adaptive_max_pool_with_indices(sizes).map_err(named(stringify!($adaptive_max)))?),
                    false => Pooled::Values(input.adaptive_max_pool(sizes).map_err(named(stringify!($adaptive_max)))?),
                })
            }

            #[doc = concat!("The means of as many windows as ``output_size`` says, which divide ", $which, " evenly.")]
            ///
            /// Output i of m covers the elements ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ of n. A size of None is the input's.
            ///
            /// Input: floats, (batch, channels, …) or (channels, …). RuntimeError for other shapes.
            #[pyfunction]
            fn $adaptive_avg(input: In, output_size: Outputs) -> Ret {
                Ok(input.adaptive_avg_pool(output_size.sizes::<$n>(stringify!($adaptive_avg))?).map_err(named(stringify!($adaptive_avg)))?.into())
            }

            #[doc = concat!("Zeros with the input's elements at the places that ``indices`` name in ", $which, ".")]
            ///
            /// The way back from a max pooling with ``kernel_size``, ``stride`` and ``padding`` that returned ``indices``: n
            /// elements give (n − 1)·stride − 2·padding + kernel_size, or what ``output_size`` says, which may differ by less
            /// than a stride.
            ///
            /// RuntimeError for an index out of range and for indices of another shape; ValueError for another
            /// ``output_size``.
            #[pyfunction]
            #[pyo3(signature = (input, indices, kernel_size, stride=None, padding=Dims(vec![0]), output_size=None), text_signature = "(input, indices, kernel_size, stride=None, padding=0, output_size=None)")]
            fn $unpool(
                input: In,
                indices: In,
                kernel_size: Dims,
                stride: Option<Dims>,
                padding: Dims,
                output_size: Option<Vec<isize>>,
            ) -> Ret {
                let name = stringify!($unpool);
                let kernel = each::<$n>(name, "kernel_size", &kernel_size)?;
                let stride = given(name, "stride", stride.as_ref())?;
                let padding = each(name, "padding", &padding)?;
                let sizes = |sizes: Vec<isize>| super::view::sizes(name, "output_size", &sizes);
                let output = output_size.map(sizes).transpose()?;
                Ok(input.max_unpool(&indices, kernel, stride, padding, output.as_deref()).map_err(named(stringify!($unpool)))?.into())
            }

            #[doc = concat!("The p-norm (Σ xᵖ)^(1/p) of every window over ", $which, ", p = ``norm_type``; with p = ∞ the largest element.")]
            ///
            /// Where Σ xᵖ is negative, minus the power of its absolute value. ``kernel_size``, ``stride`` and ``ceil_mode`` as
            /// for the mean, without padding. ValueError for p = 0.
            #[pyfunction]
            #[pyo3(signature = (input, norm_type, kernel_size, stride=None, ceil_mode=false))]
            fn $lp(
                input: In,
                norm_type: Number,
                kernel_size: Dims,
                stride: Option<Dims>,
                ceil_mode: bool,
            ) -> Ret {
                let name = stringify!($lp);
                let kernel = each::<$n>(name, "kernel_size", &kernel_size)?;
                Ok(input.lp_pool(norm_type.0, kernel, given(name, "stride", stride.as_ref())?, ceil_mode).map_err(named(stringify!($lp)))?.into())
            }
        )*

        pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(
                module.add_function(wrap_pyfunction!($max, module)?)?;
                module.add_function(wrap_pyfunction!($adaptive_max, module)?)?;
                module.add_function(wrap_pyfunction!($adaptive_avg, module)?)?;
                module.add_function(wrap_pyfunction!($unpool, module)?)?;
                module.add_function(wrap_pyfunction!($lp, module)?)?;
            )*
            means(module)
        }
    };
}

macro_rules! means {
    ($($n:literal = $which:literal $name:ident $signature:tt $text:literal $(, $divisor:ident $($more:literal)+)?;)*) => {
        $(
            #[doc = concat!("The mean of every window over ", $which, ".")]
            ///
            /// ``kernel_size`` is the size of the window, ``stride`` how far it slides (its size by default), ``padding`` the
            /// number of zeros on both sides (at most half a window); each one int, or one per dimension. With ``ceil_mode`` a
            /// last window that lies only partly in the input counts. The zeros are elements of the mean unless
            /// ``count_include_pad`` is False.
            $($(#[doc = $more])+)?
            ///
            /// Input: (batch, channels, …) or (channels, …), floats or int64, which are rounded towards zero. RuntimeError
            /// for other shapes and for windows that don't fit, NotImplementedError for other dtypes.
            #[pyfunction]
            #[pyo3(signature = $signature, text_signature = $text)]
            #[allow(clippy::too_many_arguments)]
            fn $name(
                input: In,
                kernel_size: Dims,
                stride: Option<Dims>,
                padding: Dims,
                ceil_mode: bool,
                count_include_pad: bool,
                $($divisor: Option<i64>,)?
            ) -> Ret {
                let name = stringify!($name);
                let options = AvgPoolOptions {
                    stride: given(name, "stride", stride.as_ref())?,
                    padding: each(name, "padding", &padding)?,
                    ceil_mode,
                    count_include_pad,
                    divisor_override: None,
                };
                $(let options = AvgPoolOptions { divisor_override: $divisor, ..options };)?
                Ok(input.avg_pool(each::<$n>(name, "kernel_size", &kernel_size)?, options).map_err(named(stringify!($name)))?.into())
            }
        )*

        fn means(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!($name, module)?)?;)*
            Ok(())
        }
    };
}

means! {
    1 = "the last dimension" avg_pool1d
        (input, kernel_size, stride=None, padding=Dims(vec![0]), ceil_mode=false, count_include_pad=true)
        "(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True)";
    2 = "the last two dimensions" avg_pool2d
        (input, kernel_size, stride=None, padding=Dims(vec![0]), ceil_mode=false, count_include_pad=true, divisor_override=None)
        "(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)",
        divisor_override "" "``divisor_override`` replaces the number of elements. IndexError below three dimensions.";
    3 = "the last three dimensions" avg_pool3d
        (input, kernel_size, stride=None, padding=Dims(vec![0]), ceil_mode=false, count_include_pad=true, divisor_override=None)
        "(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)",
        divisor_override "" "``divisor_override`` replaces the number of elements.";
}

poolings! {
    1 = "the last dimension" max_pool1d adaptive_max_pool1d adaptive_avg_pool1d max_unpool1d lp_pool1d;
    2 = "the last two dimensions" max_pool2d adaptive_max_pool2d adaptive_avg_pool2d max_unpool2d lp_pool2d;
    3 = "the last three dimensions" max_pool3d adaptive_max_pool3d adaptive_avg_pool3d max_unpool3d lp_pool3d;
}
