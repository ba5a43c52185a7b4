//! L-BFGS: Newton's method with a Hessian guessed from the last gradients.

use std::collections::VecDeque;

use super::rule::{check_params, not_negative};
use super::zero_grad;
use crate::autograd::{enable_grad, no_grad};
use crate::error::ensure;
use crate::{Result, Tensor};

/// How the length of a step is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSearch {
    /// Where the loss has fallen enough and its slope has become flat enough (Wolfe's conditions, the strong form).
    StrongWolfe,
}

/// Options of [`Lbfgs`], with PyTorch's names and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LbfgsOptions {
    /// The length of a step, or where a line search starts.
    pub lr: f64,
    /// Iterations in a step.
    pub max_iter: usize,
    /// Evaluations of the loss in a step; by default 5/4 of `max_iter`.
    pub max_eval: Option<usize>,
    /// Done where no element of the gradient is greater.
    pub tolerance_grad: f64,
    /// Done where neither parameters nor loss change by more.
    pub tolerance_change: f64,
    /// The number of past steps that the Hessian is guessed from.
    pub history_size: usize,
    /// Without one, every step has the length lr.
    pub line_search_fn: Option<LineSearch>,
    /// Go uphill.
    pub maximize: bool,
}

impl Default for LbfgsOptions {
    fn default() -> LbfgsOptions {
        LbfgsOptions {
            lr: 1.0,
            max_iter: 20,
            max_eval: None,
            tolerance_grad: 1e-7,
            tolerance_change: 1e-9,
            history_size: 100,
            line_search_fn: None,
            maximize: false,
        }
    }
}

impl LbfgsOptions {
    /// # Errors
    /// ValueError for a negative learning rate.
    pub fn check(&self) -> Result<()> {
        not_negative("lbfgs", &[("learning rate", self.lr)])
    }
}

/// What L-BFGS remembers from step to step. Vectors are the parameters' elements in a row.
#[derive(Clone, Default)]
pub struct LbfgsMemory {
    /// Evaluations of the loss so far.
    pub func_evals: usize,
    /// Iterations so far.
    pub n_iter: usize,
    /// What is known since the first iteration.
    pub last: Option<Last>,
}

/// Per past step: how the gradient changed (y), how the parameters did (s), and 1/(y·s).
pub type History = VecDeque<(Tensor, Tensor, f64)>;

/// The last iteration of L-BFGS and its history.
#[derive(Clone)]
pub struct Last {
    /// The direction d.
    pub direction: Tensor,
    /// How far along it the parameters went.
    pub length: f64,
    /// The gradient that d was made from, and the loss there.
    pub gradient: Tensor,
    pub loss: f64,
    pub history: History,
    /// The guess that the others correct: a Hessian of this much times the identity, inverted.
    pub scale: f64,
}

/// One step: up to `max_iter` iterations of
///
/// ```text
/// d = −H·g                      H, the inverse Hessian, from past changes y of g and s of θ
/// θ ← θ + t·d                   t = lr, or found by the line search
/// ```
///
/// `closure` computes the loss and the gradients of `params` anew; it is called with recording on. A parameter without
/// a gradient counts as one with zeros. The loss before the step is returned.
///
/// # Errors
/// What `closure` fails with; the parameters are then where it was called, and `memory` is as before the step, but for the
/// counts.
pub fn lbfgs_step(
    options: &LbfgsOptions,
    params: &[Tensor],
    memory: &mut LbfgsMemory,
    closure: &mut dyn FnMut() -> Result<f64>,
) -> Result<f64> {
    let _mode = no_grad();
    let sign = if options.maximize { -1.0 } else { 1.0 };
    let mut loss_and_gradient = || -> Result<(f64, Tensor)> {
        let loss = {
            let _mode = enable_grad();
            closure()?
        };
        Ok((sign * loss, flat_gradient(params, sign)?))
    };
    let LbfgsOptions { max_iter, tolerance_grad, tolerance_change, .. } = *options;
    let max_eval = options.max_eval.unwrap_or(max_iter.saturating_mul(5) / 4);

    let (mut loss, mut g) = loss_and_gradient()?;
    let first_loss = sign * loss;
    memory.func_evals += 1;
    let mut evaluations = 1;
    if params.is_empty() || greatest(&g)? <= tolerance_grad {
        return Ok(first_loss);
    }

    let mut known = memory.last.clone();
    for iteration in 1..=max_iter {
        memory.n_iter += 1;
        let (direction, length, history, scale) = match known.take() {
            None => {
                let length = (1.0 / dot(&g.abs()?, None)?).min(1.0) * options.lr;
                (g.neg()?, length, VecDeque::new(), 1.0)
            }
            Some(last) => {
                let (history, scale) = learn(last, &g, options.history_size)?;
                (newton(&g, &history, scale)?, options.lr, history, scale)
            }
        };
        let slope = dot(&g, Some(&direction))?;
        let d = known.insert(Last { direction, length, gradient: g.clone(), loss, history, scale });
        if slope > -tolerance_change {
            break;
        }

        let mut more = 0;
        if options.line_search_fn.is_some() {
            let start: Vec<Tensor> = params.iter().map(|p| p.detach().copy()).collect::<Result<_>>()?;
            let mut along = |t: f64| -> Result<Point> {
                advance(params, &d.direction, t)?;
                let (loss, g) = loss_and_gradient()?;
                params.iter().zip(&start).try_for_each(|(p, old)| p.copy_(old).map(|_| ()))?;
                Ok(Point { t, loss, slope: dot(&g, Some(&d.direction))?, g })
            };
            let here = Point { t: 0.0, loss, slope, g };
            let budget = max_eval.saturating_sub(evaluations);
            let size = greatest(&d.direction)?;
            let (found, calls) = strong_wolfe(&mut along, here, d.length, size, tolerance_change, budget)?;
            (loss, g, d.length, more) = (found.loss, found.g, found.t, calls);
            advance(params, &d.direction, d.length)?;
        } else {
            advance(params, &d.direction, d.length)?;
            // After the last iteration nobody asks for the loss: the next step begins with it.
            if iteration < max_iter {
                (loss, g) = loss_and_gradient()?;
                more = 1;
            }
        }
        evaluations += more;
        memory.func_evals += more;

        let moved = d.length.abs() * greatest(&d.direction)?;
        let little = moved <= tolerance_change || (loss - d.loss).abs() < tolerance_change;
        if evaluations >= max_eval || greatest(&g)? <= tolerance_grad || little {
            break;
        }
    }
    memory.last = known;
    Ok(first_loss)
}

/// The history with the last step in it, and the scale.
fn learn(last: Last, g: &Tensor, most: usize) -> Result<(History, f64)> {
    let Last { direction, length, gradient, mut history, mut scale, .. } = last;
    let y = g.sub(&gradient)?;
    let s = direction.mul(length)?;
    let ys = dot(&y, Some(&s))?;
    // Where the slope did not grow along the step, the Hessian would not be positive.
    if ys > 1e-10 {
        if history.len() >= most {
            history.pop_front();
        }
        // As precise as the parameters, which is what a saved state holds.
        let kept = |number: f64| -> Result<f64> { Ok(Tensor::full(&[], number, y.dtype())?.item()?.to_f64()) };
        scale = kept(ys / dot(&y, Some(&y))?)?;
        if most > 0 {
            let rho = kept(1.0 / ys)?;
            history.push_back((y, s, rho));
        }
    }
    Ok((history, scale))
}

/// −H·g by the two loops over the history.
///
/// Jorge Nocedal, "Updating quasi-Newton matrices with limited storage", 1980.
fn newton(g: &Tensor, history: &History, scale: f64) -> Result<Tensor> {
    let q = g.neg()?;
    let mut along = Vec::with_capacity(history.len());
    for (y, s, rho) in history.iter().rev() {
        let a = dot(s, Some(&q))? * rho;
        q.add_scaled_(y, -a)?;
        along.push(a);
    }
    q.mul_(scale)?;
    for ((y, s, rho), a) in history.iter().zip(along.iter().rev()) {
        let b = dot(y, Some(&q))? * rho;
        q.add_scaled_(s, a - b)?;
    }
    Ok(q)
}

/// A place on the line of a search.
#[derive(Clone)]
struct Point {
    t: f64,
    loss: f64,
    g: Tensor,
    /// The derivative of the loss along the line.
    slope: f64,
}

/// From `start`, a point where the loss L has fallen by a part of what the slope promised, L(t) ≤ L(0) + 10⁻⁴·t·L'(0), and
/// the slope is flatter, |L'(t)| ≤ 0.9·|L'(0)|; and the number of evaluations. `size` is the greatest element of the
/// direction.
///
/// Jorge Nocedal and Stephen Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6: steps grow until an interval
/// surely holds such a point, which then shrinks around it.
fn strong_wolfe(
    along: &mut dyn FnMut(f64) -> Result<Point>,
    start: Point,
    length: f64,
    size: f64,
    tolerance: f64,
    budget: usize,
) -> Result<(Point, usize)> {
    let enough = |p: &Point| p.loss <= start.loss + 1e-4 * p.t * start.slope;
    let flat = |p: &Point| p.slope.abs() <= -0.9 * start.slope;

    let mut previous = start.clone();
    let mut new = along(length)?;
    let (mut calls, mut iterations) = (1, 0);
    // The two ends of the interval, in the order in which they were found.
    let mut ends = loop {
        if iterations >= budget {
            break [start.clone(), new];
        }
        if !enough(&new) || (iterations > 1 && new.loss >= previous.loss) {
            break [previous, new];
        }
        if flat(&new) {
            return Ok((new, calls));
        }
        if new.slope >= 0.0 {
            break [previous, new];
        }
        let bounds = (new.t + 0.01 * (new.t - previous.t), new.t * 10.0);
        let t = lowest_of_cubic(&previous, &new, bounds);
        previous = std::mem::replace(&mut new, along(t)?);
        calls += 1;
        iterations += 1;
    };

    let lower = |ends: &[Point; 2]| if ends[0].loss <= ends[1].loss { 0 } else { 1 };
    let mut low = lower(&ends);
    let mut stuck = false;
    while iterations < budget && (ends[1].t - ends[0].t).abs() * size >= tolerance {
        let (left, right) = (ends[0].t.min(ends[1].t), ends[0].t.max(ends[1].t));
        let mut t = lowest_of_cubic(&ends[0], &ends[1], (left, right));
        // Close to an end for the second time, or at it: go a tenth of the interval inwards.
        let margin = 0.1 * (right - left);
        let close = (right - t).min(t - left) < margin;
        let push = close && (stuck || t >= right || t <= left);
        if push {
            t = if (t - right).abs() < (t - left).abs() { right - margin } else { left + margin };
        }
        stuck = close && !push;

        let new = along(t)?;
        calls += 1;
        iterations += 1;
        if !enough(&new) || new.loss >= ends[low].loss {
            ends[1 - low] = new;
            low = lower(&ends);
            continue;
        }
        let done = flat(&new);
        if !done && new.slope * (ends[1 - low].t - ends[low].t) >= 0.0 {
            ends[1 - low] = ends[low].clone();
        }
        ends[low] = new;
        if done {
            break;
        }
    }
    let [first, second] = ends;
    Ok((if low == 0 { first } else { second }, calls))
}

/// Where the cubic with the losses and slopes of two points is lowest, within `bounds`; their middle where it has no
/// lowest point.
fn lowest_of_cubic(a: &Point, b: &Point, bounds: (f64, f64)) -> f64 {
    let (left, right) = if a.t <= b.t { (a, b) } else { (b, a) };
    let d = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.t - b.t);
    let square = d * d - a.slope * b.slope;
    // NaN, of infinite losses, goes to the middle, too.
    if square >= 0.0 {
        let root = square.sqrt();
        let way = (right.slope + root - d) / (right.slope - left.slope + 2.0 * root);
        (right.t - (right.t - left.t) * way).max(bounds.0).min(bounds.1)
    } else {
        (bounds.0 + bounds.1) / 2.0
    }
}

/// The gradients of all parameters in a row.
fn flat_gradient(params: &[Tensor], sign: f64) -> Result<Tensor> {
    let rows: Vec<Tensor> = params
        .iter()
        .map(|p| p.grad().map_or_else(|| p.zeros_like(), |g| Ok(g.detach()))?.flatten(0, -1))
        .collect::<Result<_>>()?;
    let flat = match rows.is_empty() {
        true => Tensor::zeros(&[0], crate::default_dtype())?,
        false => Tensor::cat(&rows.iter().collect::<Vec<_>>(), 0)?,
    };
    if sign < 0.0 { flat.neg() } else { Ok(flat) }
}

/// θ ← θ + t·d
fn advance(params: &[Tensor], direction: &Tensor, t: f64) -> Result<()> {
    let mut start = 0;
    for param in params {
        let part = direction.narrow(0, start as isize, param.numel())?.view(param.shape())?;
        param.add_scaled_(&part, t)?;
        start += param.numel();
    }
    Ok(())
}

/// a·b, or the sum of a.
fn dot(a: &Tensor, b: Option<&Tensor>) -> Result<f64> {
    Ok(b.map_or_else(|| a.sum(), |b| a.dot(b))?.item()?.to_f64())
}

/// The greatest element, regardless of sign; 0 where there is none.
fn greatest(x: &Tensor) -> Result<f64> {
    if x.numel() == 0 { Ok(0.0) } else { Ok(x.abs()?.max()?.item()?.to_f64()) }
}

/// L-BFGS over one group of parameters; see [`lbfgs_step`]. For smooth losses of few parameters and all data at once.
///
/// Dong Liu and Jorge Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
///
/// ```
/// use synapgrad::Tensor;
/// use synapgrad::optim::{Lbfgs, LbfgsOptions, LineSearch};
/// # fn main() -> synapgrad::Result<()> {
/// let x = Tensor::from([-1.0, 1.5]).requires_grad_(true)?;
/// let options = LbfgsOptions { line_search_fn: Some(LineSearch::StrongWolfe), ..Default::default() };
/// let mut optimizer = Lbfgs::new([x.clone()], options)?;
/// for _ in 0..5 {
///     optimizer.step(|| {
///         x.set_grad(None)?;
///         let (a, b) = (x.narrow(0, 0, 1)?, x.narrow(0, 1, 1)?);
///         let valley = &(&b - &(&a * &a)).square()? * 100.0; // Rosenbrock's, lowest at (1, 1)
///         let loss = (&(1.0 - &a).square()? + &valley).sum()?;
///         loss.backward()?;
///         Ok(loss.item()?.to_f64())
///     })?;
/// }
/// assert!(x.to_vec::<f64>()?.iter().all(|x| (x - 1.0).abs() < 1e-4));
/// # Ok(())
/// # }
/// ```
pub struct Lbfgs {
    pub params: Vec<Tensor>,
    pub options: LbfgsOptions,
    pub memory: LbfgsMemory,
}

impl Lbfgs {
    /// # Errors
    /// ValueError for no parameters, one that is the result of an operation or that appears twice, and a negative learning
    /// rate.
    pub fn new(params: impl IntoIterator<Item = Tensor>, options: LbfgsOptions) -> Result<Lbfgs> {
        options.check()?;
        let params: Vec<Tensor> = params.into_iter().collect();
        ensure!(!params.is_empty(), Value, "lbfgs: optimizer got an empty parameter list");
        check_params("lbfgs", &params, &[])?;
        Ok(Lbfgs { params, options, memory: LbfgsMemory::default() })
    }

    /// One step; see [`lbfgs_step`].
    pub fn step(&mut self, mut closure: impl FnMut() -> Result<f64>) -> Result<f64> {
        lbfgs_step(&self.options, &self.params, &mut self.memory, &mut closure)
    }

    /// Forget the gradients of all parameters.
    pub fn zero_grad(&mut self) -> Result<()> {
        zero_grad(&self.params, true)
    }
}
