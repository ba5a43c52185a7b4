//! Reductions.

use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use synapgrad::Tensor;

use super::{door, door_any};
use crate::convert::{Dims, In, Number};
use crate::dtype::Dtype;
use crate::error::{Ret, named};
use crate::named::{Named, plain, single};
use crate::tensor::PyTensor;

/// `dim`, or NumPy's name for it.
pub fn over(dim: Option<Dims>, axis: Option<Dims>) -> PyResult<Vec<isize>> {
    match (dim, axis) {
        (Some(_), Some(_)) => Err(PyTypeError::new_err("got both dim and its other name, axis")),
        (dim, axis) => Ok(dim.or(axis).map_or_else(Vec::new, |d| d.0)),
    }
}

/// [`over`] where at most one dimension makes sense.
pub fn along(dim: Option<isize>, axis: Option<isize>) -> PyResult<Option<isize>> {
    match (dim, axis) {
        (Some(_), Some(_)) => Err(PyTypeError::new_err("got both dim and its other name, axis")),
        (dim, axis) => Ok(dim.or(axis)),
    }
}

/// [`along`] where one dimension must be given.
pub fn required(name: &str, dim: Option<isize>, axis: Option<isize>) -> PyResult<isize> {
    let missing = || PyTypeError::new_err(format!("{name}() missing 1 required positional argument: 'dim'"));
    along(dim, axis)?.ok_or_else(missing)
}

fn kept(keepdim: bool, keepdims: Option<bool>) -> bool {
    keepdims.unwrap_or(keepdim)
}

fn dtype(dtype: Option<Dtype>) -> Option<synapgrad::DType> {
    dtype.map(|d| d.0)
}

/// The order of a norm: a number, or "fro" for 2.
pub struct Order(pub f64);

impl<'a, 'py> FromPyObject<'a, 'py> for Order {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Order> {
        if let Ok(name) = object.cast::<PyString>() {
            return match name.to_str()? {
                "fro" => Ok(Order(2.0)),
                "inf" => Ok(Order(f64::INFINITY)),
                "-inf" => Ok(Order(f64::NEG_INFINITY)),
                "nuc" => Err(PyNotImplementedError::new_err("norm: the nuclear norm is not implemented")),
                other => Err(PyRuntimeError::new_err(format!("norm: expected a number or 'fro', got {other:?}"))),
            };
        }
        Ok(Order(object.extract::<Number>()?.0.to_f64()))
    }
}

/// The first arguments of var and std, where a flag may stand in place of the dimensions.
struct Spread {
    dims: Vec<isize>,
    correction: f64,
    keepdim: bool,
}

impl Spread {
    fn new(
        dim: Option<&Bound<'_, PyAny>>,
        unbiased: Option<bool>,
        keepdim: bool,
        correction: Option<Number>,
        (axis, keepdims): (Option<Dims>, Option<bool>),
    ) -> PyResult<Spread> {
        let (mut dims, mut unbiased) = (None, unbiased);
        if let Some(dim) = dim {
            match dim.cast::<PyBool>() {
                Ok(flag) if unbiased.is_none() => unbiased = Some(flag.is_true()),
                _ => dims = Some(dim.extract::<Dims>()?),
            }
        }
        if unbiased.is_some() && correction.is_some() {
            return Err(PyTypeError::new_err("got both unbiased and correction"));
        }
        let default = if unbiased == Some(false) { 0.0 } else { 1.0 };
        let correction = correction.map_or(default, |c| c.0.to_f64());
        Ok(Spread { dims: over(dims, axis)?, correction, keepdim: kept(keepdim, keepdims) })
    }
}

/// What `max` and `min` are asked: the extreme of all, along a dimension, or of two tensors.
fn extreme(
    py: Python<'_>,
    x: &Tensor,
    largest: bool,
    dim: Option<&Bound<'_, PyAny>>,
    keepdim: bool,
    other: Option<In>,
) -> Ret<Py<PyAny>> {
    static MAX: Named = Named::new("max");
    static MIN: Named = Named::new("min");
    let name = if largest { "max" } else { "min" };
    let other = match (dim, other) {
        (Some(dim), None) => match dim.cast::<PyTensor>() {
            Ok(tensor) => Some(In(tensor.get().tensor())),
            Err(_) => None,
        },
        (_, other) => other,
    };
    if let Some(other) = other {
        return Ok(single(py, if largest { x.maximum(&*other) } else { x.minimum(&*other) }.map_err(named(name))?)?);
    }
    let Some(dim) = dim else { return Ok(single(py, if largest { x.max() } else { x.min() }.map_err(named(name))?)?) };
    if dim.is_instance_of::<PyBool>() {
        return Err(PyTypeError::new_err("expected dim to be an int, got bool").into());
    }
    let dim: isize = dim.extract()?;
    let both = if largest { x.max_dim(dim, keepdim) } else { x.min_dim(dim, keepdim) };
    let (values, indices) = both.map_err(named(name))?;
    Ok(if largest { &MAX } else { &MIN }.make(py, [values, indices])?)
}

door! {
    /// The sum of all elements, or over the dimensions ``dim``. Integers and bools sum in int64.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(dim=0)
    /// tensor([4., 6.])
    sum(dim=None, keepdim=false, *, dtype=None, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>, axis: Option<Dims>, keepdims: Option<bool>|
        x.sum_dims(&over(dim, axis)?, kept(keepdim, keepdims), self::dtype(dtype));
    /// The mean of all elements, or over ``dim``: Σ x / n. Integers need a float ``dtype``.
    mean(dim=None, keepdim=false, *, dtype=None, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>, axis: Option<Dims>, keepdims: Option<bool>|
        x.mean_dims(&over(dim, axis)?, kept(keepdim, keepdims), self::dtype(dtype));
    /// The sum of all elements that are not NaN, or over ``dim``.
    nansum(dim=None, keepdim=false, *, dtype=None, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>, axis: Option<Dims>, keepdims: Option<bool>|
        x.nansum(&over(dim, axis)?, kept(keepdim, keepdims), self::dtype(dtype));
    /// The mean of all elements that are not NaN, or over ``dim``.
    nanmean(dim=None, keepdim=false, *, dtype=None, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>, axis: Option<Dims>, keepdims: Option<bool>|
        x.nanmean(&over(dim, axis)?, kept(keepdim, keepdims), self::dtype(dtype));
    /// The product of all elements, or along ``dim``. Integers and bools multiply in int64.
    prod(dim=None, keepdim=false, *, dtype=None, axis=None, keepdims=None)
        |x, dim: Option<isize>, keepdim: bool, dtype: Option<Dtype>, axis: Option<isize>, keepdims: Option<bool>|
        match along(dim, axis)? {
            Some(dim) => x.prod_dim(dim, kept(keepdim, keepdims), self::dtype(dtype)),
            None => x.prod(self::dtype(dtype)),
        };
    /// The largest element, or the largest over ``dim``. The gradient is shared evenly among equals.
    amax(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, axis: Option<Dims>, keepdims: Option<bool>|
        x.amax(&over(dim, axis)?, kept(keepdim, keepdims));
    /// The smallest element, or the smallest over ``dim``. The gradient is shared evenly among equals.
    amin(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, axis: Option<Dims>, keepdims: Option<bool>|
        x.amin(&over(dim, axis)?, kept(keepdim, keepdims));
    /// The index of the largest element of the flattened tensor, or along ``dim``; of equal ones the first.
    argmax(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<isize>, keepdim: bool, axis: Option<isize>, keepdims: Option<bool>|
        x.argmax(along(dim, axis)?, kept(keepdim, keepdims));
    /// The index of the smallest element of the flattened tensor, or along ``dim``; of equal ones the first.
    argmin(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<isize>, keepdim: bool, axis: Option<isize>, keepdims: Option<bool>|
        x.argmin(along(dim, axis)?, kept(keepdim, keepdims));
    /// Whether all elements, or all over ``dim``, are nonzero.
    all(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, axis: Option<Dims>, keepdims: Option<bool>|
        x.all(&over(dim, axis)?, kept(keepdim, keepdims));
    /// Whether any element, or any over ``dim``, is nonzero.
    any(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, axis: Option<Dims>, keepdims: Option<bool>|
        x.any(&over(dim, axis)?, kept(keepdim, keepdims));
    /// How many elements, or how many over ``dim``, are not zero: int64.
    count_nonzero(dim=None) |x, dim: Option<Dims>| x.count_nonzero(&over(dim, None)?);
    /// The variance of all elements, or over ``dim``: Σ (x − mean)²/(n − correction). ``unbiased=False`` means a correction of
    /// 0. Floats only.
    var(dim=None, unbiased=None, keepdim=false, *, correction=None, axis=None, keepdims=None)
        |x, dim: Option<Bound<'_, PyAny>>, unbiased: Option<bool>, keepdim: bool, correction: Option<Number>,
            axis: Option<Dims>, keepdims: Option<bool>| {
            let how = Spread::new(dim.as_ref(), unbiased, keepdim, correction, (axis, keepdims))?;
            x.var(&how.dims, how.correction, how.keepdim)
        };
    /// The standard deviation, the root of :func:`var`.
    std(dim=None, unbiased=None, keepdim=false, *, correction=None, axis=None, keepdims=None)
        |x, dim: Option<Bound<'_, PyAny>>, unbiased: Option<bool>, keepdim: bool, correction: Option<Number>,
            axis: Option<Dims>, keepdims: Option<bool>| {
            let how = Spread::new(dim.as_ref(), unbiased, keepdim, correction, (axis, keepdims))?;
            x.std(&how.dims, how.correction, how.keepdim)
        };
    /// The p-norm of all elements, or over ``dim``: (Σ \|x\|ᵖ)^(1/p). ``p`` may be infinite, 0 (how many are nonzero) or "fro"
    /// (2). Floats only.
    norm(p=Order(2.0), dim=None, keepdim=false, dtype=None)
        |x, p: Order, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>|
        x.norm(p.0, &over(dim, None)?, keepdim, self::dtype(dtype));
    /// The p-norm of ``input − other``.
    dist(other, p=Order(2.0)) |x, other: In, p: Order| x.dist(&other, p.0);
    /// ln Σ eˣ over ``dim``, without overflow. Integers become floats.
    logsumexp(dim=None, keepdim=false, *, axis=None, keepdims=None)
        |x, dim: Option<Dims>, keepdim: bool, axis: Option<Dims>, keepdims: Option<bool>| {
            if dim.is_none() && axis.is_none() {
                return Err(PyTypeError::new_err("logsumexp() missing 1 required positional argument: 'dim'").into());
            }
            x.logsumexp(&over(dim, axis)?, kept(keepdim, keepdims))
        };
    /// The sum of the diagonal of a matrix.
    trace() |x| x.trace();
    /// How often each of 0, 1, 2, … occurs in a vector of integers, or the sum of the ``weights`` at each.
    bincount(weights=None, minlength=0) |x, weights: Option<In>, minlength: isize| {
        let least = usize::try_from(minlength)
            .map_err(|_| PyRuntimeError::new_err(format!("bincount: minlength should be >= 0, got {minlength}")))?;
        x.bincount(weights.as_deref(), least)
    };
    /// How many elements lie in each of ``bins`` equal intervals from ``min`` to ``max``, by default from the smallest to the
    /// largest element.
    histc(bins=100, min=0.0, max=0.0) |x, bins: isize, min: f64, max: f64|
        x.histc(bins.max(0) as usize, min, max);
}

door_any! {
    /// The largest element; with ``dim`` the largest along it and their indices, as ``(values, indices)``; with another tensor
    /// the larger of each pair. NaN counts as the largest.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([[1.0, 5.0], [4.0, 2.0]]).max(dim=1).indices
    /// tensor([1, 0])
    max(dim=None, keepdim=false, *, other=None, axis=None, keepdims=None)
        |py, x, dim: Option<Bound<'_, PyAny>>, keepdim: bool, other: Option<In>, axis: Option<Bound<'_, PyAny>>,
            keepdims: Option<bool>|
        extreme(py, x, true, dim.or(axis).as_ref(), kept(keepdim, keepdims), other)?;
    /// The smallest element; with ``dim`` the smallest along it and their indices, as ``(values, indices)``; with another
    /// tensor the smaller of each pair. NaN counts as the smallest.
    min(dim=None, keepdim=false, *, other=None, axis=None, keepdims=None)
        |py, x, dim: Option<Bound<'_, PyAny>>, keepdim: bool, other: Option<In>, axis: Option<Bound<'_, PyAny>>,
            keepdims: Option<bool>|
        extreme(py, x, false, dim.or(axis).as_ref(), kept(keepdim, keepdims), other)?;
    /// The smallest and the largest elements, of all or along ``dim``, as ``(min, max)``.
    aminmax(*, dim=None, keepdim=false) |py, x, dim: Option<isize>, keepdim: bool| {
        static AMINMAX: Named = Named::new("aminmax");
        let (low, high) = x.aminmax(dim, keepdim)?;
        AMINMAX.make(py, [low, high])?
    };
}

/// The variance and the mean of all elements, or over ``dim``: see :func:`var`.
#[pyfunction]
#[pyo3(signature = (input, dim=None, unbiased=None, keepdim=false, *, correction=None, axis=None, keepdims=None))]
#[allow(clippy::too_many_arguments)]
fn var_mean(
    py: Python<'_>,
    input: In,
    dim: Option<Bound<'_, PyAny>>,
    unbiased: Option<bool>,
    keepdim: bool,
    correction: Option<Number>,
    axis: Option<Dims>,
    keepdims: Option<bool>,
) -> Ret<Py<PyAny>> {
    let how = Spread::new(dim.as_ref(), unbiased, keepdim, correction, (axis, keepdims))?;
    let (var, mean) = input.var_mean(&how.dims, how.correction, how.keepdim)?;
    Ok(plain(py, [var, mean])?.into_any().unbind())
}

/// The standard deviation and the mean of all elements, or over ``dim``: see :func:`std`.
#[pyfunction]
#[pyo3(signature = (input, dim=None, unbiased=None, keepdim=false, *, correction=None, axis=None, keepdims=None))]
#[allow(clippy::too_many_arguments)]
fn std_mean(
    py: Python<'_>,
    input: In,
    dim: Option<Bound<'_, PyAny>>,
    unbiased: Option<bool>,
    keepdim: bool,
    correction: Option<Number>,
    axis: Option<Dims>,
    keepdims: Option<bool>,
) -> Ret<Py<PyAny>> {
    let how = Spread::new(dim.as_ref(), unbiased, keepdim, correction, (axis, keepdims))?;
    let (std, mean) = input.std_mean(&how.dims, how.correction, how.keepdim)?;
    Ok(plain(py, [std, mean])?.into_any().unbind())
}

/// The p-norm of all elements, or over ``dim``: (Σ \|x\|ᵖ)^(1/p). ``synapgrad.linalg.vector_norm``.
#[pyfunction]
#[pyo3(signature = (x, ord=Order(2.0), dim=None, keepdim=false, *, dtype=None))]
fn linalg_vector_norm(x: In, ord: Order, dim: Option<Dims>, keepdim: bool, dtype: Option<Dtype>) -> Ret {
    Ok(x.vector_norm(ord.0, &over(dim, None)?, keepdim, self::dtype(dtype))?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(var_mean, module)?)?;
    module.add_function(wrap_pyfunction!(std_mean, module)?)?;
    module.add_function(wrap_pyfunction!(linalg_vector_norm, module)?)
}
