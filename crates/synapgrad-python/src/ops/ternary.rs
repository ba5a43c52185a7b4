//! Choosing, clamping, blending.

use pyo3::prelude::*;
use synapgrad::{Operand, Tensor};

use super::{door, door_in_place};
use crate::convert::{Either, In, Number};
use crate::error::Ret;
use crate::tensor::PyTensor;

door! {
    /// a + value·b·c of each three elements.
    addcmul(tensor1, tensor2, *, value=None) |x, tensor1: In, tensor2: In, value: Option<Number>|
        x.addcmul(&*tensor1, &*tensor2, one(value));
    /// a + value·b/c of each three elements.
    addcdiv(tensor1, tensor2, *, value=None) |x, tensor1: In, tensor2: In, value: Option<Number>|
        x.addcdiv(&*tensor1, &*tensor2, one(value));
    /// a + weight·(end − a) of each three elements: a where the weight is 0, end where it is 1.
    ///
    /// >>> import synapgrad as sg
    /// >>> sg.lerp(sg.tensor([0.0, 10.0]), sg.tensor([10.0, 20.0]), 0.25)
    /// tensor([ 2.5000, 12.5000])
    lerp(end, weight) |x, end: In, weight: Either| x.lerp(&*end, &weight);
    /// min(max(x, min), max) of each element. The limits are numbers or tensors; one of them may be missing.
    clamp(min=None, max=None) |x, min: Option<Either>, max: Option<Either>| x.clamp(limit(&min), limit(&max));
    /// max(x, min) of each element.
    clamp_min(min) |x, min: Either| x.clamp_min(&min);
    /// min(x, max) of each element.
    clamp_max(max) |x, max: Either| x.clamp_max(&max);
    /// `value` where the mask is true, else x. The value is a number or a tensor without dimensions.
    masked_fill(mask, value) |x, mask: In, value: Either| x.masked_fill(&mask, &value);
}

door_in_place! {
    /// `addcmul`, in place.
    addcmul_(tensor1, tensor2, *, value=None) |x, tensor1: In, tensor2: In, value: Option<Number>|
        x.addcmul_(&*tensor1, &*tensor2, one(value));
    /// `addcdiv`, in place.
    addcdiv_(tensor1, tensor2, *, value=None) |x, tensor1: In, tensor2: In, value: Option<Number>|
        x.addcdiv_(&*tensor1, &*tensor2, one(value));
    /// `lerp`, in place.
    lerp_(end, weight) |x, end: In, weight: Either| x.lerp_(&*end, &weight);
    /// `clamp`, in place.
    clamp_(min=None, max=None) |x, min: Option<Either>, max: Option<Either>| x.clamp_(limit(&min), limit(&max));
    /// `clamp_min`, in place.
    clamp_min_(min) |x, min: Either| x.clamp_min_(&min);
    /// `clamp_max`, in place.
    clamp_max_(max) |x, max: Either| x.clamp_max_(&max);
    /// `masked_fill`, in place.
    masked_fill_(mask, value) |x, mask: In, value: Either| x.masked_fill_(&mask, &value);
}

/// `input` where the condition is true, else `other`; both are tensors or numbers.
///
/// >>> import synapgrad as sg
/// >>> x = sg.tensor([1., -2., 3.])
/// >>> sg.where(x > 0, x, 0)
/// tensor([1., 0., 3.])
#[pyfunction]
fn r#where(condition: In, input: Either, other: Either) -> Ret {
    Ok(Tensor::where_(&condition, &input, &other)?.into())
}

#[pymethods]
impl PyTensor {
    /// This tensor's elements where the condition is true, else those of `other`.
    fn r#where(&self, condition: In, other: Either) -> Ret {
        Ok(Tensor::where_(&condition, &self.tensor(), &other)?.into())
    }
}

fn one(value: Option<Number>) -> synapgrad::Scalar {
    value.map_or(synapgrad::Scalar::Int(1), |value| value.0)
}

fn limit(limit: &Option<Either>) -> Option<Operand<'_>> {
    limit.as_ref().map(Operand::from)
}

pub fn register_others(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(r#where, module)?)
}
