//! Second names.

use pyo3::prelude::*;

use crate::tensor::PyTensor;

/// A second name, and the name of the same function, of the method and of its twin in place.
const ALIASES: &[(&str, &str)] = &[
    ("absolute", "abs"),
    ("arccos", "acos"),
    ("arccosh", "acosh"),
    ("arcsin", "asin"),
    ("arcsinh", "asinh"),
    ("arctan", "atan"),
    ("arctan2", "atan2"),
    ("arctanh", "atanh"),
    ("clip", "clamp"),
    ("divide", "div"),
    ("expit", "sigmoid"),
    ("fix", "trunc"),
    ("greater", "gt"),
    ("greater_equal", "ge"),
    ("less", "lt"),
    ("less_equal", "le"),
    ("multiply", "mul"),
    ("negative", "neg"),
    ("not_equal", "ne"),
    ("psi", "digamma"),
    ("subtract", "sub"),
    ("true_divide", "div"),
];

/// Names of `torch.special`, which has no methods.
const FUNCTIONS_ONLY: &[&str] = &["expit", "psi"];

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let class = module.py().get_type::<PyTensor>();
    for (alias, name) in ALIASES {
        module.add(*alias, module.getattr(*name)?)?;
        let twin = format!("{name}_");
        if FUNCTIONS_ONLY.contains(alias) {
            continue;
        }
        class.setattr(*alias, class.getattr(*name)?)?;
        if class.hasattr(&twin)? {
            class.setattr(format!("{alias}_"), class.getattr(&twin)?)?;
            module.add(format!("{alias}_").as_str(), module.getattr(&*twin)?)?;
        }
    }
    Ok(())
}
