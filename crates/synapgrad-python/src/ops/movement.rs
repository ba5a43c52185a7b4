//! Movement: copies that put elements elsewhere.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use synapgrad::Tensor;

use super::view::{OneOrMany, Tuple, alias, ints, size, sizes, variadic_methods};
use super::{door, door_in_place};
use crate::convert::{Dims, In, Number};
use crate::error::{Ret, named};
use crate::tensor::PyTensor;

/// A tuple or list of tensors.
pub struct Tensors(Vec<Tensor>);

impl<'a, 'py> FromPyObject<'a, 'py> for Tensors {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Tensors> {
        if !object.is_instance_of::<PyTuple>() && !object.is_instance_of::<PyList>() {
            return Err(PyTypeError::new_err(format!("must be tuple of Tensors, not {}", object.get_type().name()?)));
        }
        let tensor = |(i, item): (usize, PyResult<Bound<'py, PyAny>>)| {
            let item = item?;
            match item.is_instance_of::<PyTensor>() {
                true => Ok(item.extract::<In>()?.0),
                false => {
                    let name = item.get_type().name()?;
                    Err(PyTypeError::new_err(format!("expected Tensor as element {i} in argument 0, but got {name}")))
                }
            }
        };
        object.try_iter()?.enumerate().map(tensor).collect::<PyResult<_>>().map(Tensors)
    }
}

impl Tensors {
    fn refs(&self) -> Vec<&Tensor> {
        self.0.iter().collect()
    }
}

/// The tensors of `f(a, b)` or `f([a, b])`.
fn all(tensors: &Bound<'_, PyTuple>) -> PyResult<Tensors> {
    if tensors.len() == 1 && tensors.get_item(0)?.cast::<PyTensor>().is_err() {
        return tensors.get_item(0)?.extract();
    }
    tensors.as_any().extract()
}

/// Functions of a sequence of tensors.
macro_rules! joins {
    ($($(#[$doc:meta])* $name:ident ($($signature:tt)*) |$ts:ident $(, $p:ident : $t:ty)*| $call:expr;)*) => {
        mod joins {
            use super::*;
            $(
                $(#[$doc])*
                #[pyfunction]
                #[pyo3(signature = (tensors, $($signature)*))]
                pub fn $name(tensors: Tensors $(, $p: $t)*) -> Ret {
                    let $ts = &tensors.refs()[..];
                    Ok($call.map_err(named(stringify!($name)))?.into())
                }
            )*
        }
        fn register_joins(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!(joins::$name, module)?)?;)*
            Ok(())
        }
    };
}

joins! {
    /// The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one.
    cat(dim=0) |ts, dim: isize| Tensor::cat(ts, dim);
    /// The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one.
    concat(dim=0) |ts, dim: isize| alias("concat", Tensor::cat(ts, dim));
    /// The tensors joined along ``dim``, where alone their sizes may differ. The dtype is their common one.
    concatenate(dim=0) |ts, dim: isize| alias("concatenate", Tensor::cat(ts, dim));
    /// The tensors, all of one shape, side by side along a new dimension ``dim``.
    stack(dim=0) |ts, dim: isize| Tensor::stack(ts, dim);
    /// The tensors joined along the second dimension; vectors along their only one.
    hstack() |ts| Tensor::hstack(ts);
    /// The tensors joined along the first dimension, vectors as rows.
    vstack() |ts| Tensor::vstack(ts);
    /// The tensors joined along the first dimension, vectors as rows.
    row_stack() |ts| alias("row_stack", Tensor::vstack(ts));
    /// The tensors joined along the third dimension.
    dstack() |ts| Tensor::dstack(ts);
    /// The tensors joined along the second dimension, vectors as columns.
    column_stack() |ts| Tensor::column_stack(ts);
}

#[pymethods]
impl PyTensor {
    /// ``synapgrad.stack`` under the name that SynapGrad 1 gave it.
    #[staticmethod]
    #[pyo3(signature = (tensors, dim=0))]
    fn stack(tensors: Tensors, dim: isize) -> Ret {
        joins::stack(tensors, dim)
    }

    /// ``synapgrad.concat`` under the name that SynapGrad 1 gave it.
    #[staticmethod]
    #[pyo3(signature = (tensors, dim=0))]
    fn concat(tensors: Tensors, dim: isize) -> Ret {
        joins::concat(tensors, dim)
    }
}

/// All tensors broadcast to their common shape.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn broadcast_tensors(tensors: &Bound<'_, PyTuple>) -> Ret<Tuple> {
    Ok(Tensor::broadcast_tensors(&all(tensors)?.refs())?.into())
}

/// Coordinate grids: result ``i`` has the values of vector ``i`` along dimension ``i`` and repeats them along the others; with
/// ``indexing="xy"`` the first two dimensions are exchanged.
#[pyfunction]
#[pyo3(signature = (*tensors, indexing="ij"))]
fn meshgrid(tensors: &Bound<'_, PyTuple>, indexing: &str) -> Ret<Tuple> {
    if !matches!(indexing, "ij" | "xy") {
        let text = format!("meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {indexing}");
        return Err(PyRuntimeError::new_err(text).into());
    }
    Ok(Tensor::meshgrid(&all(tensors)?.refs(), indexing == "xy")?.into())
}

/// All combinations of one element of each vector, a row each.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn cartesian_prod(tensors: &Bound<'_, PyTuple>) -> Ret {
    Ok(Tensor::cartesian_prod(&all(tensors)?.refs())?.into())
}

/// A matrix with the tensors along its diagonal and zeros elsewhere; vectors count as rows.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn block_diag(tensors: &Bound<'_, PyTuple>) -> Ret {
    Ok(Tensor::block_diag(&all(tensors)?.refs())?.into())
}

/// One tensor for one, a tuple for several.
fn at_least<'py>(
    tensors: &Bound<'py, PyTuple>,
    shaped: fn(&Tensor) -> synapgrad::Result<Tensor>,
) -> Ret<Bound<'py, PyAny>> {
    let py = tensors.py();
    let single = tensors.len() == 1 && tensors.get_item(0)?.cast::<PyTensor>().is_ok();
    let mut shaped: Vec<Tensor> = all(tensors)?.0.iter().map(shaped).collect::<synapgrad::Result<_>>()?;
    Ok(match shaped.pop() {
        Some(one) if single => crate::convert::Out(one).into_pyobject(py)?.into_any(),
        last => {
            shaped.extend(last);
            Tuple(shaped).into_pyobject(py)?.into_any()
        }
    })
}

/// Each tensor, scalars as vectors of one element.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn atleast_1d<'py>(tensors: &Bound<'py, PyTuple>) -> Ret<Bound<'py, PyAny>> {
    at_least(tensors, Tensor::atleast_1d)
}

/// Each tensor, vectors as rows.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn atleast_2d<'py>(tensors: &Bound<'py, PyTuple>) -> Ret<Bound<'py, PyAny>> {
    at_least(tensors, Tensor::atleast_2d)
}

/// Each tensor with at least three dimensions: a vector of n elements as 1×n×1, an n×m matrix as n×m×1.
#[pyfunction]
#[pyo3(signature = (*tensors))]
fn atleast_3d<'py>(tensors: &Bound<'py, PyTuple>) -> Ret<Bound<'py, PyAny>> {
    at_least(tensors, Tensor::atleast_3d)
}

fn repeat_interleave(x: &Tensor, repeats: &Bound<'_, PyAny>, dim: Option<isize>) -> Ret<Tensor> {
    Ok(match repeats.extract::<In>() {
        Ok(by) => x.repeat_interleave_by(&by, dim)?,
        Err(_) => x.repeat_interleave(size("repeat_interleave", "repeats", repeats.extract()?)?, dim)?,
    })
}

/// Each element ``repeats`` times in a row along ``dim`` (of the flattened input without it); ``repeats`` is an int, or a
/// tensor with a number for each element. With ``repeats`` alone: the number ``i``, ``repeats[i]`` times.
#[pyfunction(name = "repeat_interleave")]
#[pyo3(signature = (input, repeats=None, dim=None, *, output_size=None))]
fn repeat_interleave_function(
    input: In,
    repeats: Option<&Bound<'_, PyAny>>,
    dim: Option<isize>,
    output_size: Option<isize>,
) -> Ret {
    let _ = output_size;
    Ok(match repeats {
        Some(repeats) => repeat_interleave(&input, repeats, dim).map_err(named("repeat_interleave"))?,
        None => Tensor::repeated_numbers(&input)?,
    }
    .into())
}

#[pymethods]
impl PyTensor {
    /// Each element ``repeats`` times in a row along ``dim`` (of the flattened tensor without it); ``repeats`` is an int, or a
    /// tensor with a number for each element.
    #[pyo3(name = "repeat_interleave", signature = (repeats, dim=None, *, output_size=None))]
    fn repeat_interleave_method(
        &self,
        repeats: &Bound<'_, PyAny>,
        dim: Option<isize>,
        output_size: Option<isize>,
    ) -> Ret {
        let _ = output_size;
        Ok(repeat_interleave(&self.tensor(), repeats, dim).map_err(named("repeat_interleave"))?.into())
    }

    /// The tensor in row-major order without gaps: itself where it is already.
    #[pyo3(signature = (memory_format=None))]
    fn contiguous<'py>(slf: Bound<'py, Self>, memory_format: Option<&Bound<'py, PyAny>>) -> Ret<Bound<'py, Self>> {
        let _ = memory_format;
        let tensor = slf.get().tensor();
        if tensor.is_contiguous() {
            return Ok(slf);
        }
        Ok(crate::convert::Out(tensor.contiguous()?).into_pyobject(slf.py())?)
    }
}

variadic_methods! {
    /// The tensor ``repeats[i]`` times along dimension ``i``; more repeats than dimensions make new leading ones.
    repeat(repeats) |x, d| x.repeat(&sizes("repeat", "every number of repeats", d)?);
    /// As ``repeat``, with missing leading repeats taken as 1.
    tile(dims) |x, d| x.tile(&sizes("tile", "every number of repeats", d)?);
    /// The order of elements along the given dimensions reversed.
    flip(dims) |x, d| x.flip(d);
}

/// The input ``dims[i]`` times along dimension ``i``; missing leading numbers count as 1.
#[pyfunction(name = "tile")]
fn tile_function(input: In, dims: Dims) -> Ret {
    Ok(input.tile(&sizes("tile", "every number of repeats", &dims.0)?)?.into())
}

/// The order of elements along the given dimensions reversed.
#[pyfunction(name = "flip")]
fn flip_function(input: In, dims: Dims) -> Ret {
    Ok(input.flip(&dims.0)?.into())
}

fn turned(x: &Tensor, k: isize, dims: &[isize]) -> Ret<Tensor> {
    let [a, b] = dims else {
        let text = format!("rot90: expected total rotation dims == 2, but got dims = {}", dims.len());
        return Err(PyRuntimeError::new_err(text).into());
    };
    Ok(x.rot90(k, [*a, *b])?)
}

fn dims_or_none(dims: Option<OneOrMany>) -> Vec<isize> {
    match dims {
        None => Vec::new(),
        Some(OneOrMany::One(dim)) => vec![dim],
        Some(OneOrMany::Many(dims)) => dims,
    }
}

door! {
    /// The columns in reverse order.
    fliplr() |x| x.fliplr();
    /// The rows in reverse order.
    flipud() |x| x.flipud();
    /// Every element moved by ``shifts`` places along ``dims``; those that leave at the end come back at the start. Without
    /// ``dims`` the flattened input is rolled.
    roll(shifts, dims=None) |x, shifts: Dims, dims: Option<OneOrMany>| x.roll(&shifts.0, &dims_or_none(dims));
    /// Turned ``k`` times by 90° in the plane of two dimensions, from the first towards the second.
    rot90(k=1, dims=None) |x, k: isize, dims: Option<Dims>| {
        turned(x, k, dims.as_ref().map_or(&[0, 1], |d| &d.0))
    };
    /// The lower triangle of each matrix, up to ``diagonal``; zeros above.
    tril(diagonal=0) |x, diagonal: isize| x.tril(diagonal);
    /// The upper triangle of each matrix, from ``diagonal`` on; zeros below.
    triu(diagonal=0) |x, diagonal: isize| x.triu(diagonal);
    /// Matrices with the input's vectors on diagonal ``offset`` over the new dimensions ``dim1`` and ``dim2``.
    diag_embed(offset=0, dim1=-2, dim2=-1) |x, offset: isize, dim1: isize, dim2: isize| x.diag_embed(offset, dim1, dim2);
    /// A matrix with the vector on its diagonal, or a copy of the diagonal of a matrix.
    diag(diagonal=0) |x, diagonal: isize| x.diag(diagonal);
    /// A matrix with the elements of the input, flattened, on its diagonal.
    diagflat(offset=0) |x, offset: isize| x.diagflat(offset);
}

door_in_place! {
    /// Zeros above ``diagonal``, in place.
    tril_(diagonal=0) |x, diagonal: isize| x.tril_(diagonal);
    /// Zeros below ``diagonal``, in place.
    triu_(diagonal=0) |x, diagonal: isize| x.triu_(diagonal);
}

/// All ways to choose ``r`` elements of a vector, a row each.
#[pyfunction]
#[pyo3(signature = (input, r=2, with_replacement=false))]
fn combinations(input: In, r: isize, with_replacement: bool) -> Ret {
    Ok(input.combinations(size("combinations", "r", r)?, with_replacement)?.into())
}

/// ``value`` added around the input: ``pad`` holds pairs of numbers for before and after, starting with the last dimension;
/// negative ones cut off.
#[pyfunction]
#[pyo3(signature = (input, pad, value=None))]
fn constant_pad_nd(input: In, pad: Dims, value: Option<Number>) -> Ret {
    Ok(input.constant_pad(&pad.0, value.map_or(synapgrad::Scalar::Int(0), |v| v.0))?.into())
}

pub fn register_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    register(module)?;
    register_joins(module)?;
    for function in [
        wrap_pyfunction!(broadcast_tensors, module)?,
        wrap_pyfunction!(meshgrid, module)?,
        wrap_pyfunction!(cartesian_prod, module)?,
        wrap_pyfunction!(block_diag, module)?,
        wrap_pyfunction!(atleast_1d, module)?,
        wrap_pyfunction!(atleast_2d, module)?,
        wrap_pyfunction!(atleast_3d, module)?,
        wrap_pyfunction!(repeat_interleave_function, module)?,
        wrap_pyfunction!(tile_function, module)?,
        wrap_pyfunction!(flip_function, module)?,
        wrap_pyfunction!(combinations, module)?,
        wrap_pyfunction!(constant_pad_nd, module)?,
    ] {
        module.add_function(function)?;
    }
    register_in_place(module)
}
