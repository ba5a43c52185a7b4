//! Dropout.

use pyo3::prelude::*;

use crate::convert::Out;
use crate::error::{Ret, named};
use crate::tensor::PyTensor;

/// Functions that give the very tensor back where there is nothing to do, and their twins in place.
macro_rules! dropouts {
    ($($(#[$doc:meta])* $name:ident, $in_place:ident;)*) => {
        $(
            $(#[$doc])*
            #[pyfunction]
            #[pyo3(signature = (input, p, train))]
            fn $name<'py>(input: Bound<'py, PyTensor>, p: f64, train: bool) -> Ret<Bound<'py, PyTensor>> {
                let tensor = input.get().tensor();
                let result = tensor.$name(p, train, None).map_err(named(stringify!($name)))?;
                if result.is_same(&tensor) {
                    return Ok(input);
                }
                Ok(Out(result).into_pyobject(input.py())?)
            }

            #[doc = concat!("``", stringify!($name), "`` in place.")]
            #[pyfunction]
            #[pyo3(signature = (input, p, train))]
            fn $in_place(input: Bound<'_, PyTensor>, p: f64, train: bool) -> Ret<Bound<'_, PyTensor>> {
                input.get().tensor().$in_place(p, train, None).map_err(named(stringify!($in_place)))?;
                Ok(input)
            }
        )*

        pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(
                module.add_function(wrap_pyfunction!($name, module)?)?;
                module.add_function(wrap_pyfunction!($in_place, module)?)?;
            )*
            Ok(())
        }
    };
}

dropouts! {
    /// In training: each element 0 with probability ``p``, else divided by 1 − p, so that the mean stays. Otherwise the tensor
    /// itself. RuntimeError where ``p`` is not in [0, 1] and for integers.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.dropout(sg.ones(3), 0.5, False)
    /// tensor([1., 1., 1.])
    dropout, dropout_;
    /// :func:`dropout` of whole channels: a coin for each sample and channel (dimensions 0 and 1). RuntimeError also below two
    /// dimensions.
    feature_dropout, feature_dropout_;
    /// In training: each element the lowest value of SELU with probability ``p``; then all are scaled and shifted so that mean 0
    /// and variance 1 stay. Otherwise the tensor itself. RuntimeError as for :func:`dropout`.
    alpha_dropout, alpha_dropout_;
    /// :func:`alpha_dropout` of whole channels: a coin for each sample and channel (dimensions 0 and 1). RuntimeError also below
    /// two dimensions.
    feature_alpha_dropout, feature_alpha_dropout_;
}
