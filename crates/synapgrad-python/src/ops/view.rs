//! Views, and several parts at once.

use pyo3::exceptions::{PyNotImplementedError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use synapgrad::Tensor;

use super::door;
use crate::convert::{Dims, In, Out, variadic};
use crate::dtype::Dtype;
use crate::error::{Ret, named};
use crate::tensor::PyTensor;

/// Several resulting tensors, as a tuple.
pub struct Tuple(pub Vec<Tensor>);

impl From<Vec<Tensor>> for Tuple {
    fn from(tensors: Vec<Tensor>) -> Tuple {
        Tuple(tensors)
    }
}

impl<'py> IntoPyObject<'py> for Tuple {
    type Target = PyTuple;
    type Output = Bound<'py, PyTuple>;
    type Error = PyErr;
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let tensors: Vec<_> = self.0.into_iter().map(|t| Out(t).into_pyobject(py)).collect::<PyResult<_>>()?;
        PyTuple::new(py, tensors)
    }
}

/// An int, or a sequence of ints, where it makes a difference which.
pub enum OneOrMany {
    One(isize),
    Many(Vec<isize>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for OneOrMany {
    type Error = PyErr;
    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<OneOrMany> {
        let Dims(dims) = object.extract()?;
        let many = object.is_instance_of::<PyTuple>() || object.is_instance_of::<pyo3::types::PyList>();
        Ok(if many { OneOrMany::Many(dims) } else { OneOrMany::One(dims[0]) })
    }
}

/// A number that may not be negative.
pub fn size(name: &str, what: &str, value: isize) -> PyResult<usize> {
    usize::try_from(value)
        .map_err(|_| PyRuntimeError::new_err(format!("{name}: {what} must be non-negative, got {value}")))
}

pub fn sizes(name: &str, what: &str, values: &[isize]) -> PyResult<Vec<usize>> {
    values.iter().map(|&value| size(name, what, value)).collect()
}

/// The ints of `x.view(2, 3)`, `x.view((2, 3))` or `x.view(size=(2, 3))`.
pub fn ints(name: &str, args: &Bound<'_, PyTuple>, named: Option<Dims>) -> PyResult<Vec<isize>> {
    match named {
        Some(Dims(dims)) if args.is_empty() => Ok(dims),
        Some(_) => Err(PyTypeError::new_err(format!("{name}: got the same argument twice"))),
        None => variadic(args),
    }
}

/// Methods that take ints one by one or in a tuple; with `function`, also functions that take a tuple.
macro_rules! variadic_methods {
    ($($(#[$doc:meta])* $name:ident($dims:ident) |$x:ident, $d:ident| $call:expr;)*) => {
        #[pymethods]
        impl PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = (*args, $dims=None))]
                fn $name(&self, args: &Bound<'_, PyTuple>, $dims: Option<Dims>) -> Ret {
                    let $x = &self.tensor();
                    let $d = &ints(stringify!($name), args, $dims)?[..];
                    Ok($call.map_err(named(stringify!($name)))?.into())
                }
            )*
        }
    };
}
pub(crate) use variadic_methods;

/// [`door`](super::door) for operations with several results.
macro_rules! door_of_tuples {
    ($($(#[$doc:meta])* $name:ident ($($signature:tt)*) |$x:ident $(, $p:ident : $t:ty)*| $call:expr;)*) => {
        mod functions_of_tuples {
            use super::*;
            $(
                $(#[$doc])*
                #[pyfunction]
                #[pyo3(signature = (input, $($signature)*))]
                pub fn $name(input: In $(, $p: $t)*) -> Ret<$crate::ops::view::Tuple> {
                    let $x = &*input;
                    Ok($call.map_err(named(stringify!($name)))?.into())
                }
            )*
        }
        #[pymethods]
        impl PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = ($($signature)*))]
                fn $name(&self $(, $p: $t)*) -> Ret<$crate::ops::view::Tuple> {
                    let $x = &self.tensor();
                    Ok($call.map_err(named(stringify!($name)))?.into())
                }
            )*
        }
        pub fn register_tuples(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!(functions_of_tuples::$name, module)?)?;)*
            Ok(())
        }
    };
}
/// An operation under another name, which its errors then say.
pub(super) fn alias(name: &str, result: synapgrad::Result<Tensor>) -> synapgrad::Result<Tensor> {
    result.map_err(|error| {
        let message = error.message();
        let what = message.split_once(": ").map_or(message, |(_, what)| what);
        synapgrad::Error::new(error.kind(), format!("{name}: {what}"))
    })
}

fn reshape(x: &Tensor, shape: &[isize]) -> synapgrad::Result<Tensor> {
    x.reshape(&x.infer_shape("reshape", shape)?)
}

fn squeezed(x: &Tensor, dim: Option<OneOrMany>) -> synapgrad::Result<Tensor> {
    match dim {
        None => x.squeeze(),
        Some(OneOrMany::One(dim)) => x.squeeze_dim(dim),
        Some(OneOrMany::Many(dims)) => x.squeeze_dims(&dims),
    }
}

fn split_by(x: &Tensor, name: &str, how: OneOrMany, dim: isize) -> Ret<Vec<Tensor>> {
    Ok(match how {
        OneOrMany::One(n) => x.split(size(name, "split_size", n)?, dim)?,
        OneOrMany::Many(list) => x.split_with_sizes(&sizes(name, "every size", &list)?, dim)?,
    })
}

/// `indices_or_sections`: a number of pieces, or where to cut; as an int, a sequence, or a tensor.
fn tensor_split_by(x: &Tensor, how: &Bound<'_, PyAny>, dim: isize) -> Ret<Vec<Tensor>> {
    let how = match how.extract::<In>() {
        Ok(tensor) => {
            let values = tensor.to_dtype(synapgrad::DType::I64)?.to_vec::<i64>()?;
            match tensor.rank() {
                0 => OneOrMany::One(values[0] as isize),
                _ => OneOrMany::Many(values.into_iter().map(|i| i as isize).collect()),
            }
        }
        Err(_) => how.extract()?,
    };
    Ok(match how {
        OneOrMany::One(n) if n <= 0 => {
            let text = format!("tensor_split: number of sections must be larger than 0, got {n}");
            return Err(PyRuntimeError::new_err(text).into());
        }
        OneOrMany::One(n) => x.tensor_split(n as usize, dim)?,
        OneOrMany::Many(indices) => x.tensor_split_at(&indices, dim)?,
    })
}

/// hsplit, vsplit and dsplit: a number of pieces must divide the dimension.
fn split_evenly(x: &Tensor, name: &str, least: usize, dim: isize, how: &Bound<'_, PyAny>) -> Ret<Vec<Tensor>> {
    if x.rank() < least {
        let text = format!(
            "{name}: requires a tensor with at least {least} dimension, but got a tensor with {} dimensions",
            x.rank()
        );
        return Err(PyRuntimeError::new_err(text).into());
    }
    if let Ok(OneOrMany::One(n)) = how.extract() {
        let have = x.size(dim)?;
        if n <= 0 || !have.is_multiple_of(n as usize) {
            let text = format!(
                "{name}: attempted to split along dimension {dim}, but the size of the dimension {have} is not divisible by \
                 the split_size {n}!"
            );
            return Err(PyRuntimeError::new_err(text).into());
        }
    }
    tensor_split_by(x, how, dim)
}

door! {
    /// The input with a new dimension of size 1 before ``dim``.
    unsqueeze(dim) |x, dim: isize| x.unsqueeze(dim);
    /// The input without its dimensions of size 1, or without those of ``dim`` (an int or a tuple) that have size 1.
    squeeze(dim=None) |x, dim: Option<OneOrMany>| squeezed(x, dim);
    /// Two dimensions exchanged.
    transpose(dim0, dim1) |x, dim0: isize, dim1: isize| x.transpose(dim0, dim1);
    /// Two dimensions exchanged.
    swapaxes(axis0, axis1) |x, axis0: isize, axis1: isize| alias("swapaxes", x.transpose(axis0, axis1));
    /// Two dimensions exchanged.
    swapdims(dim0, dim1) |x, dim0: isize, dim1: isize| alias("swapdims", x.transpose(dim0, dim1));
    /// The transpose of a matrix; vectors and scalars stay as they are.
    t() |x| x.t();
    /// The last two dimensions exchanged; a tensor without dimensions stays as it is.
    adjoint() |x| {
        if x.rank() == 1 {
            let text = "adjoint: only supported on matrices or batches of matrices. Got 1-D tensor.";
            return Err(PyRuntimeError::new_err(text).into());
        }
        x.mt()
    };
    /// Dimensions ``start_dim`` to ``end_dim``, inclusive, merged into one.
    flatten(start_dim=0, end_dim=-1) |x, start_dim: isize, end_dim: isize| x.flatten(start_dim, end_dim);
    /// Dimension ``dim`` split into dimensions of the given ``sizes``; one may be -1.
    unflatten(dim, sizes) |x, dim: isize, sizes: Dims| x.unflatten(dim, &sizes.0);
    /// The elements as a vector: a view where possible.
    ravel() |x| x.ravel();
    /// Dimensions ``source`` moved to the places ``destination``; the others keep their order.
    movedim(source, destination) |x, source: Dims, destination: Dims| x.movedim(&source.0, &destination.0);
    /// Dimensions ``source`` moved to the places ``destination``; the others keep their order.
    moveaxis(source, destination) |x, source: Dims, destination: Dims| {
        alias("moveaxis", x.movedim(&source.0, &destination.0))
    };
    /// The slice at ``index`` along ``dim``, which disappears.
    select(dim, index) |x, dim: isize, index: isize| x.select(dim, index);
    /// ``length`` elements from ``start`` on along ``dim``.
    narrow(dim, start, length) |x, dim: isize, start: isize, length: isize| {
        x.narrow(dim, start, size("narrow", "length", length)?)
    };
    /// As :func:`narrow`, but a copy.
    narrow_copy(dim, start, length) |x, dim: isize, start: isize, length: isize| {
        alias("narrow_copy", x.narrow(dim, start, size("narrow_copy", "length", length)?))?.deep_clone()
    };
    /// The diagonal over two dimensions, as a new last one; ``offset`` > 0 lies above the main diagonal.
    diagonal(offset=0, dim1=0, dim2=1) |x, offset: isize, dim1: isize, dim2: isize| x.diagonal(offset, dim1, dim2);
    /// The input repeated along dimensions of size 1, and new leading ones, up to ``size``, without copying.
    broadcast_to(size) |x, size: Dims| x.broadcast_to(&x.infer_expanded("broadcast_to", &size.0)?);
    /// A view with any sizes and strides over the input's memory. The gradient of an element seen several times is the sum.
    as_strided(size, stride, storage_offset=None) |x, size: Dims, stride: Dims, storage_offset: Option<isize>| {
        let offset = storage_offset.map(|o| self::size("as_strided", "storage_offset", o)).transpose()?;
        x.as_strided(
            &sizes("as_strided", "every size", &size.0)?,
            &sizes("as_strided", "every stride", &stride.0)?,
            offset,
        )
    };
}

/// The same elements in another shape; one size may be -1. A view where the layout allows, else a copy.
#[pyfunction]
#[pyo3(name = "reshape")]
fn reshape_function(input: In, shape: Dims) -> Ret {
    Ok(reshape(&input, &shape.0)?.into())
}

/// Dimensions in another order: dimension ``i`` of the result is dimension ``dims[i]`` of the input.
#[pyfunction]
#[pyo3(name = "permute")]
fn permute_function(input: In, dims: Dims) -> Ret {
    Ok(input.permute(&dims.0)?.into())
}

pub fn register_variadic(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(reshape_function, module)?)?;
    module.add_function(wrap_pyfunction!(permute_function, module)?)
}

door_of_tuples! {
    /// Pieces along ``dim``: of ``split_size_or_sections`` elements each (the last may be smaller), or of the sizes listed.
    split(split_size_or_sections, dim=0) |x, split_size_or_sections: OneOrMany, dim: isize| {
        split_by(x, "split", split_size_or_sections, dim)
    };
    /// Pieces of the given sizes along ``dim``.
    split_with_sizes(split_sizes, dim=0) |x, split_sizes: Dims, dim: isize| {
        split_by(x, "split_with_sizes", OneOrMany::Many(split_sizes.0), dim)
    };
    /// At most ``chunks`` pieces of equal size along ``dim``; the last may be smaller.
    chunk(chunks, dim=0) |x, chunks: isize, dim: isize| x.chunk(size("chunk", "chunks", chunks)?, dim);
    /// A number of pieces along ``dim`` whose sizes differ by at most one, or pieces that end before each of the indices.
    tensor_split(indices_or_sections, dim=0) |x, indices_or_sections: &Bound<'_, PyAny>, dim: isize| {
        tensor_split_by(x, indices_or_sections, dim)
    };
    /// The slices along ``dim``, which disappears.
    unbind(dim=0) |x, dim: isize| x.unbind(dim);
    /// Equal pieces along the second dimension (of vectors: the first), or pieces that end before each of the indices.
    hsplit(indices_or_sections) |x, indices_or_sections: &Bound<'_, PyAny>| {
        split_evenly(x, "hsplit", 1, if x.rank() == 1 { 0 } else { 1 }, indices_or_sections)
    };
    /// Equal pieces along the first dimension, or pieces that end before each of the indices.
    vsplit(indices_or_sections) |x, indices_or_sections: &Bound<'_, PyAny>| {
        split_evenly(x, "vsplit", 2, 0, indices_or_sections)
    };
    /// Equal pieces along the third dimension, or pieces that end before each of the indices.
    dsplit(indices_or_sections) |x, indices_or_sections: &Bound<'_, PyAny>| {
        split_evenly(x, "dsplit", 3, 2, indices_or_sections)
    };
}

variadic_methods! {
    /// The input repeated along dimensions of size 1, and new leading ones, without copying; -1 keeps a size.
    expand(size) |x, d| x.expand(&x.infer_expanded("expand", d)?);
}

#[pymethods]
impl PyTensor {
    /// The same memory in another shape, one size of which may be -1, or read as another dtype.
    ///
    /// RuntimeError where the elements would have to move; ``reshape`` copies then.
    #[pyo3(signature = (*args, size=None, dtype=None))]
    fn view(&self, args: &Bound<'_, PyTuple>, size: Option<Dims>, dtype: Option<Dtype>) -> Ret {
        let tensor = self.tensor();
        let dtype = dtype.or_else(|| (args.len() == 1).then(|| args.get_item(0).ok()?.extract().ok()).flatten());
        if let Some(Dtype(dtype)) = dtype {
            return Ok(tensor.view_dtype(dtype)?.into());
        }
        let shape = tensor.infer_shape("view", &ints("view", args, size)?)?;
        Ok(tensor.view(&shape)?.into())
    }

    /// The same elements in another shape; one size may be -1. A view where the layout allows, else a copy.
    #[pyo3(name = "reshape", signature = (*args, shape=None))]
    fn reshape_method(&self, args: &Bound<'_, PyTuple>, shape: Option<Dims>) -> Ret {
        Ok(reshape(&self.tensor(), &ints("reshape", args, shape)?)?.into())
    }

    /// Dimensions in another order: dimension ``i`` of the result is dimension ``dims[i]`` of the input.
    #[pyo3(name = "permute", signature = (*args, dims=None))]
    fn permute_method(&self, args: &Bound<'_, PyTuple>, dims: Option<Dims>) -> Ret {
        Ok(self.tensor().permute(&ints("permute", args, dims)?)?.into())
    }

    /// This tensor in the shape of ``other``, as a view.
    fn view_as(&self, other: In) -> Ret {
        Ok(self.tensor().view(other.shape())?.into())
    }

    /// This tensor in the shape of ``other``.
    fn reshape_as(&self, other: In) -> Ret {
        Ok(self.tensor().reshape(other.shape())?.into())
    }

    /// This tensor repeated, without copying, to the shape of ``other``.
    fn expand_as(&self, other: In) -> Ret {
        Ok(self.tensor().expand_as(&other)?.into())
    }

    /// Windows of ``size`` elements every ``step`` along a dimension; a new last dimension runs through each.
    fn unfold(&self, dimension: isize, size: isize, step: isize) -> Ret {
        let size = self::size("unfold", "size", size)?;
        Ok(self.tensor().unfold(dimension, size, self::size("unfold", "step", step)?)?.into())
    }

    /// The transpose of a matrix; of other tensors, all dimensions in the opposite order.
    #[getter(T)]
    fn get_t(&self) -> Ret {
        Ok(self.tensor().reversed()?.into())
    }

    /// The last two dimensions exchanged.
    #[getter(mT)]
    fn get_mt(&self) -> Ret {
        let tensor = self.tensor();
        if tensor.rank() < 2 {
            let text =
                format!("mT: only supported on matrices or batches of matrices. Got {}-D tensor.", tensor.rank());
            return Err(PyRuntimeError::new_err(text).into());
        }
        Ok(tensor.transpose(-2, -1)?.into())
    }

    /// The transpose of a matrix: there are no complex numbers to conjugate.
    #[getter(H)]
    fn get_h(&self) -> Ret {
        let tensor = self.tensor();
        if tensor.rank() != 2 && tensor.rank() != 0 {
            let text = format!("H: only supported on matrices (2-D tensors). Got {}-D tensor.", tensor.rank());
            return Err(PyRuntimeError::new_err(text).into());
        }
        Ok(if tensor.rank() == 0 { tensor.view_as_self()? } else { tensor.transpose(0, 1)? }.into())
    }

    /// The last two dimensions exchanged: there are no complex numbers to conjugate.
    #[getter(mH)]
    fn get_mh(&self) -> Ret {
        self.get_mt()
    }
}

/// Views in place: the object gets the view in the place of what it held. Other names for the old tensor keep its shape.
macro_rules! view_in_place {
    ($($(#[$doc:meta])* $name:ident = $twin:ident;)*) => {
        #[pymethods]
        impl PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = (*args, **options))]
                fn $name<'py>(
                    slf: &Bound<'py, Self>,
                    args: &Bound<'py, PyTuple>,
                    options: Option<&Bound<'py, PyDict>>,
                ) -> Ret<Bound<'py, Self>> {
                    slf.get().tensor().may_change(stringify!($twin))?;
                    let view: In = slf.call_method(stringify!($twin), args, options)?.extract()?;
                    slf.get().become_view(view.0)?;
                    Ok(slf.clone())
                }
            )*
        }
    };
}
view_in_place! {
    /// ``squeeze`` in place: this very tensor loses its dimensions of size 1, all or those named.
    squeeze_ = squeeze;
    /// ``unsqueeze`` in place: this very tensor gets a dimension of size 1 at ``dim``.
    unsqueeze_ = unsqueeze;
    /// ``transpose`` in place: two dimensions of this very tensor change places.
    transpose_ = transpose;
    /// ``t`` in place: this very matrix becomes its transpose.
    t_ = t;
    /// ``swapaxes`` in place: two dimensions of this very tensor change places.
    swapaxes_ = swapaxes;
    /// ``swapdims`` in place: two dimensions of this very tensor change places.
    swapdims_ = swapdims;
    /// ``as_strided`` in place: this very tensor gets the given sizes, steps and offset in its memory.
    as_strided_ = as_strided;
}

#[pymethods]
impl PyTensor {
    /// Refused with NotImplementedError: memory never grows under those who share it. Use ``reshape``, or ``new_empty``.
    #[pyo3(signature = (*_sizes, **_options))]
    fn resize_(&self, _sizes: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        Err(PyNotImplementedError::new_err(
            "resize_: the memory of a tensor never changes its size; write x = x.reshape(...)",
        ))
    }
}
