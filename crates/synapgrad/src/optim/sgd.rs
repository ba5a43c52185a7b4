//! Stochastic gradient descent.

use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use synapgrad_kernels::optim::{Momentum, Sgd as Rule};
use synapgrad_kernels::{Buffer, with_element};

use super::{Optimizer, zero_grad};
use crate::autograd::no_grad;
use crate::error::ensure;
use crate::{Result, Tensor};

/// Options of [`Sgd`], with PyTorch's names and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of b is kept from step to step; 0 keeps no b.
    pub momentum: f64,
    /// How much of a new gradient b leaves out.
    pub dampening: f64,
    /// The L2 penalty.
    pub weight_decay: f64,
    /// Look ahead by one step of b; it wants momentum and no dampening.
    pub nesterov: bool,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for SgdOptions {
    fn default() -> SgdOptions {
        SgdOptions { lr: 1e-3, momentum: 0.0, dampening: 0.0, weight_decay: 0.0, nesterov: false, maximize: false }
    }
}

impl SgdOptions {
    /// # Errors
    /// ValueError for a negative number, and for nesterov without momentum or with dampening.
    fn check(&self) -> Result<()> {
        let not_negative =
            [("learning rate", self.lr), ("momentum", self.momentum), ("weight_decay", self.weight_decay)];
        for (what, value) in not_negative {
            ensure!(value >= 0.0, Value, "sgd: Invalid {what}: {value}, wanted a number that is not negative");
        }
        ensure!(
            !self.nesterov || (self.momentum > 0.0 && self.dampening == 0.0),
            Value,
            "sgd: Nesterov momentum requires a momentum and zero dampening, got momentum {} and dampening {}",
            self.momentum,
            self.dampening
        );
        Ok(())
    }
}

/// One step for each of `params` that has a gradient; the others are left alone. θ is the parameter, g its gradient:
///
/// ```text
/// g ← g + weight_decay·θ                 (−g with maximize)
/// b ← momentum·b + (1 − dampening)·g     (b = g in the first step)
/// g ← g + momentum·b   with nesterov,  b  otherwise
/// θ ← θ − lr·g
/// ```
///
/// `buffers[i]` is the b of `params[i]`, `None` before its first step; an empty list where momentum is 0. Nothing is
/// recorded, and nothing allocated but in a first step or where a gradient has another dtype or memory order than its
/// parameter.
///
/// # Errors
/// RuntimeError where a parameter is no tensor of floats, its elements share memory, or a buffer has another shape.
pub fn sgd_step(params: &[Tensor], buffers: &mut [Option<Tensor>], options: &SgdOptions) -> Result<()> {
    ensure!(
        options.momentum == 0.0 || buffers.len() == params.len(),
        Runtime,
        "sgd: got {} parameters and {} momentum buffers",
        params.len(),
        buffers.len()
    );
    let SgdOptions { lr, momentum, dampening, weight_decay, nesterov, maximize } = *options;
    let rule = Rule { lr, momentum, dampening, weight_decay, nesterov, maximize };
    let _mode = no_grad();
    for (i, param) in params.iter().enumerate() {
        let Some(grad) = param.grad() else { continue };
        update(param, &grad, (momentum != 0.0).then(|| &mut buffers[i]), &rule)?;
    }
    Ok(())
}

/// One step of one parameter.
fn update(param: &Tensor, grad: &Tensor, buffer: Option<&mut Option<Tensor>>, rule: &Rule) -> Result<()> {
    ensure!(param.dtype().is_float(), Runtime, "sgd: parameters are floats, got one of {}", param.dtype().name());
    ensure!(
        grad.shape() == param.shape(),
        Runtime,
        "sgd: a gradient of shape {:?} for a parameter of shape {:?}",
        grad.shape(),
        param.shape()
    );
    if param.numel() == 0 {
        return Ok(());
    }
    if !param.layout().is_dense() {
        // The step is taken on a copy without gaps.
        param.may_change("sgd")?;
        let dense = param.detach().contiguous()?;
        update(&dense, grad, buffer, rule)?;
        return param.write(&dense);
    }
    let aligned = |t: &Tensor| t.detach().to_dtype(param.dtype())?.in_memory_order(param.layout());
    let apart = |t: &Tensor| !t.storage().same(param.storage());
    let fits = |t: &Tensor| t.dtype() == param.dtype() && t.strides() == param.strides() && apart(t);
    let moved;
    let mut grad = if fits(grad) {
        grad
    } else {
        moved = aligned(grad)?;
        &moved
    };
    let copy;
    if !apart(grad) {
        copy = grad.copy()?;
        grad = &copy;
    }
    let Some(buffer) = buffer else {
        step(rule, param, grad, None);
        return Ok(());
    };
    let first = buffer.is_none();
    let ready = match buffer.take() {
        None => Tensor::from_buffer(
            Buffer::stale(param.numel() * param.dtype().size())?,
            param.layout().fresh_like(),
            param.dtype(),
        ),
        Some(old) => {
            ensure!(
                old.shape() == param.shape(),
                Runtime,
                "sgd: a momentum buffer of shape {:?} for a parameter of shape {:?}",
                old.shape(),
                param.shape()
            );
            if fits(&old) && !old.storage().same(grad.storage()) { old } else { aligned(&old)?.copy()? }
        }
    };
    step(rule, param, grad, Some((&ready, first)));
    *buffer = Some(ready);
    Ok(())
}

/// The arithmetic, on tensors of one dtype whose elements lie in one order, each in memory of its own.
fn step(rule: &Rule, param: &Tensor, grad: &Tensor, momentum: Option<(&Tensor, bool)>) {
    let buffer = momentum.map(|(buffer, _)| buffer);
    let mut writes: [Option<RwLockWriteGuard<Buffer>>; 2] = [None, None];
    let mut read: Option<RwLockReadGuard<Buffer>> = None;
    // Everyone takes locks in the order of addresses, so that two threads never wait for each other.
    let mut order = [(param.storage().address(), 0), (grad.storage().address(), 1), (usize::MAX, 2)];
    if let Some(buffer) = buffer {
        order[2].0 = buffer.storage().address();
    }
    order.sort_unstable();
    for (_, which) in order {
        match which {
            0 => writes[0] = Some(param.storage().write()),
            1 => read = Some(grad.storage().read()),
            _ => writes[1] = buffer.map(|b| b.storage().write()),
        }
    }
    let part = |t: &Tensor| t.layout().offset..t.layout().offset + t.numel();
    let ([Some(target), memory], Some(read)) = (&mut writes, read) else { return };
    with_element!(param.dtype(), T => {
        let momentum = match (memory, momentum) {
            (Some(memory), Some((buffer, first))) => {
                Some(Momentum { buffer: &mut memory.as_mut_slice::<T>()[part(buffer)], first })
            }
            _ => None,
        };
        let grads = &read.as_slice::<T>()[part(grad)];
        rule.step(&mut target.as_mut_slice::<T>()[part(param)], grads, momentum);
    });
    param.storage().bump_version();
    if let Some(buffer) = buffer {
        buffer.storage().bump_version();
    }
}

/// Parameters that share options.
pub struct SgdGroup {
    pub params: Vec<Tensor>,
    pub options: SgdOptions,
    /// What momentum remembers of each parameter.
    buffers: Vec<Option<Tensor>>,
}

/// Stochastic gradient descent over groups of parameters; see [`sgd_step`] for the rule.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::{Optimizer, Sgd, SgdOptions};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([1f32, 2.0]).requires_grad_(true)?;
/// let mut optimizer = Sgd::new([x.clone()], SgdOptions { lr: 0.5, ..Default::default() })?;
/// x.mul(&x)?.sum()?.backward()?;
/// optimizer.step()?;
/// optimizer.zero_grad()?;
/// assert_eq!(x.to_vec::<f32>()?, [0.0, 0.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Sgd {
    /// Change an option here and the next step follows it.
    pub groups: Vec<SgdGroup>,
}

impl Sgd {
    /// An optimizer of one group.
    ///
    /// # Errors
    /// As [`Sgd::add_group`], and ValueError where there are no parameters.
    pub fn new(params: impl IntoIterator<Item = Tensor>, options: SgdOptions) -> Result<Sgd> {
        let mut optimizer = Sgd::default();
        optimizer.add_group(params, options)?;
        ensure!(!optimizer.groups[0].params.is_empty(), Value, "sgd: optimizer got an empty parameter list");
        Ok(optimizer)
    }

    /// Add a group with options of its own.
    ///
    /// # Errors
    /// ValueError for a parameter that is the result of an operation or in a group already, a negative number among the
    /// options, and nesterov without momentum or with dampening.
    pub fn add_group(&mut self, params: impl IntoIterator<Item = Tensor>, options: SgdOptions) -> Result<()> {
        options.check()?;
        let params: Vec<Tensor> = params.into_iter().collect();
        for (i, param) in params.iter().enumerate() {
            ensure!(param.is_leaf() || param.retains_grad(), Value, "sgd: can't optimize a non-leaf Tensor");
            let known = self.groups.iter().flat_map(|group| &group.params).chain(&params[..i]);
            ensure!(
                known.into_iter().all(|other| !other.is_same(param)),
                Value,
                "sgd: some parameters appear more than once"
            );
        }
        let buffers = vec![None; params.len()];
        self.groups.push(SgdGroup { params, options, buffers });
        Ok(())
    }
}

impl Optimizer for Sgd {
    fn step(&mut self) -> Result<()> {
        for group in &mut self.groups {
            sgd_step(&group.params, &mut group.buffers, &group.options)?;
        }
        Ok(())
    }

    fn zero_grad(&mut self) -> Result<()> {
        self.groups.iter().try_for_each(|group| zero_grad(&group.params, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_with_gaps_in_memory_is_stepped_in_place() -> Result<()> {
        let whole = Tensor::from([[1.0, 10.0], [2.0, 20.0]]);
        let column = whole.alias(whole.layout().select(1, 0)).detach().requires_grad_(true)?;
        column.set_grad(Some(Tensor::from([1.0, -1.0])))?;
        sgd_step(&[column], &mut [], &SgdOptions { lr: 0.5, ..Default::default() })?;
        assert_eq!(whole.to_vec::<f64>()?, [0.5, 10.0, 2.5, 20.0]);
        Ok(())
    }

    #[test]
    fn a_gradient_in_the_parameters_own_memory_is_read_first() -> Result<()> {
        let x = Tensor::from([[1.0, 2.0], [3.0, 4.0]]).requires_grad_(true)?;
        x.set_grad(Some(x.detach().transpose(0, 1)?))?;
        sgd_step(std::slice::from_ref(&x), &mut [], &SgdOptions { lr: 1.0, ..Default::default() })?;
        assert_eq!(x.to_vec::<f64>()?, [0.0, -1.0, 1.0, 0.0]);
        Ok(())
    }
}
