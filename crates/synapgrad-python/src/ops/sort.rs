//! Order: sorting, ranks, distinct values, and searching what is sorted.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use synapgrad::ops::sort::{Interpolation, Q};
use synapgrad::{DType, Operand, Tensor};

use super::{door, door_any};
use crate::convert::{Either, In, Number, Out};
use crate::error::Ret;
use crate::named::{Named, single};
use crate::tensor::PyTensor;

/// The quantiles asked for: a number, or a tensor of at most one dimension.
struct Quantiles(Q);

impl<'a, 'py> FromPyObject<'a, 'py> for Quantiles {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Quantiles> {
        let Ok(tensor) = object.cast::<PyTensor>() else {
            return Ok(Quantiles(Q::One(object.extract::<Number>()?.0.to_f64())));
        };
        let tensor = tensor.get().tensor().detach();
        if tensor.rank() > 1 {
            return Err(PyRuntimeError::new_err("quantile: q must be a scalar or 1D tensor"));
        }
        let values = tensor.to_dtype(DType::F64).and_then(|t| t.to_vec::<f64>()).map_err(crate::error::Fail::from)?;
        Ok(Quantiles(if tensor.rank() == 0 { Q::One(values[0]) } else { Q::Many(values) }))
    }
}

fn count(name: &str, what: &str, k: isize) -> PyResult<usize> {
    usize::try_from(k).map_err(|_| PyRuntimeError::new_err(format!("{name}: {what} out of range: {k}")))
}

/// The values, and what else was asked for.
fn chosen(
    py: Python<'_>,
    (values, inverse, counts): (Tensor, Tensor, Tensor),
    with_inverse: bool,
    with_counts: bool,
) -> PyResult<Py<PyAny>> {
    if !with_inverse && !with_counts {
        return single(py, values);
    }
    let rest = [with_inverse.then_some(inverse), with_counts.then_some(counts)];
    let tensors = std::iter::once(values).chain(rest.into_iter().flatten());
    let tensors = tensors.map(|t| Out(t).into_pyobject(py)).collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, tensors)?.into_any().unbind())
}

/// `right`, or `side`, which may say the same in words.
fn right_of(right: bool, side: Option<&str>) -> PyResult<bool> {
    match side {
        None => Ok(right),
        Some("right") => Ok(true),
        Some("left") if !right => Ok(false),
        Some("left") => {
            Err(PyRuntimeError::new_err("searchsorted: side and right can't be set to opposites, got side of left"))
        }
        Some(other) => {
            Err(PyRuntimeError::new_err(format!("searchsorted: side can only be 'left' or 'right' but got {other}")))
        }
    }
}

door! {
    /// The indices that put the elements along ``dim`` in order.
    argsort(dim=-1, descending=false, stable=false) |x, dim: isize, descending: bool, stable: bool| {
        // Every sort here is stable.
        let _ = stable;
        x.argsort(dim, descending)
    };
    /// The elements along the first dimension in ascending order.
    msort() |x| x.msort();
    /// The quantiles ``q`` of all elements, or along ``dim``: the sorted elements at rank q·(n − 1), between two ranks as
    /// ``interpolation`` says. float32 or float64.
    quantile(q, dim=None, keepdim=false, *, interpolation="linear")
        |x, q: Quantiles, dim: Option<isize>, keepdim: bool, interpolation: &str|
        x.quantile(q.0, dim, keepdim, Interpolation::parse(interpolation)?);
    /// :func:`quantile` of the elements that are not NaN.
    nanquantile(q, dim=None, keepdim=false, *, interpolation="linear")
        |x, q: Quantiles, dim: Option<isize>, keepdim: bool, interpolation: &str|
        x.nanquantile(q.0, dim, keepdim, Interpolation::parse(interpolation)?);
}

door_any! {
    /// The elements along ``dim`` in order and where they stood, as ``(values, indices)``. Equal elements keep their order;
    /// NaN counts as the largest.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([2.0, 3.0, 1.0]).sort(descending=True).values
    /// tensor([3., 2., 1.])
    sort(dim=-1, descending=false, *, stable=None)
        |py, x, dim: isize, descending: bool, stable: Option<bool>| {
            static SORT: Named = Named::new("sort");
            // Every sort here is stable.
            let _ = stable;
            let (values, indices) = x.sort(dim, descending)?;
            SORT.make(py, [values, indices])?
        };
    /// The ``k`` largest (or smallest) elements along ``dim`` and their indices, as ``(values, indices)``.
    topk(k, dim=-1, largest=true, sorted=true)
        |py, x, k: isize, dim: isize, largest: bool, sorted: bool| {
            static TOPK: Named = Named::new("topk");
            let (values, indices) = x.topk(count("topk", "selected index k", k)?, dim, largest, sorted)?;
            TOPK.make(py, [values, indices])?
        };
    /// The ``k``-th smallest elements along ``dim``, counted from 1, and their indices, as ``(values, indices)``.
    kthvalue(k, dim=-1, keepdim=false) |py, x, k: isize, dim: isize, keepdim: bool| {
        static KTHVALUE: Named = Named::new("kthvalue");
        let (values, indices) = x.kthvalue(count("kthvalue", "selected number k", k)?, dim, keepdim)?;
        KTHVALUE.make(py, [values, indices])?
    };
    /// The lower median of all elements; with ``dim`` the medians along it and their indices, as ``(values, indices)``.
    median(dim=None, keepdim=false) |py, x, dim: Option<isize>, keepdim: bool| {
        static MEDIAN: Named = Named::new("median");
        match dim {
            None => single(py, x.median()?)?,
            Some(dim) => {
                let (values, indices) = x.median_dim(dim, keepdim)?;
                MEDIAN.make(py, [values, indices])?
            }
        }
    };
    /// :func:`median` of the elements that are not NaN.
    nanmedian(dim=None, keepdim=false) |py, x, dim: Option<isize>, keepdim: bool| {
        static NANMEDIAN: Named = Named::new("nanmedian");
        match dim {
            None => single(py, x.nanmedian()?)?,
            Some(dim) => {
                let (values, indices) = x.nanmedian_dim(dim, keepdim)?;
                NANMEDIAN.make(py, [values, indices])?
            }
        }
    };
    /// The most frequent elements along ``dim`` (of equally frequent ones the smallest) and an index of each, as
    /// ``(values, indices)``.
    mode(dim=-1, keepdim=false) |py, x, dim: isize, keepdim: bool| {
        static MODE: Named = Named::new("mode");
        let (values, indices) = x.mode(dim, keepdim)?;
        MODE.make(py, [values, indices])?
    };
    /// The distinct elements, or with ``dim`` the distinct slices along it, in ascending order; on request also, for every
    /// element, the place of its value among them, and how often each occurs.
    unique(sorted=true, return_inverse=false, return_counts=false, dim=None)
        |py, x, sorted: bool, return_inverse: bool, return_counts: bool, dim: Option<isize>| {
            let _ = sorted;
            let found = match dim {
                Some(dim) => x.unique_dim(dim, false)?,
                None => x.unique()?,
            };
            chosen(py, found, return_inverse, return_counts)?
        };
    /// The first of each run of equal elements, or with ``dim`` of equal slices along it; on request also, for every element,
    /// the number of its run, and how long each run is.
    unique_consecutive(return_inverse=false, return_counts=false, dim=None)
        |py, x, return_inverse: bool, return_counts: bool, dim: Option<isize>| {
            let found = match dim {
                Some(dim) => x.unique_dim(dim, true)?,
                None => x.unique_consecutive()?,
            };
            chosen(py, found, return_inverse, return_counts)?
        };
}

/// For each of ``input``'s elements, where it would go into the ascending last dimension of ``sorted_sequence``: before its
/// equals, or after them with ``right=True`` or ``side="right"``.
///
/// >>> import synapgrad as sg
/// >>> sg.searchsorted(sg.tensor([1, 3, 5]), sg.tensor([3, 4]))
/// tensor([1, 2])
#[pyfunction]
#[pyo3(signature = (sorted_sequence, input, *, out_int32=false, right=false, side=None, sorter=None))]
fn searchsorted(
    sorted_sequence: In,
    input: Either,
    out_int32: bool,
    right: bool,
    side: Option<&str>,
    sorter: Option<In>,
) -> Ret {
    let right = right_of(right, side)?;
    Ok(sorted_sequence.searchsorted((&input).into(), right, sorter.as_deref(), out_int32)?.into())
}

/// In which interval between ``boundaries`` each element lies.
#[pyfunction]
#[pyo3(signature = (input, boundaries, *, out_int32=false, right=false))]
fn bucketize(input: Either, boundaries: In, out_int32: bool, right: bool) -> Ret {
    Ok(Tensor::bucketize((&input).into(), &boundaries, out_int32, right)?.into())
}

/// Whether each of ``elements`` occurs in ``test_elements``; with ``invert=True`` whether it does not.
#[pyfunction]
#[pyo3(signature = (elements, test_elements, *, assume_unique=false, invert=false))]
fn isin(elements: Either, test_elements: Either, assume_unique: bool, invert: bool) -> Ret {
    let _ = assume_unique;
    if let (Either::Number(_), Either::Number(_)) = (&elements, &test_elements) {
        return Err(PyTypeError::new_err("isin: at least one of elements and test_elements must be a Tensor").into());
    }
    Ok(Tensor::isin(Operand::from(&elements), Operand::from(&test_elements), invert)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(searchsorted, module)?)?;
    module.add_function(wrap_pyfunction!(bucketize, module)?)?;
    module.add_function(wrap_pyfunction!(isin, module)?)
}
