//! First values of parameters.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};
use synapgrad::Tensor;
use synapgrad::nn::init::{self, Nonlinearity};
use synapgrad::random::Generator;

use crate::convert::In;
use crate::error::Ret;
use crate::random::PyGenerator;
use crate::tensor::PyTensor;

type Target<'py> = Bound<'py, PyTensor>;
type Source<'a, 'py> = Option<&'a Bound<'py, PyGenerator>>;

/// Let `fill` change the tensor; return the object itself.
fn filled<'py>(
    tensor: Target<'py>,
    generator: Source<'_, 'py>,
    fill: impl FnOnce(&Tensor, Option<&Generator>) -> synapgrad::Result<()>,
) -> Ret<Target<'py>> {
    fill(&tensor.get().tensor(), generator.map(|g| &g.get().0))?;
    Ok(tensor)
}

/// Fill with numbers from U(a, b). RuntimeError where a > b.
#[pyfunction]
fn init_uniform_<'py>(tensor: Target<'py>, a: f64, b: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::uniform_(t, a, b, g).map(|_| ()))
}

/// Fill with numbers from N(mean, std²). RuntimeError where std < 0.
#[pyfunction]
fn init_normal_<'py>(tensor: Target<'py>, mean: f64, std: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::normal_(t, mean, std, g).map(|_| ()))
}

/// Fill with numbers from U(-a, a), a = gain·√(6 / (fan in + fan out)). ValueError below two dimensions.
#[pyfunction]
fn init_xavier_uniform_<'py>(tensor: Target<'py>, gain: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::xavier_uniform_(t, gain, g).map(|_| ()))
}

/// Fill with numbers from N(0, s²), s = gain·√(2 / (fan in + fan out)). ValueError below two dimensions.
#[pyfunction]
fn init_xavier_normal_<'py>(tensor: Target<'py>, gain: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::xavier_normal_(t, gain, g).map(|_| ()))
}

/// Fill with numbers from U(-b, b), b = gain·√(3 / fan). ValueError below two dimensions, and for an unknown mode or
/// nonlinearity.
#[pyfunction]
fn init_kaiming_uniform_<'py>(
    tensor: Target<'py>,
    a: f64,
    mode: &str,
    nonlinearity: &str,
    generator: Source<'_, 'py>,
) -> Ret<Target<'py>> {
    let (mode, nonlinearity) = (mode.parse()?, Nonlinearity::named(nonlinearity, a)?);
    filled(tensor, generator, |t, g| init::kaiming_uniform_(t, mode, nonlinearity, g).map(|_| ()))
}

/// Fill with numbers from N(0, s²), s = gain / √fan. ValueError below two dimensions, and for an unknown mode or
/// nonlinearity.
#[pyfunction]
fn init_kaiming_normal_<'py>(
    tensor: Target<'py>,
    a: f64,
    mode: &str,
    nonlinearity: &str,
    generator: Source<'_, 'py>,
) -> Ret<Target<'py>> {
    let (mode, nonlinearity) = (mode.parse()?, Nonlinearity::named(nonlinearity, a)?);
    filled(tensor, generator, |t, g| init::kaiming_normal_(t, mode, nonlinearity, g).map(|_| ()))
}

/// Make a matrix the identity. ValueError for other than two dimensions.
#[pyfunction]
fn init_eye_(tensor: Target<'_>) -> Ret<Target<'_>> {
    filled(tensor, None, |t, _| init::eye_(t).map(|_| ()))
}

/// Make the weight of a convolution one that copies its input channels. ValueError for other than 3, 4 or 5 dimensions and
/// where ``groups`` does not divide the first.
#[pyfunction]
fn init_dirac_(tensor: Target<'_>, groups: usize) -> Ret<Target<'_>> {
    filled(tensor, None, |t, _| init::dirac_(t, groups).map(|_| ()))
}

/// Fill with numbers from N(mean, std²) between a and b. RuntimeError where a > b or std < 0.
#[pyfunction]
fn init_trunc_normal_<'py>(
    tensor: Target<'py>,
    mean: f64,
    std: f64,
    a: f64,
    b: f64,
    generator: Source<'_, 'py>,
) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::trunc_normal_(t, mean, std, a, b, g).map(|_| ()))
}

/// Fill with a random orthogonal matrix times ``gain``. ValueError below two dimensions.
#[pyfunction]
fn init_orthogonal_<'py>(tensor: Target<'py>, gain: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::orthogonal_(t, gain, g).map(|_| ()))
}

/// Fill a matrix with numbers from N(0, std²), a fraction ``sparsity`` of each column with 0. ValueError for other than two
/// dimensions.
#[pyfunction]
fn init_sparse_<'py>(tensor: Target<'py>, sparsity: f64, std: f64, generator: Source<'_, 'py>) -> Ret<Target<'py>> {
    filled(tensor, generator, |t, g| init::sparse_(t, sparsity, std, g).map(|_| ()))
}

/// Fan in and fan out of a weight. ValueError below two dimensions.
#[pyfunction]
fn init_fans(tensor: In) -> Ret<(usize, usize)> {
    Ok(init::fans(&tensor)?)
}

/// The first values of a linear layer: weight, then bias, from U(-√k, √k), k = 1 / fan in.
#[pyfunction]
#[pyo3(signature = (weight, bias=None))]
fn linear_init_(weight: In, bias: Option<In>) -> Ret<()> {
    Ok(init::linear_(&weight, bias.as_ref().map(|b| &b.0), None)?)
}

/// The first values of a bilinear layer: weight, then bias, from U(-√k, √k), k = 1 / size of the first input.
#[pyfunction]
#[pyo3(signature = (weight, bias=None))]
fn bilinear_init_(weight: In, bias: Option<In>) -> Ret<()> {
    Ok(init::bilinear_(&weight, bias.as_ref().map(|b| &b.0), None)?)
}

/// The first values of a recurrent layer: each parameter in turn, from U(-√k, √k), k = 1 / ``hidden_size``.
#[pyfunction]
fn recurrent_init_(parameters: Vec<In>, hidden_size: usize) -> Ret<()> {
    Ok(init::recurrent_(parameters.iter().map(|p| &p.0), hidden_size, None)?)
}

/// By what a nonlinearity's input has to be scaled for its output to keep the variance. ValueError for an unknown name, and
/// for a slope of a leaky_relu that is no number.
#[pyfunction]
#[pyo3(signature = (nonlinearity, param=None))]
fn calculate_gain(nonlinearity: &str, param: Option<&Bound<'_, PyAny>>) -> Ret<f64> {
    let slope = match param {
        Some(param) if nonlinearity == "leaky_relu" => {
            let number = param.is_instance_of::<PyFloat>() || param.is_instance_of::<PyInt>();
            if !number || param.is_instance_of::<PyBool>() {
                let text = format!("calculate_gain: Negative slope {param} not a valid number");
                return Err(PyValueError::new_err(text).into());
            }
            param.extract::<f64>()?
        }
        _ => 0.01,
    };
    Ok(Nonlinearity::named(nonlinearity, slope)?.gain())
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(init_uniform_, module)?)?;
    module.add_function(wrap_pyfunction!(init_normal_, module)?)?;
    module.add_function(wrap_pyfunction!(init_xavier_uniform_, module)?)?;
    module.add_function(wrap_pyfunction!(init_xavier_normal_, module)?)?;
    module.add_function(wrap_pyfunction!(init_kaiming_uniform_, module)?)?;
    module.add_function(wrap_pyfunction!(init_kaiming_normal_, module)?)?;
    module.add_function(wrap_pyfunction!(init_eye_, module)?)?;
    module.add_function(wrap_pyfunction!(init_dirac_, module)?)?;
    module.add_function(wrap_pyfunction!(init_trunc_normal_, module)?)?;
    module.add_function(wrap_pyfunction!(init_orthogonal_, module)?)?;
    module.add_function(wrap_pyfunction!(init_sparse_, module)?)?;
    module.add_function(wrap_pyfunction!(init_fans, module)?)?;
    module.add_function(wrap_pyfunction!(linear_init_, module)?)?;
    module.add_function(wrap_pyfunction!(bilinear_init_, module)?)?;
    module.add_function(wrap_pyfunction!(recurrent_init_, module)?)?;
    module.add_function(wrap_pyfunction!(calculate_gain, module)?)
}
