//! How a row of the pointwise table becomes an operation.
//!
//! A formula is text, generic over the kind of number: compiled for `f32`, `f64` and (where integers make sense) `i64`
//! into loops, and for tensors into a builder of graphs. An operation ([`Pointwise`]) has one formula for its value and one
//! per input for the derivative; by naming the gradient `g`, the result `y` or an input, a derivative says what it needs.

use std::num::Wrapping;

use smallvec::SmallVec;
use synapgrad_kernels::dtype::{Category, ComputeType};
use synapgrad_kernels::fused::map_sum;
use synapgrad_kernels::pointwise::{Loop, map_over};
use synapgrad_kernels::{Bool, Compute, DType, Dst, Element, Scalar, Src, with_element};

use super::create::room;
pub(super) use super::operand::result_layout;
pub use super::operand::{Operand, result_type};
use super::operand::{stretched, with_destination, with_sources};
use super::term::{Arena, Term};
use crate::autograd::{Cx, Grads, Save, record, tracking};
use crate::error::{bail, ensure, go_on};
use crate::{Result, Tensor, default_dtype};

/// Which dtypes an operation takes, and which it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub enum Domain {
    /// Any dtype, to the same.
    any,
    /// Any but bool, to the same.
    number,
    /// Any dtype, to the same; bool counts as int64.
    count,
    /// Any dtype; integers become floats first.
    float,
    /// Floats only, to the same.
    real,
    /// Integers and bool, to the same.
    integer,
    /// Integers only, to the same.
    whole,
    /// Any dtype, to bool.
    test,
}

/// A formula compiled for one type of number, by its number of arguments; perhaps once more to work in place.
#[derive(Clone, Copy)]
pub enum Kernel<T: Compute> {
    One(Loop<T, 1>, Option<Loop<T, 1>>),
    Two(Loop<T, 2>, Option<Loop<T, 2>>),
    Three(Loop<T, 3>, Option<Loop<T, 3>>),
    Four(Loop<T, 4>, Option<Loop<T, 4>>),
}

/// A formula compiled for all of them.
#[derive(Clone, Copy)]
pub struct Formula {
    pub f32: Option<Kernel<f32>>,
    pub f64: Option<Kernel<f64>>,
    pub i64: Option<Kernel<i64>>,
    /// Of masks, which otherwise are computed as integers.
    pub bool: Option<Kernel<Bool>>,
    pub(crate) term: Option<for<'t> fn(&[Term<'t>]) -> Term<'t>>,
}

/// What a derivative reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// `g`, the gradient of the result.
    Gradient,
    /// `y`, the result.
    Output,
    /// An operand.
    Input(usize),
}

impl Reads {
    /// What is meant, given the gradient and the operands of an operation whose derivatives don't read its result.
    pub(super) fn among<'a>(self, gradient: Operand<'a>, operands: &[Operand<'a>]) -> Operand<'a> {
        match self {
            Reads::Input(i) => operands[i],
            Reads::Gradient => gradient,
            Reads::Output => unreachable!("a loss of elements is not kept"),
        }
    }
}

/// The derivative by one input.
pub enum Slope {
    /// The gradient passes unchanged.
    Same,
    /// Zero everywhere it exists.
    Zero,
    /// PyTorch has none: to ask for it is an error.
    Missing,
    Formula {
        reads: &'static [Reads],
        formula: Formula,
    },
}

/// See [`Pointwise::choose`].
pub type Choose = fn(&'static Pointwise, &[Operand]) -> Result<&'static Pointwise>;

/// A row of the table.
pub struct Pointwise {
    pub name: &'static str,
    /// What its node in the graph is called; see `record`.
    pub node: &'static str,
    pub domain: Domain,
    /// Checks beyond those of the domain; may choose another row to do the work, of the same or fewer operands.
    pub choose: Option<Choose>,
    /// How many operands there are: inputs and parameters.
    pub operands: usize,
    /// How many operands are inputs, tensors or numbers; those after them are parameters, always numbers.
    pub inputs: usize,
    pub value: Formula,
    /// One per input, in order; empty where the result has no derivative.
    pub slopes: &'static [Slope],
}

impl Domain {
    fn wanted(self) -> &'static str {
        match self {
            Domain::any | Domain::count | Domain::float | Domain::test => "any",
            Domain::number => {
                "integers or floats; for masks there are logical_not, logical_xor and the bitwise operations"
            }
            Domain::real => "floats",
            Domain::integer => "integers or bool",
            Domain::whole => "integers",
        }
    }
}

impl<T: Compute> Kernel<T> {
    fn run(self, ins: &[Src], out: Dst) {
        match self {
            Kernel::One(f, over) => map_over(f, over, [ins[0]], out),
            Kernel::Two(f, over) => map_over(f, over, [ins[0], ins[1]], out),
            Kernel::Three(f, over) => map_over(f, over, [ins[0], ins[1], ins[2]], out),
            Kernel::Four(f, over) => map_over(f, over, [ins[0], ins[1], ins[2], ins[3]], out),
        }
    }

    /// This formula, which in place is `other`.
    const fn over(self, other: Kernel<T>) -> Kernel<T> {
        match (self, other) {
            (Kernel::One(f, _), Kernel::One(over, _)) => Kernel::One(f, Some(over)),
            (Kernel::Two(f, _), Kernel::Two(over, _)) => Kernel::Two(f, Some(over)),
            (Kernel::Three(f, _), Kernel::Three(over, _)) => Kernel::Three(f, Some(over)),
            (Kernel::Four(f, _), Kernel::Four(over, _)) => Kernel::Four(f, Some(over)),
            _ => panic!("a formula has as many arguments in place"),
        }
    }

    fn sum(self, ins: &[Src], shape: &[usize]) -> f64 {
        match self {
            Kernel::One(f, _) => map_sum(f, [ins[0]], shape),
            Kernel::Two(f, _) => map_sum(f, [ins[0], ins[1]], shape),
            Kernel::Three(f, _) => map_sum(f, [ins[0], ins[1], ins[2]], shape),
            Kernel::Four(f, _) => map_sum(f, [ins[0], ins[1], ins[2], ins[3]], shape),
        }
    }
}

impl Formula {
    /// This formula with loops of their own for f32 in place, for f32 where most numbers are easy, and for masks.
    pub const fn with(
        mut self,
        over: Option<Kernel<f32>>,
        quick: Option<Kernel<f32>>,
        bool: Option<Kernel<Bool>>,
    ) -> Formula {
        self.f32 = match (self.f32, over, quick) {
            (_, _, Some(quick)) => Some(quick),
            (Some(kernel), Some(over), _) => Some(kernel.over(over)),
            (kernel, ..) => kernel,
        };
        self.bool = bool;
        self
    }

    fn run(&self, compute: DType, ins: &[Src], out: Dst) {
        if let (DType::Bool, Some(kernel)) = (compute, self.bool) {
            return kernel.run(ins, out);
        }
        match (compute.compute(), self.f32, self.f64, self.i64) {
            (ComputeType::F32, Some(kernel), ..) => kernel.run(ins, out),
            (ComputeType::F64, _, Some(kernel), _) => kernel.run(ins, out),
            (ComputeType::I64, .., Some(kernel)) => kernel.run(ins, out),
            _ => unreachable!("the domain was checked"),
        }
    }

    /// The sum of the formula's values over `operands` broadcast to `shape`, computed in `compute`'s type.
    pub(super) fn sum(&self, operands: &[Operand], shape: &[usize], compute: DType) -> f64 {
        let operands = padded(operands, compute);
        with_sources(&operands, &stretched(&operands, shape), |ins| match (compute.compute(), self.f32, self.f64) {
            (ComputeType::F32, Some(kernel), _) => kernel.sum(&ins, shape),
            (ComputeType::F64, _, Some(kernel)) => kernel.sum(&ins, shape),
            _ => unreachable!("the domain was checked"),
        })
    }

    /// The formula's value over `operands`, computed in `compute`'s type.
    pub(super) fn evaluate(&self, name: &str, operands: &[Operand], compute: DType, dtype: DType) -> Result<Tensor> {
        let layout = result_layout(name, operands)?;
        let mut out = room(&layout.shape, dtype).map_err(|error| error.within(name))?;
        let operands = padded(operands, compute);
        with_sources(&operands, &stretched(&operands, &layout.shape), |ins| {
            self.run(compute, &ins, Dst { data: &mut out, dtype, layout: &layout });
        });
        go_on()?;
        Ok(Tensor::from_buffer(out, layout, dtype))
    }
}

/// The most operands that a formula has.
pub(super) const MOST: usize = 4;

/// The operands as an array, whose fixed size spares an allocation; unused places hold a number that is not read.
///
/// Numbers and tensors without dimensions may be of a wider integer type than is computed in, and are cut to it.
pub(super) fn padded<'a>(operands: &[Operand<'a>], compute: DType) -> [Operand<'a>; MOST] {
    let narrow = compute.category() == Category::Int && compute != DType::I64;
    let cut = |number: Scalar| with_element!(compute, T => T::from_scalar(number).to_scalar());
    std::array::from_fn(|i| match operands.get(i) {
        Some(Operand::Number(number)) if narrow => Operand::Number(cut(*number)),
        Some(Operand::Tensor(t)) if narrow && t.rank() == 0 && t.dtype() != compute => {
            Operand::Number(cut(t.scalar_at(t.layout().offset)))
        }
        Some(operand) => *operand,
        None => Operand::Number(Scalar::Int(0)),
    })
}

impl Pointwise {
    /// The dtype to compute in and that of the result.
    #[inline]
    fn dtypes(&self, operands: &[Operand]) -> Result<(DType, DType)> {
        let common = result_type(&operands[..self.inputs]);
        let allowed = match (self.domain, common.category()) {
            (Domain::any | Domain::count | Domain::float | Domain::test, _) => true,
            (Domain::number, category) => category != Category::Bool,
            (Domain::real, category) => category == Category::Float,
            (Domain::integer, category) => category != Category::Float,
            (Domain::whole, category) => category == Category::Int,
        };
        ensure!(
            allowed,
            NotImplemented,
            "{}: not implemented for {} tensors; wanted {}",
            self.name,
            common.name(),
            self.domain.wanted()
        );
        Ok(match self.domain {
            Domain::float if !common.is_float() => (default_dtype(), default_dtype()),
            Domain::count if common == DType::Bool => (DType::I64, DType::I64),
            Domain::test => (common, DType::Bool),
            _ => (common, common),
        })
    }

    /// The operation's value on `operands`, recorded.
    pub fn apply(&'static self, operands: &[Operand]) -> Result<Tensor> {
        let row = self.chosen(operands)?;
        let operands = &operands[..row.operands];
        let (compute, dtype) = row.dtypes(operands)?;
        let output = row.value.evaluate(row.name, operands, compute, dtype)?;
        row.record(operands, output)
    }

    #[inline]
    fn chosen(&'static self, operands: &[Operand]) -> Result<&'static Pointwise> {
        match self.choose {
            Some(choose) => choose(self, operands),
            None => Ok(self),
        }
    }

    fn record(&'static self, operands: &[Operand], output: Tensor) -> Result<Tensor> {
        let inputs: SmallVec<[&Tensor; 3]> = operands[..self.slopes.len()].iter().filter_map(|o| o.tensor()).collect();
        if self.slopes.is_empty() || !tracking(&inputs) {
            return Ok(output);
        }
        // What any derivative that will be asked for reads, each once.
        let needed = |operand: &Operand| operand.tensor().is_some_and(Tensor::requires_grad);
        let mut saves: SmallVec<[Save; 3]> = SmallVec::new();
        let mut kept: SmallVec<[Reads; 3]> = SmallVec::new();
        for (slope, _) in self.slopes.iter().zip(operands).filter(|(_, operand)| needed(operand)) {
            let Slope::Formula { reads, .. } = slope else { continue };
            for &read in reads.iter().filter(|r| **r != Reads::Gradient) {
                let save = match read {
                    Reads::Input(i) => operands[i].tensor().map(Save::Input),
                    _ => Some(Save::Output(0)),
                };
                if let Some(save) = save.filter(|_| !kept.contains(&read)) {
                    saves.push(save);
                    kept.push(read);
                }
            }
        }
        let numbers = std::array::from_fn(|i| match operands.get(i) {
            Some(Operand::Tensor(_)) => None,
            Some(Operand::Number(number)) => Some(*number),
            None => Some(Scalar::Int(0)),
        });
        let rule = move |cx: &Cx| self.derive(cx, &kept, &numbers);
        Ok(record(self.node, &inputs, output, &saves, rule))
    }

    /// The gradients of the operands that are tensors. `kept` says what each saved tensor is; `numbers` holds the operands
    /// that were numbers.
    fn derive(&self, cx: &Cx, kept: &[Reads], numbers: &[Option<Scalar>; MOST]) -> Result<Grads> {
        let saved = cx.saved_all()?;
        let look_up = |read: &Reads| match *read {
            Reads::Gradient => Operand::Tensor(cx.g),
            Reads::Input(i) if numbers[i].is_some() => Operand::Number(numbers[i].unwrap_or(Scalar::Int(0))),
            read => match kept.iter().position(|k| *k == read) {
                Some(place) => Operand::Tensor(&saved[place]),
                None => unreachable!("{} reads only what it saved", self.name),
            },
        };
        let mut grads = Grads::new();
        for (slope, _) in self.slopes.iter().zip(numbers).filter(|(_, number)| number.is_none()) {
            if !cx.needs(grads.len()) {
                grads.push(None);
                continue;
            }
            grads.push(Some(match slope {
                Slope::Same => cx.g.clone(),
                Slope::Zero => Tensor::zeros(cx.shape(grads.len()), cx.g.dtype())?,
                Slope::Missing => bail!(Runtime, "derivative for {} is not implemented", self.name),
                Slope::Formula { reads, formula } => {
                    let operands: SmallVec<[Operand; MOST]> = reads.iter().map(look_up).collect();
                    match formula.term {
                        Some(term) if cx.create_graph() => Arena::run(&operands, term)?,
                        _ => formula.evaluate(self.name, &operands, cx.g.dtype(), cx.g.dtype())?,
                    }
                }
            }));
        }
        Ok(grads)
    }

    /// The operation's value, left in `target`, its first operand.
    pub fn apply_in_place<'t>(&'static self, target: &'t Tensor, others: &[Operand]) -> Result<&'t Tensor> {
        let mut operands: SmallVec<[Operand; MOST]> = SmallVec::new();
        operands.push(target.into());
        operands.extend_from_slice(others);
        let row = self.chosen(&operands)?;
        operands.truncate(row.operands);
        row.write_over(target, operands)
    }

    fn write_over<'t>(&'static self, target: &'t Tensor, operands: SmallVec<[Operand; MOST]>) -> Result<&'t Tensor> {
        let (compute, dtype) = self.dtypes(&operands)?;
        check_in_place(self.name, target, dtype, &result_layout(self.name, &operands)?.shape)?;
        let inputs: SmallVec<[&Tensor; 3]> = operands.iter().filter_map(|o| o.tensor()).collect();
        if tracking(&inputs) {
            // The target may stand among the other operands, too.
            return target.replace_by(self.name, |old| {
                let is_target = |o: &Operand| o.tensor().is_some_and(|t| t.is_same(target));
                let operands: SmallVec<[Operand; MOST]> =
                    operands.iter().map(|o| if is_target(o) { old.into() } else { *o }).collect();
                let value = self.apply(&operands)?;
                if self.slopes.is_empty() {
                    // Truth has no derivative: nothing flows back to what stood here.
                    let value = value.to_dtype(target.dtype())?;
                    return Ok(record(self.node, &[old], value, &[], |_| Ok(smallvec::smallvec![None])));
                }
                Ok(value)
            });
        }
        target.may_change(self.name)?;
        let apart: SmallVec<[Option<Tensor>; MOST]> =
            operands.iter().map(|o| o.tensor().map(|t| t.clear_of(target)).transpose()).collect::<Result<_>>()?;
        let operands: SmallVec<[Operand; MOST]> =
            operands.iter().zip(&apart).map(|(o, apart)| apart.as_ref().map_or(*o, Operand::Tensor)).collect();
        let operands = padded(&operands, compute);
        with_destination(target, &operands, &stretched(&operands, target.shape()), |ins, out| {
            self.value.run(compute, &ins, out);
        });
        target.storage().bump_version();
        go_on()?;
        Ok(target)
    }
}

/// # Errors
/// Where a result of `dtype` and `shape` cannot be left in `target`.
pub(crate) fn check_in_place(name: &str, target: &Tensor, dtype: DType, shape: &[usize]) -> Result<()> {
    if shape != target.shape() {
        bail!(Runtime, "{name}_: output with shape {:?} doesn't match the broadcast shape {shape:?}", target.shape());
    }
    ensure!(
        dtype.category() <= target.dtype().category(),
        Runtime,
        "{name}_: result type {} can't be cast to the desired output type {}",
        dtype.title(),
        target.dtype().title()
    );
    Ok(())
}

/// Needed by the macros below: integers compute in wrapping arithmetic.
pub type Int = Wrapping<i64>;

/// `formula!(domain |x, y| body)`: compile a formula for every type of number that the domain has;
/// `formula!(domain |x, y| body, int body)` where it is another one for integers; `formula!(slope |x, y| body)`: for tensors
/// too.
macro_rules! formula {
    ($domain:ident |$($v:ident),+| $body:expr, int $int:expr) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn f<T: synapgrad_kernels::Float>($($v: T),+) -> T { $body }
        #[inline(always)]
        #[allow(unused_variables)]
        fn int($($v: i64),+) -> i64 { $int }
        formula!(@compiled f, Some(formula!(@kernel int; |$($v),+|)), None, |$($v),+|)
    }};
    (float $($rest:tt)*) => { formula!(@float $($rest)*) };
    (real $($rest:tt)*) => { formula!(@float $($rest)*) };
    (any $($rest:tt)*) => { formula!(@ring $($rest)*) };
    (number $($rest:tt)*) => { formula!(@ring $($rest)*) };
    (count $($rest:tt)*) => { formula!(@ring $($rest)*) };
    (test $($rest:tt)*) => { formula!(@ring $($rest)*) };
    (integer $($rest:tt)*) => { formula!(@whole $($rest)*) };
    (whole $($rest:tt)*) => { formula!(@whole $($rest)*) };
    (slope |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn f<T: synapgrad_kernels::Real>($($v: T),+) -> T { $body }
        formula!(@compiled f, None, formula!(@term f; |$($v),+|), |$($v),+|)
    }};
    (@float |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn f<T: synapgrad_kernels::Float>($($v: T),+) -> T { $body }
        formula!(@compiled f, None, None, |$($v),+|)
    }};
    (@ring |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn f<T: synapgrad_kernels::Ring>($($v: T),+) -> T { $body }
        #[inline(always)]
        fn int($($v: i64),+) -> i64 { f($($crate::ops::formula::Int::from(std::num::Wrapping($v))),+).0 }
        formula!(@compiled f, Some(formula!(@kernel int; |$($v),+|)), None, |$($v),+|)
    }};
    // In place, where copying what stands there takes longer than the formula does.
    (@over float $($rest:tt)*) => { None };
    (@over test $($rest:tt)*) => { None };
    (@over integer $($rest:tt)*) => { None };
    (@over whole $($rest:tt)*) => { None };
    (@over $domain:ident |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        #[allow(unused_variables)]
        fn f<T: synapgrad_kernels::Float>($($v: T),+) -> T { $body }
        Some(formula!(@kernel f::<f32>; over |$($v),+|))
    }};
    (@quick |$a:ident| $body:expr, $easy:expr => $quick:expr) => {{
        #[inline(always)]
        fn f<T: synapgrad_kernels::Float>($a: T) -> T { $body }
        const QUICK: synapgrad_kernels::pointwise::Loop<f32, 1> =
            synapgrad_kernels::pointwise_loop!(|$a| f($a), where $easy => $quick);
        Some($crate::ops::formula::Kernel::One(QUICK, None))
    }};
    (@quick |$a:ident, $b:ident| $body:expr, $easy:expr => $quick:expr) => {{
        #[inline(always)]
        fn f<T: synapgrad_kernels::Float>($a: T, $b: T) -> T { $body }
        const QUICK: synapgrad_kernels::pointwise::Loop<f32, 2> =
            synapgrad_kernels::pointwise_loop!(|$a, $b| f($a, $b), where $easy => $quick);
        Some($crate::ops::formula::Kernel::Two(QUICK, None))
    }};
    (@bool |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        fn f($($v: synapgrad_kernels::Bool),+) -> synapgrad_kernels::Bool { $body }
        Some(formula!(@kernel f; |$($v),+|))
    }};
    (@whole |$($v:ident),+| $body:expr) => {{
        #[inline(always)]
        fn f($($v: i64),+) -> i64 { $body }
        $crate::ops::formula::Formula { f32: None, f64: None, i64: Some(formula!(@kernel f; |$($v),+|)), bool: None, term: None }
    }};
    (@compiled $f:ident, $int:expr, $term:expr, |$($v:ident),+|) => {
        $crate::ops::formula::Formula {
            f32: Some(formula!(@kernel $f::<f32>; |$($v),+|)),
            f64: Some(formula!(@kernel $f::<f64>; |$($v),+|)),
            i64: $int,
            bool: None,
            term: $term,
        }
    };
    (@kernel $f:expr; $($over:ident)? |$a:ident|) => {
        $crate::ops::formula::Kernel::One(synapgrad_kernels::pointwise_loop!($($over)? |$a| $f($a)), None)
    };
    (@kernel $f:expr; $($over:ident)? |$a:ident, $b:ident|) => {
        $crate::ops::formula::Kernel::Two(synapgrad_kernels::pointwise_loop!($($over)? |$a, $b| $f($a, $b)), None)
    };
    (@kernel $f:expr; $($over:ident)? |$a:ident, $b:ident, $c:ident|) => {
        $crate::ops::formula::Kernel::Three(synapgrad_kernels::pointwise_loop!($($over)? |$a, $b, $c| $f($a, $b, $c)), None)
    };
    (@kernel $f:expr; $($over:ident)? |$a:ident, $b:ident, $c:ident, $d:ident|) => {
        $crate::ops::formula::Kernel::Four(synapgrad_kernels::pointwise_loop!($($over)? |$a, $b, $c, $d| $f($a, $b, $c, $d)), None)
    };
    (@term $f:ident; |$a:ident|) => { Some(|t| $f(t[0])) };
    (@term $f:ident; |$a:ident, $b:ident|) => { Some(|t| $f(t[0], t[1])) };
    (@term $f:ident; |$a:ident, $b:ident, $c:ident|) => { Some(|t| $f(t[0], t[1], t[2])) };
    (@term $f:ident; |$a:ident, $b:ident, $c:ident, $d:ident|) => { Some(|t| $f(t[0], t[1], t[2], t[3])) };
}

/// The names of an operation and of its node, for a row `name = "called"`.
pub const fn names(name: &'static str, called: &'static str) -> (&'static str, &'static str) {
    if called.as_bytes()[0].is_ascii_uppercase() { (name, called) } else { (called, called) }
}

/// What a name in a derivative stands for, given the names of the operands.
pub const fn reads(name: &str, operands: &[&str]) -> Reads {
    const fn same(a: &str, b: &str) -> bool {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let mut i = 0;
        while i < a.len() && i < b.len() && a[i] == b[i] {
            i += 1;
        }
        a.len() == b.len() && i == a.len()
    }
    if same(name, "g") {
        return Reads::Gradient;
    }
    if same(name, "y") {
        return Reads::Output;
    }
    let mut i = 0;
    while i < operands.len() {
        if same(name, operands[i]) {
            return Reads::Input(i);
        }
        i += 1;
    }
    panic!("a derivative may read g, y and the operands")
}

/// The derivative by one input: `same`, `zero`, `missing`, or `|g, x| formula`.
macro_rules! slope {
    ($operands:expr; same) => { $crate::ops::formula::Slope::Same };
    ($operands:expr; zero) => { $crate::ops::formula::Slope::Zero };
    ($operands:expr; missing) => { $crate::ops::formula::Slope::Missing };
    ($operands:expr; |$($v:ident),+| $body:expr) => {
        $crate::ops::formula::Slope::Formula {
            reads: &[$($crate::ops::formula::reads(stringify!($v), $operands)),+],
            formula: formula!(slope |$($v),+| $body),
        }
    };
}

/// Rows of the pointwise table:
///
/// ```text
/// /// Documentation, with the maths.
/// name / name_in_place (domain) |inputs; parameters| value, grad(derivative by the first input), …;
/// ```
///
/// Each becomes an operation in the module `table` and methods of [`Tensor`]. Inputs are tensors or numbers and broadcast;
/// parameters are numbers. After the value may stand `int(value for integers)`, `bool(value for masks)`,
/// `quick(whether numbers are easy => value of easy numbers)` for f32, and `by(function)`, a [`Choose`]. A row that
/// is only one way to compute another operation is `name = "that operation"`; a row whose node in the graph PyTorch names in
/// its own way is `name = "ThatBackward0"`.
macro_rules! pointwise {
    (@in_place $name:ident [] $inputs:tt $parameters:tt) => {};
    (@in_place $name:ident [$in_place:ident] [$($input:ident)*] [$($p:ident)*]) => {
        #[doc = concat!("[`", stringify!($name), "`](Tensor::", stringify!($name), "), left in this tensor.")]
        #[allow(clippy::needless_lifetimes)]
        pub fn $in_place<'a>(
            &'a self $(, $input: impl Into<Operand<'a>>)* $(, $p: impl Into<Scalar>)*
        ) -> Result<&'a Tensor> {
            table::$name.apply_in_place(self, &[$($input.into(),)* $($p.into().into()),*])
        }
    };
    ($($(#[$doc:meta])* $name:ident $(= $called:literal)? $(/ $in_place:ident)? ($domain:ident)
        |$x:ident $(, $input:ident)* $(; $($p:ident),+)?| $value:expr
        $(, int($int:expr))? $(, bool($bool:expr))? $(, quick($easy:expr => $quick:expr))? $(, by($choose:expr))? $(, grad($($slope:tt)+))*;)*) => {
        rows! { table
            $($name $(= $called)? $(/ $in_place)? ($domain) |$x $(, $input)* $(; $($p),+)?| $value
                $(, int($int))? $(, bool($bool))? $(, quick($easy => $quick))? $(, by($choose))? $(, grad($($slope)+))*;)*
        }
        impl Tensor {
            $(
                $(#[$doc])*
                // Without inputs besides the tensor itself the lifetime could be elided; the macro does not look.
                #[allow(clippy::needless_lifetimes)]
                pub fn $name<'a>(
                    &'a self $(, $input: impl Into<Operand<'a>>)* $($(, $p: impl Into<Scalar>)+)?
                ) -> Result<Tensor> {
                    table::$name.apply(&[self.into() $(, $input.into())* $($(, $p.into().into())+)?])
                }
                pointwise!(@in_place $name [$($in_place)?] [$($input)*] [$($($p)+)?]);
            )*
        }
    };
}

/// The module of a table, without methods: see [`pointwise!`].
macro_rules! rows {
    (@names $name:ident) => { (stringify!($name), stringify!($name)) };
    (@names $name:ident $called:literal) => { $crate::ops::formula::names(stringify!($name), $called) };
    (@choose) => { None };
    (@choose $choose:expr) => { Some($choose) };
    (@over []; $($rest:tt)*) => { None };
    (@over [$in_place:ident]; $($rest:tt)*) => { formula!(@over $($rest)*) };
    (@quick $($v:ident),+; $value:expr;) => { None };
    (@quick $($v:ident),+; $value:expr; $easy:expr => $quick:expr) => {
        formula!(@quick |$($v),+| $value, $easy => $quick)
    };
    (@bool |$($v:ident),+|) => { None };
    (@bool |$($v:ident),+| $bool:expr) => { formula!(@bool |$($v),+| $bool) };
    ($module:ident $($name:ident $(= $called:literal)? $(/ $in_place:ident)? ($domain:ident)
        |$x:ident $(, $input:ident)* $(; $($p:ident),+)?| $value:expr
        $(, int($int:expr))? $(, bool($bool:expr))? $(, quick($easy:expr => $quick:expr))? $(, by($choose:expr))? $(, grad($($slope:tt)+))*;)*) => {
        /// The operations of this family.
        #[allow(non_upper_case_globals)]
        pub mod $module {
            use super::*;
            use $crate::ops::formula::{Domain, Pointwise};
            $(pub static $name: Pointwise = {
                const OPERANDS: &[&str] = &[stringify!($x), $(stringify!($input),)* $($(stringify!($p)),+)?];
                Pointwise {
                    name: rows!(@names $name $($called)?).0,
                    node: rows!(@names $name $($called)?).1,
                    domain: Domain::$domain,
                    choose: rows!(@choose $($choose)?),
                    operands: OPERANDS.len(),
                    inputs: OPERANDS.len() - { const P: &[&str] = &[$($(stringify!($p)),+)?]; P.len() },
                    value: formula!($domain |$x $(, $input)* $($(, $p)+)?| $value $(, int $int)?).with(
                        rows!(@over [$($in_place)?]; $domain |$x $(, $input)* $($(, $p)+)?| $value),
                        rows!(@quick $x $(, $input)* $($(, $p)+)?; $value; $($easy => $quick)?),
                        rows!(@bool |$x $(, $input)* $($(, $p)+)?| $($bool)?),
                    ),
                    slopes: &[$(slope!(OPERANDS; $($slope)+)),*],
                }
            };)*
            /// All of them.
            pub static ALL: &[&Pointwise] = &[$(&$name),*];
        }
    };
}
pub(crate) use {formula, pointwise, rows, slope};
