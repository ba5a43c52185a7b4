//! The operations, a line each: the name and its Python signature, the conversion of the arguments, the call.
//!
//! Each line becomes a function of the module and a method of `Tensor`.

mod activation;
mod aliases;
mod attention;
mod binary;
mod compare;
mod conv;
mod cumulative;
mod dropout;
mod embedding;
mod grid;
mod index;
mod linalg;
mod loss;
mod movement;
mod norm;
mod padding;
mod pool;
mod recurrent;
mod reduce;
mod resample;
mod softmax;
mod sort;
mod ternary;
mod unary;
pub mod view;

use pyo3::prelude::*;

/// `/// doc` `name(signature) |x, argument: Type| call;`
///
/// The signature is Python's, without the tensor itself, as in `#[pyo3(signature = …)]`. `x` is the tensor.
macro_rules! door {
    ($($(#[$doc:meta])* $name:ident ($($signature:tt)*) |$x:ident $(, $p:ident : $t:ty)*| $call:expr;)*) => {
        #[allow(clippy::too_many_arguments)]
        mod functions {
            use super::*;
            $(
                $(#[$doc])*
                #[pyfunction]
                #[pyo3(signature = (input, $($signature)*))]
                pub fn $name(input: $crate::convert::In $(, $p: $t)*) -> $crate::error::Ret {
                    let $x = &*input;
                    Ok($call.map_err($crate::error::named(stringify!($name)))?.into())
                }
            )*
        }
        #[pymethods]
        #[allow(clippy::too_many_arguments)]
        impl $crate::tensor::PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = ($($signature)*))]
                fn $name(&self $(, $p: $t)*) -> $crate::error::Ret {
                    let $x = &self.tensor();
                    Ok($call.map_err($crate::error::named(stringify!($name)))?.into())
                }
            )*
        }
        pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!(functions::$name, module)?)?;)*
            Ok(())
        }
    };
}
pub(crate) use door;

/// Twins in place: methods that return the tensor itself, and functions of the same name.
///
/// `name_(signature) |x, argument: Type| call;`
macro_rules! door_in_place {
    ($($(#[$doc:meta])* $name:ident ($($signature:tt)*) |$x:ident $(, $p:ident : $t:ty)*| $call:expr;)*) => {
        mod functions_in_place {
            use super::*;
            $(
                $(#[$doc])*
                #[pyfunction]
                #[pyo3(signature = (input, $($signature)*))]
                pub fn $name<'py>(
                    input: Bound<'py, $crate::tensor::PyTensor> $(, $p: $t)*
                ) -> $crate::error::Ret<Bound<'py, $crate::tensor::PyTensor>> {
                    let $x = &input.get().tensor();
                    $call.map_err($crate::error::named(stringify!($name)))?;
                    $crate::error::go_on()?;
                    Ok(input)
                }
            )*
        }
        #[pymethods]
        impl $crate::tensor::PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = ($($signature)*))]
                fn $name<'py>(
                    slf: Bound<'py, Self> $(, $p: $t)*
                ) -> $crate::error::Ret<Bound<'py, Self>> {
                    let $x = &slf.get().tensor();
                    $call.map_err($crate::error::named(stringify!($name)))?;
                    $crate::error::go_on()?;
                    Ok(slf)
                }
            )*
        }
        pub fn register_in_place(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!(functions_in_place::$name, module)?)?;)*
            Ok(())
        }
    };
}
pub(crate) use door_in_place;

/// [`door!`] for functions whose result may be anything: the call gives an object, and gets `py` first.
///
/// `name(signature) |py, x, argument: Type| call;`
macro_rules! door_any {
    ($($(#[$doc:meta])* $name:ident ($($signature:tt)*) |$py:ident, $x:ident $(, $p:ident : $t:ty)*| $call:expr;)*) => {
        #[allow(clippy::too_many_arguments)]
        mod functions_any {
            use super::*;
            $(
                $(#[$doc])*
                #[pyfunction]
                #[pyo3(signature = (input, $($signature)*))]
                pub fn $name($py: Python<'_>, input: $crate::convert::In $(, $p: $t)*) -> $crate::error::Ret<Py<PyAny>> {
                    let $x = &*input;
                    let result = $call;
                    $crate::error::go_on()?;
                    Ok(result)
                }
            )*
        }
        #[pymethods]
        #[allow(clippy::too_many_arguments)]
        impl $crate::tensor::PyTensor {
            $(
                $(#[$doc])*
                #[pyo3(signature = ($($signature)*))]
                fn $name(&self, $py: Python<'_> $(, $p: $t)*) -> $crate::error::Ret<Py<PyAny>> {
                    let $x = &self.tensor();
                    let result = $call;
                    $crate::error::go_on()?;
                    Ok(result)
                }
            )*
        }
        pub fn register_any(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!(functions_any::$name, module)?)?;)*
            Ok(())
        }
    };
}
pub(crate) use door_any;

/// The names of all operations, by family; see `synapgrad::ops::registry`.
#[pyfunction]
fn _operations() -> Vec<(&'static str, Vec<&'static str>)> {
    synapgrad::ops::registry()
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_operations, module)?)?;
    attention::register_functions(module)?;
    reduce::register(module)?;
    reduce::register_any(module)?;
    reduce::register_functions(module)?;
    cumulative::register(module)?;
    cumulative::register_in_place(module)?;
    cumulative::register_any(module)?;
    cumulative::register_functions(module)?;
    softmax::register(module)?;
    softmax::register_functions(module)?;
    sort::register(module)?;
    sort::register_any(module)?;
    sort::register_functions(module)?;
    linalg::register(module)?;
    linalg::register_in_place(module)?;
    linalg::register_functions(module)?;
    conv::register_functions(module)?;
    loss::register_functions(module)?;
    dropout::register_functions(module)?;
    embedding::register_functions(module)?;
    norm::register_functions(module)?;
    view::register(module)?;
    view::register_variadic(module)?;
    view::register_tuples(module)?;
    movement::register_all(module)?;
    padding::register_functions(module)?;
    pool::register_functions(module)?;
    recurrent::register_functions(module)?;
    resample::register_functions(module)?;
    grid::register_functions(module)?;
    index::register_all(module)?;
    unary::register(module)?;
    unary::register_in_place(module)?;
    unary::register_others(module)?;
    activation::register(module)?;
    activation::register_in_place(module)?;
    activation::register_functions(module)?;
    binary::register(module)?;
    binary::register_in_place(module)?;
    binary::register_others(module)?;
    ternary::register(module)?;
    ternary::register_in_place(module)?;
    ternary::register_others(module)?;
    compare::register(module)?;
    compare::register_in_place(module)?;
    compare::register_others(module)?;
    aliases::register(module)
}
