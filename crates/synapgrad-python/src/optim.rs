//! Update rules, a call per group of parameters, and schedules, a call per learning rate.

use std::collections::VecDeque;

use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString};
use synapgrad::optim::schedule::{self, Schedule};
use synapgrad::optim::{self, Last, LbfgsMemory, LbfgsOptions, LineSearch, Rule, State};
use synapgrad::{Error, Tensor};

use crate::convert::{Either, In, Number, Out};
use crate::error::{Ret, foreign};

/// An option as a dictionary holds it.
trait Choice: Sized {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

impl Choice for f64 {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<f64> {
        value.extract::<Number>().map(|number| number.0.to_f64())
    }
}

impl Choice for bool {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<bool> {
        value.is_truthy()
    }
}

impl Choice for usize {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<usize> {
        // A negative number of iterations is none.
        value.extract::<i64>().map(|number| number.max(0) as usize)
    }
}

impl Choice for (f64, f64) {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<(f64, f64)> {
        Ok((f64::read(&value.get_item(0)?)?, f64::read(&value.get_item(1)?)?))
    }
}

impl<T: Choice> Choice for Option<T> {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<Option<T>> {
        if value.is_none() { Ok(None) } else { T::read(value).map(Some) }
    }
}

impl Choice for LineSearch {
    fn read(value: &Bound<'_, PyAny>) -> PyResult<LineSearch> {
        match value.extract::<&str>() {
            Ok("strong_wolfe") => Ok(LineSearch::StrongWolfe),
            _ => {
                Err(PyRuntimeError::new_err(format!("lbfgs: only 'strong_wolfe' is supported, got {}", value.repr()?)))
            }
        }
    }
}

fn choice<T: Choice>(options: &Bound<'_, PyDict>, name: &Bound<'_, PyString>) -> PyResult<T> {
    T::read(&key(options, name)?)
        .map_err(|error| if error.is_instance_of::<PyTypeError>(name.py()) { named(name, error) } else { error })
}

fn named(name: &Bound<'_, PyString>, error: PyErr) -> PyErr {
    PyTypeError::new_err(format!("option {name}: {}", error.value(name.py())))
}

/// A struct of options from a dictionary with their names.
macro_rules! options {
    ($options:path, $from:expr, { $($name:ident),* $(,)? }) => {{
        let from: &Bound<'_, PyDict> = $from;
        $options { $($name: choice(from, pyo3::intern!(from.py(), stringify!($name)))?,)* }
    }};
}

fn tensors(list: &Bound<'_, PyAny>) -> PyResult<Vec<Tensor>> {
    list.try_iter()?.map(|item| item?.extract::<In>().map(|t| t.0)).collect()
}

fn key<'py>(of: &Bound<'py, PyDict>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    of.get_item(name)?.ok_or_else(|| PyKeyError::new_err(name.clone().unbind()))
}

/// One step for each parameter of `group` that has a gradient. `state` gives a dictionary for each, whose entries the rule
/// names; the step makes those that are missing.
fn step<R: Rule>(
    rule: &R,
    names: &'static PyOnceLock<Vec<Py<PyString>>>,
    group: &Bound<'_, PyDict>,
    state: &Bound<'_, PyAny>,
) -> Ret<()> {
    let py = group.py();
    let names = names.get_or_init(py, || {
        R::NUMBERS.iter().chain(R::TENSORS).map(|name| PyString::intern(py, name).unbind()).collect()
    });
    for param in key(group, pyo3::intern!(py, "params"))?.cast_into::<PyList>().map_err(PyErr::from)? {
        let tensor = param.extract::<In>()?.0;
        if tensor.grad().is_none() {
            continue;
        }
        // A rule that remembers nothing leaves no trace.
        if R::NUMBERS.is_empty() && !R::TENSORS.iter().any(|name| rule.keeps(name)) {
            optim::update(rule, &tensor, &mut State::default())?;
            continue;
        }
        let entries = state.get_item(&param)?.cast_into::<PyDict>().map_err(PyErr::from)?;
        let mut remembered = State::default();
        for (place, name) in remembered.iter_mut().zip(names) {
            *place = match entries.get_item(name)? {
                None => None,
                Some(value) if value.is_none() => None,
                Some(value) => match value.extract::<Either>()? {
                    Either::Tensor(tensor) => Some(tensor),
                    // A counter of an older program is a plain number.
                    Either::Number(number) => Some(counter(number.to_f64())?),
                },
            };
        }
        let before = remembered.each_ref().map(|entry| entry.as_ref().map(Tensor::id));
        optim::update(rule, &tensor, &mut remembered)?;
        for ((before, after), name) in before.into_iter().zip(remembered).zip(names) {
            if let Some(after) = after
                && before != Some(after.id())
            {
                entries.set_item(name, Out(after))?;
            }
        }
    }
    Ok(())
}

fn counter(number: f64) -> Ret<Tensor> {
    let double = synapgrad::default_dtype() == synapgrad::DType::F64;
    Ok(Tensor::full(&[], number, if double { synapgrad::DType::F64 } else { synapgrad::DType::F32 })?)
}

/// Two functions for a rule: its step for a group, and its check of options.
macro_rules! rules {
    ($($(#[$doc:meta])* $step:ident, $check:ident: $options:ident { $($name:ident),* $(,)? })*) => {
        $(
            #[doc = concat!("One step of ``", stringify!($options), "`` for a group of parameters.")]
            ///
            $(#[$doc])*
            ///
            /// ``group`` holds the options and, as ``params``, the parameters; those without a gradient are left alone.
            /// ``state[parameter]`` is a dictionary in which the rule remembers. RuntimeError where a parameter is no tensor
            /// of floats, or something remembered has another shape.
            #[pyfunction]
            fn $step(group: &Bound<'_, PyDict>, state: &Bound<'_, PyAny>) -> Ret<()> {
                static NAMES: PyOnceLock<Vec<Py<PyString>>> = PyOnceLock::new();
                step(&options!(optim::$options, group, { $($name),* }), &NAMES, group, state)
            }

            /// ValueError where an option has no meaning.
            #[pyfunction]
            fn $check(options: &Bound<'_, PyDict>) -> Ret<()> {
                Ok(options!(optim::$options, options, { $($name),* }).check()?)
            }
        )*

        fn register_rules(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(
                module.add_function(wrap_pyfunction!($step, module)?)?;
                module.add_function(wrap_pyfunction!($check, module)?)?;
            )*
            Ok(())
        }
    };
}

rules! {
    /// θ ← θ − lr·b, with momentum b.
    sgd_step, sgd_check: SgdOptions { lr, momentum, dampening, weight_decay, nesterov, maximize }
    /// θ ← θ·(1 − lambd·η) − η·g, and the average of θ.
    asgd_step, asgd_check: AsgdOptions { lr, lambd, alpha, t0, weight_decay, maximize }
    /// θ ← θ − sign(g)·s, with a step size s for each element.
    rprop_step, rprop_check: RpropOptions { lr, etas, step_sizes, maximize }
    /// θ ← θ − lr·m/√v, with averages m of g and v of g².
    adam_step, adam_check: AdamOptions { lr, betas, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay }
    /// θ ← θ − lr·m/u, with u the greatest recent gradient.
    adamax_step, adamax_check: AdamaxOptions { lr, betas, eps, weight_decay, maximize }
    /// Adam with Nesterov's momentum.
    nadam_step, nadam_check: NAdamOptions {
        lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize
    }
    /// Adam that waits until v can be trusted.
    radam_step, radam_check: RAdamOptions { lr, betas, eps, weight_decay, decoupled_weight_decay, maximize }
    /// θ ← θ − lr·g/√s, with s the sum of all g².
    adagrad_step, adagrad_check: AdagradOptions { lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize }
    /// θ ← θ − lr·d, with d = √w/√v·g and averages v of g² and w of d².
    adadelta_step, adadelta_check: AdadeltaOptions { lr, rho, eps, weight_decay, maximize }
    /// θ ← θ − lr·g/√v, with v the average of g².
    rmsprop_step, rmsprop_check: RmsPropOptions { lr, alpha, eps, weight_decay, momentum, centered, maximize }
}

fn lbfgs_options(group: &Bound<'_, PyDict>) -> PyResult<LbfgsOptions> {
    Ok(options!(optim::LbfgsOptions, group, {
        lr, max_iter, max_eval, tolerance_grad, tolerance_change, history_size, line_search_fn, maximize,
    }))
}

/// ValueError where an option has no meaning.
#[pyfunction]
fn lbfgs_check(options: &Bound<'_, PyDict>) -> Ret<()> {
    Ok(LbfgsOptions { line_search_fn: None, ..lbfgs_options(options)? }.check()?)
}

/// What ``float(loss)`` is. TypeError where that is nothing, as for None, which a closure without `return` gives.
fn number_of(loss: &Bound<'_, PyAny>) -> PyResult<f64> {
    if !loss.hasattr("__float__")? {
        let given = loss.get_type().name()?;
        return Err(PyTypeError::new_err(format!("lbfgs: the closure must return the loss, got {given}")));
    }
    loss.call_method0("__float__")?.extract()
}

/// One step of L-BFGS for a group: up to ``max_iter`` iterations along −H·g, with H from the history in ``state``, a
/// dictionary.
///
/// ``closure()`` computes the loss and the gradients anew and returns the loss; its first value is returned. What it raises
/// goes on.
#[pyfunction]
fn lbfgs_step<'py>(
    group: &Bound<'py, PyDict>,
    state: &Bound<'py, PyDict>,
    closure: &Bound<'py, PyAny>,
) -> Ret<Bound<'py, PyAny>> {
    let py = group.py();
    let params = tensors(&key(group, pyo3::intern!(py, "params"))?)?;
    let options = lbfgs_options(group)?;
    let mut memory = remembered(state)?;
    let mut first = None;
    let mut call = || -> Result<f64, Error> {
        let loss = closure.call0().map_err(foreign)?;
        let number = number_of(&loss).map_err(foreign)?;
        first.get_or_insert(loss);
        Ok(number)
    };
    let result = optim::lbfgs_step(&options, &params, &mut memory, &mut call);
    remember(state, memory)?;
    result?;
    Ok(first.ok_or_else(|| PyRuntimeError::new_err("lbfgs: the closure was not called"))?)
}

/// The names are PyTorch's: it calls changes of the gradient `old_dirs`, and steps `old_stps`.
fn remembered(state: &Bound<'_, PyDict>) -> PyResult<LbfgsMemory> {
    let count = |name: &str| -> PyResult<usize> { state.get_item(name)?.map_or(Ok(0), |value| usize::read(&value)) };
    let mut memory = LbfgsMemory { func_evals: count("func_evals")?, n_iter: count("n_iter")?, last: None };
    let get = |name: &str| -> PyResult<Bound<'_, PyAny>> {
        state.get_item(name)?.ok_or_else(|| PyKeyError::new_err(name.to_string()))
    };
    if state.get_item("d")?.is_none_or(|d| d.is_none()) {
        return Ok(memory);
    }
    let numbers = get("ro")?.try_iter()?.map(|ro| f64::read(&ro?)).collect::<PyResult<Vec<_>>>()?;
    let (changes, steps) = (tensors(&get("old_dirs")?)?, tensors(&get("old_stps")?)?);
    memory.last = Some(Last {
        direction: get("d")?.extract::<In>()?.0,
        length: f64::read(&get("t")?)?,
        gradient: get("prev_flat_grad")?.extract::<In>()?.0,
        loss: f64::read(&get("prev_loss")?)?,
        history: changes.into_iter().zip(steps).zip(numbers).map(|((y, s), ro)| (y, s, ro)).collect::<VecDeque<_>>(),
        scale: f64::read(&get("H_diag")?)?,
    });
    Ok(memory)
}

fn remember(state: &Bound<'_, PyDict>, memory: LbfgsMemory) -> Ret<()> {
    state.set_item("func_evals", memory.func_evals)?;
    state.set_item("n_iter", memory.n_iter)?;
    let Some(last) = memory.last else { return Ok(()) };
    let dtype = last.direction.dtype();
    let scalar = |number: f64| -> Ret { Ok(Out(Tensor::full(&[], number, dtype)?)) };
    let (changes, steps, numbers) = (PyList::empty(state.py()), PyList::empty(state.py()), PyList::empty(state.py()));
    for (y, s, ro) in last.history {
        changes.append(Out(y))?;
        steps.append(Out(s))?;
        numbers.append(scalar(ro)?)?;
    }
    state.set_item("d", Out(last.direction))?;
    state.set_item("t", last.length)?;
    state.set_item("old_dirs", changes)?;
    state.set_item("old_stps", steps)?;
    state.set_item("ro", numbers)?;
    state.set_item("H_diag", scalar(last.scale)?)?;
    state.set_item("prev_flat_grad", Out(last.gradient))?;
    Ok(state.set_item("prev_loss", last.loss)?)
}

/// A schedule as a function of a learning rate.
macro_rules! schedules {
    ($($(#[$doc:meta])* $name:ident($($option:ident: $type:ty),*) $schedule:ident;)*) => {
        $(
            $(#[$doc])*
            ///
            /// ``lr`` is the rate of the epoch before, ``base_lr`` the first one. With ``lr=None`` the rate is computed from
            /// ``base_lr`` alone.
            #[pyfunction]
            fn $name(lr: Option<Number>, base_lr: Number, epoch: f64, $($option: $type),*) -> f64 {
                let (schedule, base) = (schedule::$schedule { $($option),* }, base_lr.0.to_f64());
                match lr {
                    Some(lr) => schedule.next(lr.0.to_f64(), base, epoch),
                    None => schedule.at(base, epoch),
                }
            }
        )*

        fn register_schedules(module: &Bound<'_, PyModule>) -> PyResult<()> {
            $(module.add_function(wrap_pyfunction!($name, module)?)?;)*
            Ok(())
        }
    };
}

schedules! {
    /// The rate in ``epoch``, multiplied by ``gamma`` every ``step_size`` epochs.
    step_lr(step_size: f64, gamma: f64) StepLr;
    /// The rate in ``epoch``, multiplied by ``gamma`` at each of the ``milestones``.
    multi_step_lr(milestones: Vec<f64>, gamma: f64) MultiStepLr;
    /// The rate in ``epoch``, multiplied by ``factor`` before epoch ``total_iters``.
    constant_lr(factor: f64, total_iters: f64) ConstantLr;
    /// The rate in ``epoch``, on a line that ends in epoch ``total_iters``.
    linear_lr(start_factor: f64, end_factor: f64, total_iters: f64) LinearLr;
    /// The rate in ``epoch``, multiplied by ``gamma`` every epoch.
    exponential_lr(gamma: f64) ExponentialLr;
    /// The rate in ``epoch``, base_lr·(1 − epoch/total_iters)^power.
    polynomial_lr(total_iters: f64, power: f64) PolynomialLr;
    /// The rate in ``epoch``, on half a cosine of ``t_max`` epochs.
    cosine_annealing_lr(t_max: f64, eta_min: f64) CosineAnnealingLr;
    /// The rate in ``epoch``, on the way to ``target``, where it is after ``anneal_epochs``.
    swa_lr(target: f64, anneal_epochs: f64, linear: bool) SwaLr;
}

/// From ``start`` to ``end``, ``part`` of the way, along half a cosine or, with ``linear``, a line.
#[pyfunction]
fn anneal(start: Number, end: Number, part: f64, linear: bool) -> f64 {
    let (start, end) = (start.0.to_f64(), end.0.to_f64());
    if linear { schedule::along_line(start, end, part) } else { schedule::along_cosine(start, end, part) }
}

/// The number, from 1, of the cycle of ``up`` and ``down`` steps that ``epoch`` is in, and its height from 0 to 1.
#[pyfunction]
fn cycle(epoch: f64, up: f64, down: f64) -> (f64, f64) {
    schedule::cycle(epoch, up, down)
}

/// Forget the gradients of ``params``, or with ``set_to_none=False`` fill them with zeros.
#[pyfunction]
#[pyo3(signature = (params, set_to_none=true))]
fn zero_grad(params: &Bound<'_, PyList>, set_to_none: bool) -> Ret<()> {
    Ok(optim::zero_grad(&tensors(params)?, set_to_none)?)
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    register_rules(module)?;
    register_schedules(module)?;
    module.add_function(wrap_pyfunction!(lbfgs_check, module)?)?;
    module.add_function(wrap_pyfunction!(lbfgs_step, module)?)?;
    module.add_function(wrap_pyfunction!(anneal, module)?)?;
    module.add_function(wrap_pyfunction!(cycle, module)?)?;
    module.add_function(wrap_pyfunction!(zero_grad, module)?)
}
