//! What all optimizers share: groups of parameters, what is remembered of each, and the way of a gradient to the kernel.

use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use smallvec::SmallVec;
use synapgrad_kernels::{Buffer, DType, bf16, f16, optim as kernels, with_element};

use super::{Optimizer, zero_grad};
use crate::autograd::no_grad;
use crate::error::ensure;
use crate::{Result, Tensor, default_dtype};

/// An update rule with its options.
///
/// A rule names what it remembers of each parameter, says with which numbers its kernel takes the next step, and leaves the
/// rest to [`update`].
pub trait Rule: Clone {
    type Kernel: kernels::Rule;
    /// Its name in errors.
    const NAME: &'static str;
    /// The numbers it remembers of a parameter, by PyTorch's names.
    const NUMBERS: &'static [&'static str];
    /// The tensors of the parameter's shape that it remembers, in the kernel's order.
    const TENSORS: &'static [&'static str];

    /// Refuse options without meaning.
    ///
    /// # Errors
    /// ValueError that names the option.
    fn check(&self) -> Result<()>;

    /// The learning rate, which schedules change.
    fn rate(&mut self) -> &mut f64;

    /// Whether one of `TENSORS` is remembered under these options.
    fn keeps(&self, _tensor: &str) -> bool {
        true
    }

    /// What is remembered before the first step.
    fn initial(&self, _name: &str) -> f64 {
        0.0
    }

    /// Bring the numbers forward to the step that is due, and give that step. It is the first one where `fresh`.
    fn advance(&self, numbers: &mut [f64], fresh: bool) -> Self::Kernel;

    /// The arithmetic, on tensors of one dtype whose elements lie in one order, each in memory of its own:
    /// [`compiled_here`] writes it.
    fn run(kernel: &Self::Kernel, param: &Tensor, grad: &Tensor, memory: &[Tensor]);
}

/// The loops of a rule, compiled in this crate, for speed, and not in the one that takes the step.
macro_rules! compiled_here {
    () => {
        fn run(kernel: &Self::Kernel, param: &crate::Tensor, grad: &crate::Tensor, memory: &[crate::Tensor]) {
            $crate::optim::rule::run(kernel, param, grad, memory);
        }
    };
}
pub(super) use compiled_here;

/// The most numbers and tensors that a rule remembers of a parameter.
pub const MOST: usize = 4;

/// What a rule remembers of a parameter: its `NUMBERS`, as tensors of one element, then its `TENSORS`; `None` before the
/// first step, and always where the options want no such tensor.
pub type State = [Option<Tensor>; MOST];

/// One step for each of `params` that has a gradient; the others are left alone. `states[i]` belongs to `params[i]`.
///
/// # Errors
/// As [`update`], and RuntimeError where there are not as many states as parameters.
pub fn step<R: Rule>(rule: &R, params: &[Tensor], states: &mut [State]) -> Result<()> {
    ensure!(
        params.len() == states.len(),
        Runtime,
        "{}: got {} parameters and {} states",
        R::NAME,
        params.len(),
        states.len()
    );
    params.iter().zip(states).try_for_each(|(param, state)| update(rule, param, state))
}

/// One step for `param`, if it has a gradient. Nothing is recorded, and nothing allocated but in a first step or where
/// a gradient has another dtype or memory order than its parameter.
///
/// # Errors
/// RuntimeError where the parameter is no tensor of floats, its elements share memory, or the gradient or what is
/// remembered has another shape. Nothing has changed then.
pub fn update<R: Rule>(rule: &R, param: &Tensor, state: &mut State) -> Result<()> {
    let Some(grad) = param.grad() else { return Ok(()) };
    ensure!(param.dtype().is_float(), Runtime, "{}: parameters are floats, got {}", R::NAME, param.dtype().name());
    same_shape(R::NAME, "a gradient", &grad, param)?;
    let _mode = no_grad();
    if param.layout().is_dense() {
        return apply(rule, param, &grad, state);
    }
    // The step is taken on a copy without gaps.
    param.may_change(R::NAME)?;
    let dense = param.detach().contiguous()?;
    apply(rule, &dense, &grad, state)?;
    param.write(&dense)
}

/// One step for a parameter without gaps in memory.
fn apply<R: Rule>(rule: &R, param: &Tensor, grad: &Tensor, state: &mut State) -> Result<()> {
    let kept = |(_, name): &(usize, &&str)| rule.keeps(name);
    let places = || R::TENSORS.iter().enumerate().filter(kept).map(|(k, name)| (R::NUMBERS.len() + k, *name));
    let fresh = places().any(|(at, _)| state[at].is_none());

    let grad = in_order_of(param, &[], grad)?;
    let mut memory: SmallVec<[Tensor; MOST]> = SmallVec::new();
    for (at, name) in places() {
        let apart_from: SmallVec<[&Tensor; MOST]> = memory.iter().chain([&grad]).collect();
        let remembered = match &state[at] {
            None => param.full_like(rule.initial(name), None)?,
            Some(old) => {
                same_shape(R::NAME, name, old, param)?;
                in_order_of(param, &apart_from, old)?
            }
        };
        drop(apart_from);
        memory.push(remembered);
    }

    let mut counters: SmallVec<[Tensor; MOST]> = SmallVec::new();
    let mut numbers: SmallVec<[f64; MOST]> = SmallVec::new();
    for (at, name) in R::NUMBERS.iter().enumerate() {
        let counter = match &state[at] {
            Some(known) => known.clone(),
            None => {
                let dtype = if default_dtype() == DType::F64 { DType::F64 } else { DType::F32 };
                Tensor::full(&[], rule.initial(name), dtype)?
            }
        };
        numbers.push(counter.item()?.to_f64());
        counters.push(counter);
    }

    let kernel = rule.advance(&mut numbers, fresh);
    if param.numel() > 0 {
        R::run(&kernel, param, &grad, &memory);
    }
    for (counter, number) in counters.iter().zip(numbers) {
        set(counter, number);
    }
    for (place, counter) in state.iter_mut().zip(counters) {
        *place = Some(counter);
    }
    for ((at, _), remembered) in places().zip(memory) {
        state[at] = Some(remembered);
    }
    Ok(())
}

fn same_shape(name: &str, what: &str, tensor: &Tensor, param: &Tensor) -> Result<()> {
    ensure!(
        tensor.shape() == param.shape(),
        Runtime,
        "{name}: {what} of shape {:?} for a parameter of shape {:?}",
        tensor.shape(),
        param.shape()
    );
    Ok(())
}

/// `tensor` itself where its elements lie as those of `param`, in memory that is neither `param`'s nor that of `others`;
/// else such a copy.
fn in_order_of(param: &Tensor, others: &[&Tensor], tensor: &Tensor) -> Result<Tensor> {
    let apart = |t: &Tensor| [param].iter().chain(others).all(|other| !t.storage().same(other.storage()));
    let mut steps = tensor.strides().iter().zip(param.strides()).zip(param.shape());
    // Along a dimension of one element nobody steps.
    let ordered = steps.all(|((ours, theirs), &n)| n == 1 || ours == theirs);
    if ordered && tensor.dtype() == param.dtype() && apart(tensor) {
        return Ok(tensor.clone());
    }
    let ready = tensor.detach().to_dtype(param.dtype())?.in_memory_order(param.layout())?;
    if apart(&ready) { Ok(ready) } else { ready.copy() }
}

/// See [`Rule::run`].
pub(super) fn run(kernel: &impl kernels::Rule, param: &Tensor, grad: &Tensor, memory: &[Tensor]) {
    match param.dtype() {
        DType::F32 => run_in::<f32>(kernel, param, grad, memory),
        DType::F64 => run_in::<f64>(kernel, param, grad, memory),
        DType::F16 => run_in::<f16>(kernel, param, grad, memory),
        DType::BF16 => run_in::<bf16>(kernel, param, grad, memory),
        // `update` has refused the others.
        _ => {}
    }
}

fn run_in<E: kernels::Trainable>(kernel: &impl kernels::Rule, param: &Tensor, grad: &Tensor, memory: &[Tensor]) {
    let changed: SmallVec<[&Tensor; MOST]> = [param].into_iter().chain(memory).collect();
    // Everyone takes locks in the order of addresses, so that two threads never wait for each other.
    let mut order: SmallVec<[(usize, usize); MOST]> =
        changed.iter().chain([&grad]).enumerate().map(|(i, t)| (t.storage().address(), i)).collect();
    order.sort_unstable();
    let mut writes: SmallVec<[Option<RwLockWriteGuard<Buffer>>; MOST]> = changed.iter().map(|_| None).collect();
    let mut read: Option<RwLockReadGuard<Buffer>> = None;
    for (_, i) in order {
        match changed.get(i) {
            Some(tensor) => writes[i] = Some(tensor.storage().write()),
            None => read = Some(grad.storage().read()),
        }
    }
    let part = |t: &Tensor| t.layout().offset..t.layout().offset + t.numel();
    let mut slices: SmallVec<[&mut [E]; MOST]> = writes
        .iter_mut()
        .flatten()
        .zip(&changed)
        .map(|(guard, tensor)| &mut guard.as_mut_slice::<E>()[part(tensor)])
        .collect();
    if let (Some((x, memory)), Some(read)) = (slices.split_first_mut(), &read) {
        kernels::step(kernel, x, &read.as_slice::<E>()[part(grad)], memory);
    }
    changed.iter().for_each(|tensor| tensor.storage().bump_version());
}

/// Write the only element of `counter`.
fn set(counter: &Tensor, number: f64) {
    let mut buffer = counter.storage().write();
    with_element!(counter.dtype(), T => {
        buffer.as_mut_slice::<T>()[counter.layout().offset] = synapgrad_kernels::Element::from_f64(number);
    });
    drop(buffer);
    counter.storage().bump_version();
}

/// Parameters that share options.
pub struct Group<R> {
    pub params: Vec<Tensor>,
    pub options: R,
    /// What the rule remembers of each parameter.
    pub states: Vec<State>,
}

/// An optimizer: a rule `R` applied to groups of parameters. [`Sgd`](super::Sgd), [`Adam`](super::Adam) and the others are
/// names for it.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::{Adam, AdamOptions, Optimizer};
/// # fn main() -> synapgrad::Result<()> {
/// let (w, b) = (Tensor::from([1f32, 2.0]).requires_grad_(true)?, Tensor::from([3f32]).requires_grad_(true)?);
/// let mut optimizer = Adam::new([w.clone()], AdamOptions { lr: 0.5, ..Default::default() })?;
/// optimizer.add_group([b.clone()], AdamOptions { lr: 0.1, ..Default::default() })?;
/// w.sum()?.add(&b)?.sum()?.backward()?;
/// optimizer.step()?;
/// optimizer.zero_grad()?;
/// // The first step of Adam is as long as the learning rate.
/// assert!(w.allclose(&Tensor::from([0.5f32, 1.5]), 1e-6, 0.0, false)?);
/// assert!(b.allclose(&Tensor::from([2.9f32]), 1e-6, 0.0, false)?);
/// # Ok(())
/// # }
/// ```
pub struct Descent<R> {
    /// Change an option here and the next step follows it.
    pub groups: Vec<Group<R>>,
}

impl<R: Rule> Descent<R> {
    /// An optimizer of one group.
    ///
    /// # Errors
    /// As [`Descent::add_group`], and ValueError where there are no parameters.
    pub fn new(params: impl IntoIterator<Item = Tensor>, options: R) -> Result<Descent<R>> {
        let mut optimizer = Descent { groups: Vec::new() };
        optimizer.add_group(params, options)?;
        ensure!(!optimizer.groups[0].params.is_empty(), Value, "{}: optimizer got an empty parameter list", R::NAME);
        Ok(optimizer)
    }

    /// Add a group with options of its own.
    ///
    /// # Errors
    /// ValueError for a parameter that is the result of an operation or in a group already, and for options without
    /// meaning.
    pub fn add_group(&mut self, params: impl IntoIterator<Item = Tensor>, options: R) -> Result<()> {
        options.check()?;
        let params: Vec<Tensor> = params.into_iter().collect();
        let known: Vec<&Tensor> = self.groups.iter().flat_map(|group| &group.params).collect();
        check_params(R::NAME, &params, &known)?;
        let states = vec![State::default(); params.len()];
        self.groups.push(Group { params, options, states });
        Ok(())
    }
}

/// # Errors
/// ValueError for a parameter that is the result of an operation, or known already.
pub(super) fn check_params(name: &str, params: &[Tensor], known: &[&Tensor]) -> Result<()> {
    for (i, param) in params.iter().enumerate() {
        ensure!(param.is_leaf() || param.retains_grad(), Value, "{name}: can't optimize a non-leaf Tensor");
        let twice = known.iter().copied().chain(&params[..i]).any(|other| other.is_same(param));
        ensure!(!twice, Value, "{name}: some parameters appear more than once");
    }
    Ok(())
}

impl<R: Rule> Optimizer for Descent<R> {
    fn step(&mut self) -> Result<()> {
        self.groups.iter_mut().try_for_each(|group| step(&group.options, &group.params, &mut group.states))
    }

    fn zero_grad(&mut self) -> Result<()> {
        self.groups.iter().try_for_each(|group| zero_grad(&group.params, true))
    }

    fn rates(&mut self) -> Vec<&mut f64> {
        self.groups.iter_mut().map(|group| group.options.rate()).collect()
    }
}

/// # Errors
/// ValueError where one of the numbers is negative or NaN.
pub(super) fn not_negative(name: &str, numbers: &[(&str, f64)]) -> Result<()> {
    for &(what, value) in numbers {
        ensure!(value >= 0.0, Value, "{name}: Invalid {what}: {value:?}, wanted a number that is not negative");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::SgdOptions;

    #[test]
    fn a_parameter_with_gaps_in_memory_is_stepped_in_place() -> Result<()> {
        let whole = Tensor::from([[1.0, 10.0], [2.0, 20.0]]);
        let column = whole.alias(whole.layout().select(1, 0)).detach().requires_grad_(true)?;
        column.set_grad(Some(Tensor::from([1.0, -1.0])))?;
        update(&SgdOptions { lr: 0.5, ..Default::default() }, &column, &mut State::default())?;
        assert_eq!(whole.to_vec::<f64>()?, [0.5, 10.0, 2.5, 20.0]);
        Ok(())
    }

    #[test]
    fn a_gradient_in_the_parameters_own_memory_is_read_first() -> Result<()> {
        let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).requires_grad_(true)?;
        x.set_grad(Some(x.detach().transpose(0, 1)?))?;
        update(&SgdOptions { lr: 1.0, ..Default::default() }, &x, &mut State::default())?;
        assert_eq!(x.to_vec::<f64>()?, [0.0, -1.0, 1.0, 0.0]);
        Ok(())
    }

    #[test]
    fn memory_that_lies_elsewhere_or_is_shared_is_copied_first() -> Result<()> {
        let x = Tensor::zeros(&[2, 3], DType::F64)?.requires_grad_(true)?;
        x.set_grad(Some(Tensor::ones(&[2, 3], DType::F64)?))?;
        let options = crate::optim::AdamOptions { lr: 0.5, eps: 0.0, ..Default::default() };
        let shared = Tensor::zeros(&[3, 2], DType::F64)?.transpose(0, 1)?;
        let mut state: State = [None, Some(shared.clone()), Some(shared), None];
        update(&options, &x, &mut state)?;
        assert!(x.to_vec::<f64>()?.iter().all(|x| (x + 0.5).abs() < 1e-12));
        assert_eq!(state[0].as_ref().unwrap().item()?.to_f64(), 1.0);
        Ok(())
    }
}
