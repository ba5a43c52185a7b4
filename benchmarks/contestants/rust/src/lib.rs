//! A contestant in Rust: what worker.py is for those in Python. Its doc comment has the questions and the answers.
//!
//! A program here is `main::<…>()` with a [`Contestant`]; its argument is the example.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;
use std::{env, fs};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde_json::{Value, json};

pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A library with the network of an example.
pub trait Contestant: Sized {
    /// The crate whose version is the library's.
    const CRATE: &str;
    type Loss;

    fn new(example: &str, problem: Problem) -> Result<Self>;

    /// Begin again with the initial parameters.
    fn reset(&mut self, dropout: bool) -> Result<()>;

    /// Train on batch `i`.
    fn step(&mut self, i: usize) -> Result<Self::Loss>;

    /// The number that a loss is.
    fn value(loss: Self::Loss) -> Result<f64>;
}

/// What the file of an example says: the initial parameters in the order in which the network has them, and the samples.
pub struct Problem {
    pub batches: Vec<Batch>,
    pub parameters: Vec<Array<f32>>,
}

/// Samples, and what the network should answer.
pub struct Batch {
    pub x: Array<f32>,
    pub y: Target,
}

pub enum Target {
    Numbers(Array<f32>),
    Classes(Array<i64>),
}

/// Numbers in row-major order.
#[derive(Clone)]
pub struct Array<T> {
    pub shape: Vec<usize>,
    pub values: Vec<T>,
}

impl<T: Clone> Array<T> {
    fn read<const N: usize>(tensor: &TensorView, number: fn([u8; N]) -> T) -> Array<T> {
        let values = tensor.data().as_chunks().0.iter().map(|&bytes| number(bytes)).collect();
        Array { shape: tensor.shape().to_vec(), values }
    }

    /// Cut along the first dimension into pieces of `length`, of which the last may be shorter.
    fn chunks(&self, length: usize) -> impl Iterator<Item = Array<T>> {
        let row: usize = self.shape[1..].iter().product();
        self.values.chunks(length * row).map(move |values| {
            let mut shape = self.shape.clone();
            shape[0] = values.len() / row;
            Array { shape, values: values.to_vec() }
        })
    }
}

impl Problem {
    fn read(path: &str) -> Result<Problem> {
        let bytes = fs::read(path)?;
        let (_, metadata) = SafeTensors::read_metadata(&bytes)?;
        let batch =
            metadata.metadata().as_ref().and_then(|texts| texts.get("batch")).ok_or("no batch size")?.parse()?;
        let file = SafeTensors::deserialize(&bytes)?;
        let (x, y) = (file.tensor("x")?, file.tensor("y")?);
        let targets: Vec<Target> = match y.dtype() {
            Dtype::F32 => Array::read(&y, f32::from_le_bytes).chunks(batch).map(Target::Numbers).collect(),
            Dtype::I64 => Array::read(&y, i64::from_le_bytes).chunks(batch).map(Target::Classes).collect(),
            other => return Err(format!("targets of type {other}").into()),
        };
        let samples = Array::read(&x, f32::from_le_bytes);
        let batches = samples.chunks(batch).zip(targets).map(|(x, y)| Batch { x, y }).collect();
        let parameters = (0..).map_while(|i| file.tensor(&format!("parameter{i}")).ok());
        let parameters = parameters.map(|tensor| Array::read(&tensor, f32::from_le_bytes)).collect();
        Ok(Problem { batches, parameters })
    }
}

/// Answer the questions on standard input.
pub fn main<C: Contestant>() -> Result<()> {
    let example = env::args().nth(1).ok_or("which example?")?;
    let mut worker: Option<Worker<C>> = None;
    for line in stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let answer = if let Some(path) = request["start"].as_str() {
            let problem = Problem::read(path)?;
            let batches = problem.batches.len();
            worker = Some(Worker { contestant: C::new(&example, problem)?, batches });
            json!({"version": version(C::CRATE)})
        } else {
            worker.as_mut().ok_or("the first question has to be \"start\"")?.answer(&request)?
        };
        println!("{answer}");
        stdout().flush()?;
    }
    Ok(())
}

struct Worker<C> {
    contestant: C,
    batches: usize,
}

impl<C: Contestant> Worker<C> {
    fn answer(&mut self, request: &Value) -> Result<Value> {
        let steps = |what: &str| request[what].as_u64().map(|steps| steps as usize);
        Ok(if let Some(steps) = steps("round") {
            self.contestant.reset(true)?;
            let start = Instant::now();
            self.train(steps)?;
            json!({"seconds": start.elapsed().as_secs_f64()})
        } else if let Some(steps) = steps("losses") {
            self.contestant.reset(false)?;
            let losses = (0..steps).map(|i| C::value(self.contestant.step(i % self.batches)?));
            json!({"losses": losses.collect::<Result<Vec<f64>>>()?})
        } else if let Some(steps) = steps("more") {
            self.train(steps)?;
            json!({"resident_mb": megabytes("VmRSS:")})
        } else {
            json!({"peak_mb": megabytes("VmHWM:")})
        })
    }

    fn train(&mut self, steps: usize) -> Result<()> {
        for i in 0..steps {
            self.contestant.step(i % self.batches)?;
        }
        Ok(())
    }
}

/// The version of a crate, which few libraries say themselves but the lock file does.
fn version(name: &str) -> Option<&'static str> {
    let (_, rest) = include_str!("../Cargo.lock").split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

/// What Linux counts of this process under that name, in 10⁶ bytes; other systems do not say.
fn megabytes(name: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes: f64 =
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
