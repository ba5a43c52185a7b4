//! Cumulative operations.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use synapgrad::{Operand, Scalar};

use super::reduce::required;
use super::{door, door_any, door_in_place};
use crate::convert::{In, Number};
use crate::dtype::Dtype;
use crate::error::Ret;
use crate::named::Named;

door! {
    /// Cumulative sums along ``dim``: yᵢ = Σⱼ≤ᵢ xⱼ. Integers and bools sum in int64.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.tensor([1.0, 2.0, 3.0]).cumsum(0)
    /// tensor([1., 3., 6.])
    cumsum(dim=None, *, dtype=None, axis=None)
        |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.cumsum(required("cumsum", dim, axis)?, dtype.map(|d| d.0));
    /// Cumulative products along ``dim``: yᵢ = Πⱼ≤ᵢ xⱼ. Integers and bools multiply in int64.
    cumprod(dim=None, *, dtype=None, axis=None)
        |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.cumprod(required("cumprod", dim, axis)?, dtype.map(|d| d.0));
    /// ln Σⱼ≤ᵢ e^xⱼ along ``dim``, without overflow. Floats only.
    logcumsumexp(dim=None, *, axis=None) |x, dim: Option<isize>, axis: Option<isize>|
        x.logcumsumexp(required("logcumsumexp", dim, axis)?);
    /// The ``n``-th differences of neighbours along ``dim``: yᵢ = xᵢ₊₁ − xᵢ, n times.
    diff(n=1, dim=-1) |x, n: isize, dim: isize| {
        let n = usize::try_from(n)
            .map_err(|_| PyRuntimeError::new_err(format!("diff: order expected to be non-negative but got {n}")))?;
        x.diff(n, dim)
    };
}

door_in_place! {
    /// :func:`cumsum`, in place.
    cumsum_(dim=None, *, dtype=None, axis=None)
        |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.cumsum_(required("cumsum_", dim, axis)?, dtype.map(|d| d.0));
    /// :func:`cumprod`, in place.
    cumprod_(dim=None, *, dtype=None, axis=None)
        |x, dim: Option<isize>, dtype: Option<Dtype>, axis: Option<isize>|
        x.cumprod_(required("cumprod_", dim, axis)?, dtype.map(|d| d.0));
}

door_any! {
    /// The largest elements so far along ``dim`` and their indices (of equal ones the last), as ``(values, indices)``.
    cummax(dim=None, *, axis=None) |py, x, dim: Option<isize>, axis: Option<isize>| {
        static CUMMAX: Named = Named::new("cummax");
        let (values, indices) = x.cummax(required("cummax", dim, axis)?)?;
        CUMMAX.make(py, [values, indices])?
    };
    /// The smallest elements so far along ``dim`` and their indices (of equal ones the last), as ``(values, indices)``.
    cummin(dim=None, *, axis=None) |py, x, dim: Option<isize>, axis: Option<isize>| {
        static CUMMIN: Named = Named::new("cummin");
        let (values, indices) = x.cummin(required("cummin", dim, axis)?)?;
        CUMMIN.make(py, [values, indices])?
    };
}

/// The integral along ``dim`` by the trapezoidal rule: Σᵢ (xᵢ₊₁ − xᵢ)·(yᵢ + yᵢ₊₁)/2, for points ``x`` (a vector along ``dim``, or
/// broadcast to y) or at equal distances ``dx``, 1 by default. Integers become floats.
///
/// >>> import synapgrad as sg
/// >>> sg.trapezoid(sg.tensor([0.0, 1.0, 3.0]), sg.tensor([0.0, 1.0, 3.0]))
/// tensor(4.5000)
#[pyfunction]
#[pyo3(signature = (y, x=None, *, dx=None, dim=-1))]
fn trapezoid(y: In, x: Option<In>, dx: Option<Number>, dim: isize) -> Ret {
    Ok(y.trapezoid(spacing("trapezoid", &x, dx)?, dim)?.into())
}

/// The integrals by :func:`trapezoid` up to each point but the first.
///
/// >>> import synapgrad as sg
/// >>> sg.cumulative_trapezoid(sg.tensor([0.0, 1.0, 3.0]), dx=2)
/// tensor([1., 5.])
#[pyfunction]
#[pyo3(signature = (y, x=None, *, dx=None, dim=-1))]
fn cumulative_trapezoid(y: In, x: Option<In>, dx: Option<Number>, dim: isize) -> Ret {
    Ok(y.cumulative_trapezoid(spacing("cumulative_trapezoid", &x, dx)?, dim)?.into())
}

/// The points of an integral, or the distance of equally distant ones.
fn spacing<'a>(name: &str, x: &'a Option<In>, dx: Option<Number>) -> PyResult<Operand<'a>> {
    match (x, dx) {
        (Some(_), Some(_)) => Err(PyTypeError::new_err(format!("{name}: got both x and dx, wanted one of them"))),
        (Some(x), None) => Ok(Operand::Tensor(x)),
        (None, dx) => Ok(Operand::Number(dx.map_or(Scalar::Int(1), |dx| dx.0))),
    }
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(trapezoid, module)?)?;
    module.add_function(wrap_pyfunction!(cumulative_trapezoid, module)?)
}
