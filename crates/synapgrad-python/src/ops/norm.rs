//! Normalisation.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use synapgrad::ops::norm::Running;

use crate::convert::{Dims, In, Shape, given};
use crate::error::Ret;

/// The running averages; both, or none.
fn running<'a>(name: &str, mean: &'a Option<In>, var: &'a Option<In>) -> PyResult<Option<Running<'a>>> {
    match (mean, var) {
        (Some(mean), Some(var)) => Ok(Some(Running { mean, var })),
        (None, None) => Ok(None),
        _ => {
            let text = "running_mean and running_var must either both be None or neither be None";
            Err(PyValueError::new_err(format!("{name}: {text}")))
        }
    }
}

/// Each channel (dimension 1) with mean 0 and variance 1, times ``weight``, plus ``bias``: of one element per channel, as
/// ``running_mean`` and ``running_var``.
///
/// In ``training`` by the statistics of the batch, over all dimensions but the channels, towards which the running ones move
/// by the share ``momentum``; otherwise by the running ones. Floating-point dtypes; parameters of the input's, or of float32
/// beside a 16-bit one. ``cudnn_enabled`` changes nothing. ValueError for a single value per channel in training,
/// RuntimeError where sizes or dtypes don't fit.
///
/// >>> import synapgrad as sg
/// >>> sg.batch_norm(sg.tensor([[1.0, 10.0], [3.0, 30.0]]), None, None, None, None, True, 0.1, 1e-5, True)
/// tensor([[-1.0000, -1.0000],
///         [ 1.0000,  1.0000]])
#[pyfunction]
#[pyo3(signature = (input, weight=None, bias=None, running_mean=None, running_var=None, training=false, momentum=0.1, eps=1e-5,
    cudnn_enabled=true))]
#[allow(clippy::too_many_arguments)]
fn batch_norm(
    input: In,
    weight: Option<In>,
    bias: Option<In>,
    running_mean: Option<In>,
    running_var: Option<In>,
    training: bool,
    momentum: f64,
    eps: f64,
    cudnn_enabled: bool,
) -> Ret {
    let _ = cudnn_enabled;
    let running = running("batch_norm", &running_mean, &running_var)?;
    Ok(input.batch_norm(given(&weight), given(&bias), running, training, momentum, eps)?.into())
}

/// :func:`batch_norm` as a layer does it: in ``training`` ``num_batches_tracked`` is increased; without ``momentum`` the
/// running statistics are the means over all batches; without running statistics those of the batch serve always.
#[pyfunction(name = "_batch_norm_counted")]
#[allow(clippy::too_many_arguments)]
fn batch_norm_counted(
    input: In,
    weight: Option<In>,
    bias: Option<In>,
    running_mean: Option<In>,
    running_var: Option<In>,
    num_batches_tracked: Option<In>,
    training: bool,
    momentum: Option<f64>,
    eps: f64,
) -> Ret {
    let running = running("batch_norm", &running_mean, &running_var)?;
    let (weight, bias, count) = (given(&weight), given(&bias), given(&num_batches_tracked));
    Ok(input.batch_norm_counted(weight, bias, running, count, training, momentum, eps)?.into())
}

/// Each sample's channels (dimension 1) with mean 0 and variance 1 over the further dimensions, times ``weight``, plus
/// ``bias``. The arguments are those of :func:`batch_norm`; without ``use_input_stats`` by the running statistics.
#[pyfunction]
#[pyo3(signature = (input, weight=None, bias=None, running_mean=None, running_var=None, use_input_stats=true, momentum=0.1,
    eps=1e-5, cudnn_enabled=true))]
#[allow(clippy::too_many_arguments)]
fn instance_norm(
    input: In,
    weight: Option<In>,
    bias: Option<In>,
    running_mean: Option<In>,
    running_var: Option<In>,
    use_input_stats: bool,
    momentum: f64,
    eps: f64,
    cudnn_enabled: bool,
) -> Ret {
    let _ = cudnn_enabled;
    let running = running("instance_norm", &running_mean, &running_var)?;
    Ok(input.instance_norm(given(&weight), given(&bias), running, use_input_stats, momentum, eps)?.into())
}

/// The channels (dimension 1) in ``num_groups`` groups, each with mean 0 and variance 1 over its channels and all further
/// dimensions of one sample, times ``weight``, plus ``bias``: of one element per channel. RuntimeError where sizes or dtypes
/// don't fit.
#[pyfunction]
#[pyo3(signature = (input, num_groups, weight=None, bias=None, eps=1e-5, cudnn_enabled=true))]
fn group_norm(
    input: In,
    num_groups: usize,
    weight: Option<In>,
    bias: Option<In>,
    eps: f64,
    cudnn_enabled: bool,
) -> Ret {
    let _ = cudnn_enabled;
    Ok(input.group_norm(num_groups, given(&weight), given(&bias), eps)?.into())
}

/// The rows of ``normalized_shape``, the input's last dimensions, with mean 0 and variance 1, times ``weight``, plus
/// ``bias``, which have that shape. RuntimeError where shapes or dtypes don't fit.
///
/// >>> import synapgrad as sg
/// >>> sg.layer_norm(sg.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]), (3,))
/// tensor([[-1.2247,  0.0000,  1.2247],
///         [-1.2247,  0.0000,  1.2247]])
#[pyfunction]
#[pyo3(signature = (input, normalized_shape, weight=None, bias=None, eps=1e-5, cudnn_enable=true))]
fn layer_norm(
    input: In,
    normalized_shape: Shape,
    weight: Option<In>,
    bias: Option<In>,
    eps: f64,
    cudnn_enable: bool,
) -> Ret {
    let _ = cudnn_enable;
    Ok(input.layer_norm(&normalized_shape.0, given(&weight), given(&bias), eps)?.into())
}

/// The rows of ``normalized_shape``, the input's last dimensions, divided by the root of their mean square plus ``eps``,
/// times ``weight``, which has that shape. RuntimeError where the shapes don't fit.
///
/// >>> import synapgrad as sg
/// >>> sg.rms_norm(sg.tensor([1.0, 7.0]), (2,))
/// tensor([0.2000, 1.4000])
#[pyfunction]
#[pyo3(signature = (input, normalized_shape, weight=None, eps=None))]
fn rms_norm(input: In, normalized_shape: Shape, weight: Option<In>, eps: Option<f64>) -> Ret {
    Ok(input.rms_norm(&normalized_shape.0, given(&weight), eps)?.into())
}

/// ``x·(k + alpha/size·Σ x²)^-beta``, the sum being over ``size`` neighbouring channels (dimension 1). ValueError below three
/// dimensions, RuntimeError for a size that is not positive.
#[pyfunction]
#[pyo3(signature = (input, size, alpha=1e-4, beta=0.75, k=1.0))]
fn local_response_norm(input: In, size: isize, alpha: f64, beta: f64, k: f64) -> Ret {
    let size = super::view::size("local_response_norm", "size", size)?;
    Ok(input.local_response_norm(size, alpha, beta, k)?.into())
}

/// The vectors along ``dim``, an int or several, divided by their p-norm, or by ``eps`` where that is larger.
#[pyfunction]
#[pyo3(signature = (input, p=2.0, dim=Dims(vec![1]), eps=1e-12), text_signature = "(input, p=2.0, dim=1, eps=1e-12)")]
fn normalize(input: In, p: f64, dim: Dims, eps: f64) -> Ret {
    Ok(input.normalize(p, &dim.0, eps)?.into())
}

pub fn register_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(batch_norm, module)?)?;
    module.add_function(wrap_pyfunction!(batch_norm_counted, module)?)?;
    module.add_function(wrap_pyfunction!(instance_norm, module)?)?;
    module.add_function(wrap_pyfunction!(group_norm, module)?)?;
    module.add_function(wrap_pyfunction!(layer_norm, module)?)?;
    module.add_function(wrap_pyfunction!(rms_norm, module)?)?;
    module.add_function(wrap_pyfunction!(local_response_norm, module)?)?;
    module.add_function(wrap_pyfunction!(normalize, module)?)
}
