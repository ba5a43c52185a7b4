//! Reading and writing at places given by indices.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use synapgrad::ops::index::Reduce;
use synapgrad::{Scalar, Tensor};

use super::view::Tuple;
use super::{door, door_in_place};
use crate::convert::{Either, In, Number, Out};
use crate::error::{Ret, named};
use crate::tensor::PyTensor;

fn reduction(reduce: &str) -> PyResult<Reduce> {
    Ok(match reduce {
        "sum" => Reduce::Sum,
        "prod" => Reduce::Prod,
        "mean" => Reduce::Mean,
        "amax" => Reduce::Amax,
        "amin" => Reduce::Amin,
        _ => {
            return Err(PyRuntimeError::new_err(format!(
                "scatter_reduce: reduce argument must be either sum, prod, mean, amax or amin, got {reduce}"
            )));
        }
    })
}

/// `src` may stand under the name `value`, too.
fn source(name: &str, src: Option<Either>, value: Option<Number>) -> PyResult<Either> {
    match (src, value) {
        (Some(src), None) => Ok(src),
        (None, Some(Number(value))) => Ok(Either::Number(value)),
        _ => Err(PyTypeError::new_err(format!("{name}: wants either src or value"))),
    }
}

fn scattered(
    x: &Tensor,
    dim: isize,
    index: &Tensor,
    src: Option<Either>,
    value: Option<Number>,
    reduce: Option<&str>,
) -> Ret<Tensor> {
    let src = source("scatter", src, value)?;
    let all = |value: Scalar| Tensor::full(&[], value, x.dtype())?.expand(index.shape());
    Ok(match (src, reduce) {
        (Either::Tensor(src), None) => x.scatter(dim, index, &src)?,
        (Either::Number(value), None) => x.scatter_value(dim, index, value)?,
        (Either::Tensor(src), Some("add")) => x.scatter_add(dim, index, &src)?,
        (Either::Number(value), Some("add")) => x.scatter_add(dim, index, &all(value)?)?,
        (Either::Tensor(src), Some("multiply")) => x.scatter_multiply(dim, index, &src)?,
        (Either::Number(value), Some("multiply")) => x.scatter_multiply(dim, index, &all(value)?)?,
        (_, Some(other)) => {
            let text = format!("scatter: reduce argument must be either add or multiply, got {other}.");
            return Err(PyRuntimeError::new_err(text).into());
        }
    })
}

fn scatter_into(
    x: &Tensor,
    dim: isize,
    index: &Tensor,
    src: Option<Either>,
    value: Option<Number>,
    reduce: Option<&str>,
) -> Ret<()> {
    match (source("scatter_", src, value)?, reduce) {
        (Either::Tensor(src), None) => _ = x.scatter_(dim, index, &src)?,
        (Either::Number(value), None) => _ = x.scatter_value_(dim, index, value)?,
        (Either::Tensor(src), Some("add")) => _ = x.scatter_add_(dim, index, &src)?,
        (src, reduce) => _ = x.replace_value("scatter", &scattered(x, dim, index, Some(src), None, reduce)?)?,
    }
    Ok(())
}

fn filled(x: &Tensor, dim: isize, index: &Tensor, value: &Either) -> synapgrad::Result<Tensor> {
    match value {
        Either::Tensor(value) => x.index_fill_by(dim, index, value),
        Either::Number(value) => x.index_fill(dim, index, *value),
    }
}

/// A tuple or list of index tensors, `None` standing for all of a dimension.
struct Entries(Vec<Option<Tensor>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Entries {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Entries> {
        if !object.is_instance_of::<PyTuple>() && !object.is_instance_of::<PyList>() {
            return Err(PyTypeError::new_err(format!(
                "index_put: argument 'indices' must be tuple of Tensors, not {}",
                object.get_type().name()?
            )));
        }
        let entry = |item: PyResult<Bound<'py, PyAny>>| {
            let item = item?;
            if item.is_none() { Ok(None) } else { item.extract::<In>().map(|t| Some(t.0)) }
        };
        object.try_iter()?.map(entry).collect::<PyResult<_>>().map(Entries)
    }
}

fn alpha(alpha: Option<Number>) -> Scalar {
    alpha.map_or(Scalar::Int(1), |a| a.0)
}

door! {
    /// Rows of dimension ``dim``: out[..., i, ...] = input[..., index[i], ...].
    index_select(dim, index) |x, dim: isize, index: In| x.index_select(dim, &index);
    /// The input with ``alpha``·``source[..., i, ...]`` added to row ``index[i]`` of dimension ``dim``.
    index_add(dim, index, source, *, alpha=None) |x, dim: isize, index: In, source: In, alpha: Option<Number>| {
        x.index_add(dim, &index, &source, self::alpha(alpha))
    };
    /// The input with ``source[..., i, ...]`` in place of row ``index[i]`` of dimension ``dim``.
    index_copy(dim, index, source) |x, dim: isize, index: In, source: In| x.index_copy(dim, &index, &source);
    /// The input with ``value`` in the rows ``index`` of dimension ``dim``.
    index_fill(dim, index, value) |x, dim: isize, index: In, value: Either| filled(x, dim, &index, &value);
    /// The input with ``values`` at the places that ``indices`` names, or added to them with ``accumulate``.
    index_put(indices, values, accumulate=false) |x, indices: Entries, values: In, accumulate: bool| {
        x.index_put(&indices.0, &values, accumulate)
    };
    /// out[i, j] = input[index[i, j], j] for ``dim=0``, and so on.
    gather(dim, index, *, sparse_grad=false) |x, dim: isize, index: In, sparse_grad: bool| {
        let _ = sparse_grad;
        x.gather(dim, &index)
    };
    /// The input with out[index[i, j], j] = src[i, j] for ``dim=0``, and so on; ``src`` is a tensor or a number. With
    /// ``reduce`` the values are added or multiplied ("add", "multiply") to what is there.
    scatter(dim, index, src=None, *, value=None, reduce=None)
        |x, dim: isize, index: In, src: Option<Either>, value: Option<Number>, reduce: Option<&str>| {
            scattered(x, dim, &index, src, value, reduce)
        };
    /// The input with src[i, j] added to out[index[i, j], j] for ``dim=0``, and so on.
    scatter_add(dim, index, src) |x, dim: isize, index: In, src: In| x.scatter_add(dim, &index, &src);
    /// The values of ``src`` that meet at a place (with the old value there, where ``include_self``), reduced to one by
    /// "sum", "prod", "mean", "amax" or "amin".
    scatter_reduce(dim, index, src, reduce, *, include_self=true)
        |x, dim: isize, index: In, src: In, reduce: &str, include_self: bool| {
            x.scatter_reduce(dim, &index, &src, reduction(reduce)?, include_self)
        };
    /// The elements with these numbers, counted in row-major order, in the shape of ``index``.
    take(index) |x, index: In| x.take(&index);
    /// The input with ``source`` in the elements with these numbers, counted in row-major order, or added to them.
    put(index, source, accumulate=false) |x, index: In, source: In, accumulate: bool| x.put(&index, &source, accumulate);
    /// As :func:`gather`, with ``indices`` broadcast against the input's other dimensions; without ``dim``, of the flattened
    /// input. Made for the results of argsort and argmax.
    take_along_dim(indices, dim=None) |x, indices: In, dim: Option<isize>| x.take_along_dim(&indices, dim);
    /// The elements where ``mask`` is true, as a vector; both broadcast.
    masked_select(mask) |x, mask: In| x.masked_select(&mask);
    /// The input with the first elements of ``source``, in order, where ``mask`` is true.
    masked_scatter(mask, source) |x, mask: In, source: In| x.masked_scatter(&mask, &source);
    /// The coordinates of all elements that are not zero, a row each.
    argwhere() |x| x.nonzero();
}

door_in_place! {
    /// :func:`index_add` in place.
    index_add_(dim, index, source, *, alpha=None) |x, dim: isize, index: In, source: In, alpha: Option<Number>| {
        x.index_add_(dim, &index, &source, self::alpha(alpha))
    };
    /// :func:`index_copy` in place.
    index_copy_(dim, index, source) |x, dim: isize, index: In, source: In| x.index_copy_(dim, &index, &source);
    /// :func:`index_fill` in place.
    index_fill_(dim, index, value) |x, dim: isize, index: In, value: Either| match &value {
        Either::Number(value) => x.index_fill_(dim, &index, *value),
        value => x.replace_value("index_fill", &filled(x, dim, &index, value)?),
    };
    /// :func:`index_put` in place.
    index_put_(indices, values, accumulate=false) |x, indices: Entries, values: In, accumulate: bool| {
        x.index_put_(&indices.0, &values, accumulate)
    };
    /// :func:`scatter` in place.
    scatter_(dim, index, src=None, *, value=None, reduce=None)
        |x, dim: isize, index: In, src: Option<Either>, value: Option<Number>, reduce: Option<&str>| {
            scatter_into(x, dim, &index, src, value, reduce)
        };
    /// :func:`scatter_add` in place.
    scatter_add_(dim, index, src) |x, dim: isize, index: In, src: In| x.scatter_add_(dim, &index, &src);
    /// :func:`put` in place.
    put_(index, source, accumulate=false) |x, index: In, source: In, accumulate: bool| {
        x.put_(&index, &source, accumulate)
    };
    /// :func:`masked_scatter` in place.
    masked_scatter_(mask, source) |x, mask: In, source: In| x.masked_scatter_(&mask, &source);
}

fn nonzero<'py>(py: Python<'py>, x: &Tensor, as_tuple: bool) -> Ret<Bound<'py, PyAny>> {
    Ok(if as_tuple {
        Tuple(x.nonzero_as_tuple()?).into_pyobject(py)?.into_any()
    } else {
        Out(x.nonzero()?).into_pyobject(py)?.into_any()
    })
}

/// The coordinates of all elements that are not zero: a row each, or with ``as_tuple`` a vector per dimension.
#[pyfunction(name = "nonzero")]
#[pyo3(signature = (input, *, as_tuple=false))]
fn nonzero_function(py: Python<'_>, input: In, as_tuple: bool) -> Ret<Bound<'_, PyAny>> {
    nonzero(py, &input, as_tuple).map_err(named("nonzero"))
}

#[pymethods]
impl PyTensor {
    /// The coordinates of all elements that are not zero: a row each, or with ``as_tuple`` a vector per dimension.
    #[pyo3(name = "nonzero", signature = (*, as_tuple=false))]
    fn nonzero_method<'py>(&self, py: Python<'py>, as_tuple: bool) -> Ret<Bound<'py, PyAny>> {
        nonzero(py, &self.tensor(), as_tuple).map_err(named("nonzero"))
    }
}

/// A new last dimension of zeros with a one at each element's place. With ``num_classes=-1`` it is as large as needed.
#[pyfunction]
#[pyo3(signature = (input, num_classes=-1))]
fn one_hot(input: In, num_classes: isize) -> Ret {
    let classes = (num_classes != -1).then(|| super::view::size("one_hot", "num_classes", num_classes)).transpose()?;
    Ok(input.one_hot(classes)?.into())
}

pub fn register_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    register(module)?;
    register_in_place(module)?;
    module.add_function(wrap_pyfunction!(nonzero_function, module)?)?;
    module.add_function(wrap_pyfunction!(one_hot, module)?)
}
