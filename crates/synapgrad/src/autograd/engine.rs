//! Backward: from the youngest node to the oldest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use smallvec::SmallVec;

use super::mode::{GradMode, enable_grad, no_grad};
use super::node::{Edge, GradSlot, Hook, Input, Node, OutputInfo, Watchers, lock};
use super::record::Cx;
use crate::error::{bail, ensure, go_on};
use crate::{Error, ErrorKind, Result, Tensor};

/// Add the gradient of `tensors` with respect to every leaf they depend on to that leaf's `.grad`.
///
/// `gradients[i]` is the gradient of the final objective with respect to `tensors[i]`; `None` stands for 1 and needs a
/// tensor of one element. With `retain_graph` the graph can be walked again; with `create_graph` the walk itself is
/// recorded, so that gradients can be differentiated. With `inputs` only these accumulate.
///
/// # Errors
/// Where a tensor does not require a gradient, a gradient has another shape, or the graph was freed by an earlier
/// backward.
pub fn backward(
    tensors: &[Tensor],
    gradients: &[Option<Tensor>],
    retain_graph: bool,
    create_graph: bool,
    inputs: Option<&[Tensor]>,
) -> Result<()> {
    if let Some(inputs) = inputs {
        ensure!(!inputs.is_empty(), Runtime, "backward: `inputs` cannot be empty");
        // A result among them keeps its gradient as it does after `retain_grad`.
        inputs.iter().filter(|input| input.requires_grad()).for_each(Tensor::retain_grad_slot);
    }
    let wanted = inputs.map(|inputs| Wanted::new("backward", inputs)).transpose()?;
    let roots = roots("backward", tensors, gradients, create_graph)?;
    Walk { retain_graph, create_graph, wanted: wanted.as_ref(), found: None }.run(roots)?;
    Ok(())
}

/// The gradients of `outputs` with respect to `inputs`, which may be leaves or results; nothing accumulates.
///
/// # Errors
/// As [`backward`], and where an input does not require a gradient or, unless `allow_unused`, does not influence the
/// outputs.
pub fn grad(
    outputs: &[Tensor],
    inputs: &[Tensor],
    gradients: &[Option<Tensor>],
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool,
) -> Result<Vec<Option<Tensor>>> {
    let wanted = Wanted::new("grad", inputs)?;
    let roots = roots("grad", outputs, gradients, create_graph)?;
    let found = Some(vec![None; inputs.len()]);
    let found = Walk { retain_graph, create_graph, wanted: Some(&wanted), found }.run(roots)?.unwrap_or_default();
    found
        .into_iter()
        .enumerate()
        .map(|(i, gradient)| match gradient {
            None if !allow_unused => bail!(
                Runtime,
                "grad: one of the differentiated tensors (number {i}) appears to not have been used in the graph. Set \
                 allow_unused=True if this is the desired behavior."
            ),
            g => Ok(g),
        })
        .collect()
}

type Roots = SmallVec<[(Edge, Tensor); 1]>;

fn roots(name: &str, tensors: &[Tensor], gradients: &[Option<Tensor>], create_graph: bool) -> Result<Roots> {
    ensure!(
        gradients.is_empty() || gradients.len() == tensors.len(),
        Runtime,
        "{name}: got {} tensors and {} gradients",
        tensors.len(),
        gradients.len()
    );
    let one_root = |(i, tensor): (usize, &Tensor)| {
        let Some(edge) = tensor.edge() else {
            bail!(Runtime, "{name}: element {i} of tensors does not require grad and does not have a grad_fn");
        };
        let gradient = match gradients.get(i).and_then(Option::as_ref) {
            Some(g) => {
                ensure!(
                    g.shape() == tensor.shape(),
                    Runtime,
                    "{name}: Mismatch in shape: grad_output[{i}] has a shape of {:?} and output[{i}] has a shape of {:?}.",
                    g.shape(),
                    tensor.shape()
                );
                ensure!(
                    g.dtype().is_float(),
                    Runtime,
                    "{name}: expected a floating point gradient for output {i}, got one of {}",
                    g.dtype().name()
                );
                let g = g.to_dtype(tensor.dtype())?;
                if create_graph { g } else { g.detach() }
            }
            None => {
                ensure!(
                    tensor.numel() == 1,
                    Runtime,
                    "{name}: grad can be implicitly created only for scalar outputs, got a tensor of shape {:?}; pass \
                     the gradient of the objective with respect to it",
                    tensor.shape()
                );
                Tensor::full(tensor.shape(), 1.0, tensor.dtype())?
            }
        };
        Ok((edge, gradient))
    };
    tensors.iter().enumerate().map(one_root).collect()
}

/// The tensors whose gradients are asked for, instead of those of all leaves.
struct Wanted {
    /// By the number of the node or slot and the result's index: the positions in the caller's list.
    places: HashMap<(u64, usize), SmallVec<[usize; 1]>>,
}

impl Wanted {
    fn new(name: &str, inputs: &[Tensor]) -> Result<Wanted> {
        let mut places: HashMap<_, SmallVec<[usize; 1]>> = HashMap::new();
        for (i, input) in inputs.iter().enumerate() {
            let key = match input.edge() {
                Some(Edge::Node(node, output)) => (node.seq, output),
                Some(Edge::Leaf(slot)) => (slot.seq, 0),
                None => bail!(Runtime, "{name}: one of the differentiated tensors (number {i}) does not require grad"),
            };
            places.entry(key).or_default().push(i);
        }
        Ok(Wanted { places })
    }

    /// The numbers of all nodes on a way from the roots to a wanted place; the others need not run.
    fn on_the_way(&self, roots: &Roots) -> HashSet<u64> {
        let mut reached: BTreeMap<u64, Option<Arc<Node>>> = BTreeMap::new();
        let mut queue: Vec<Edge> = roots.iter().map(|(edge, _)| edge.clone()).collect();
        while let Some(edge) = queue.pop() {
            match edge {
                Edge::Node(node, _) if !reached.contains_key(&node.seq) => {
                    queue.extend(node.next().flatten().cloned());
                    reached.insert(node.seq, Some(node));
                }
                Edge::Leaf(slot) => _ = reached.insert(slot.seq, None),
                Edge::Node(..) => {}
            }
        }
        let wanted: HashSet<u64> = self.places.keys().map(|&(seq, _)| seq).collect();
        let mut needed = HashSet::new();
        // Oldest first: whether a node is on the way is known once all it leads to is known.
        for (seq, node) in reached {
            let leads_on = |node: Arc<Node>| node.next().flatten().any(|edge| needed.contains(&edge.seq()));
            if wanted.contains(&seq) || node.is_some_and(leads_on) {
                needed.insert(seq);
            }
        }
        needed
    }
}

impl Edge {
    pub(super) fn seq(&self) -> u64 {
        match self {
            Edge::Node(node, _) => node.seq,
            Edge::Leaf(slot) => slot.seq,
        }
    }
}

/// The gradients of a node's results.
type Gradients = SmallVec<[Option<Tensor>; 1]>;

/// A node or leaf that gradients have arrived at, waiting for its turn.
enum Task {
    Node(Arc<Node>, Gradients),
    Leaf(Arc<GradSlot>, Tensor),
}

/// Gradients under way, by the number of where they go: the greatest number is the youngest node, and all that it could
/// still receive comes from younger ones, which have run.
struct Front {
    tasks: BTreeMap<u64, Task>,
    create_graph: bool,
}

impl Front {
    fn send(&mut self, edge: &Edge, gradient: Tensor) -> Result<()> {
        let create_graph = self.create_graph;
        match edge {
            Edge::Node(node, output) => {
                let empty = || Task::Node(node.clone(), SmallVec::from_elem(None, node.outputs.len()));
                if let Task::Node(_, grads) = self.tasks.entry(node.seq).or_insert_with(empty) {
                    // The first gradient is moved in, not added to zeros.
                    grads[*output] = Some(match grads[*output].take() {
                        None => gradient,
                        Some(sum) => add(sum, gradient, create_graph)?,
                    });
                }
            }
            Edge::Leaf(slot) => {
                let sum = match self.tasks.remove(&slot.seq) {
                    Some(Task::Leaf(_, sum)) => add(sum, gradient, create_graph)?,
                    _ => gradient,
                };
                self.tasks.insert(slot.seq, Task::Leaf(slot.clone(), sum));
            }
        }
        Ok(())
    }
}

/// One walk through the graph, and what it is for.
struct Walk<'a> {
    retain_graph: bool,
    create_graph: bool,
    /// The places to go to; all leaves where `None`.
    wanted: Option<&'a Wanted>,
    /// For the gradients of the wanted places, by their position in the caller's list; where `None`, leaves accumulate.
    found: Option<Vec<Option<Tensor>>>,
}

impl Walk<'_> {
    fn run(mut self, roots: Roots) -> Result<Option<Vec<Option<Tensor>>>> {
        let _mode: GradMode = if self.create_graph { enable_grad() } else { no_grad() };
        let needed = self.wanted.map(|w| w.on_the_way(&roots));
        let mut front = Front { tasks: BTreeMap::new(), create_graph: self.create_graph };
        for (edge, gradient) in roots {
            front.send(&edge, gradient)?;
        }
        let mut patience = PATIENCE;
        while let Some((seq, task)) = front.tasks.pop_last() {
            go_on()?;
            if needed.as_ref().is_some_and(|needed| !needed.contains(&seq)) {
                continue;
            }
            match task {
                Task::Leaf(slot, gradient) => {
                    let gradient = run_hooks(&slot, gradient)?;
                    if self.found.is_some() {
                        self.collect(seq, 0, &gradient);
                    } else {
                        accumulate(&slot, gradient, self.create_graph)?;
                    }
                }
                Task::Node(node, grads) => {
                    patience = patience.saturating_sub(64 + node.outputs[0].shape.iter().product::<usize>());
                    if patience == 0 {
                        patience = PATIENCE;
                        synapgrad_kernels::interrupt::poll()?;
                    }
                    self.visit(&node, grads, needed.as_ref(), &mut front)?;
                }
            }
        }
        go_on()?;
        Ok(self.found)
    }

    /// Run one node: show its gradients to those who watch, apply the rule, send the results on.
    fn visit(
        &mut self,
        node: &Arc<Node>,
        mut grads: Gradients,
        needed: Option<&HashSet<u64>>,
        front: &mut Front,
    ) -> Result<()> {
        let watchers = lock(&node.watchers).as_deref().map(Watchers::snapshot);
        if let Some(watchers) = &watchers {
            watchers.show(&mut grads, self.create_graph)?;
        }
        for (output, gradient) in grads.iter().enumerate() {
            if let Some(gradient) = gradient {
                self.collect(node.seq, output, gradient);
            }
        }
        let leads_on = |input: &Input| {
            input.edge.as_ref().is_some_and(|edge| needed.is_none_or(|needed| needed.contains(&edge.seq())))
        };
        if !node.inputs.iter().any(leads_on) {
            return Ok(());
        }
        let first = match grads[0].clone() {
            Some(gradient) => gradient,
            None => {
                let OutputInfo { shape, dtype } = &node.outputs[0];
                Tensor::zeros(shape, *dtype)?
            }
        };
        let mut results = (node.rule)(&Cx { g: &first, node, grads: &grads, needed, create_graph: self.create_graph })?;
        for hook in watchers.iter().flat_map(|watchers| &watchers.after) {
            hook.1(&mut results, &grads)?;
        }
        drop((first, grads));
        if !self.retain_graph && !self.create_graph {
            free(node);
        }
        for (i, (input, gradient)) in node.inputs.iter().zip(results).enumerate() {
            if let (Some(edge), Some(gradient)) = (&input.edge, gradient) {
                front.send(edge, fit(gradient, i, input, node)?)?;
            }
        }
        Ok(())
    }

    fn collect(&mut self, seq: u64, output: usize, gradient: &Tensor) {
        if let (Some(wanted), Some(found)) = (self.wanted, &mut self.found) {
            for &place in wanted.places.get(&(seq, output)).into_iter().flatten() {
                found[place] = Some(gradient.clone());
            }
        }
    }
}

/// How many elements (and 64 for every node) pass between two looks at whether the user pressed Ctrl-C.
const PATIENCE: usize = 1 << 14;

/// What an operation leaves to the engine: a gradient in the broadcast shape is summed to the input's own, one in another
/// type is cast.
fn fit(mut gradient: Tensor, index: usize, input: &Input, node: &Node) -> Result<Tensor> {
    if gradient.shape() != &input.shape[..] {
        gradient = gradient.sum_to(&input.shape).map_err(|_| {
            Error::new(
                ErrorKind::Runtime,
                format!(
                    "Function {} returned an invalid gradient at index {index} - got {:?} but expected shape compatible with {:?}",
                    node.name(),
                    gradient.shape(),
                    &input.shape[..]
                ),
            )
        })?;
    }
    if gradient.dtype() != input.dtype {
        gradient = gradient.to_dtype(input.dtype)?;
    }
    Ok(gradient)
}

fn free(node: &Node) {
    let mut saved = lock(&node.saved);
    // A node that saved nothing can run again.
    if saved.as_ref().is_some_and(|s| !s.is_empty()) {
        let freed = saved.take();
        drop(saved);
        drop(freed);
    }
}

/// The sum of two gradients, in the memory of the first where nobody else sees it.
fn add(sum: Tensor, gradient: Tensor, create_graph: bool) -> Result<Tensor> {
    if !create_graph && sum.is_sole_owner() {
        sum.add_(&gradient)?;
        return Ok(sum);
    }
    sum.add(&gradient)
}

/// Leave `gradient` in `slot`: alone, or added to what is there.
fn accumulate(slot: &GradSlot, gradient: Tensor, create_graph: bool) -> Result<()> {
    let sum = {
        // Locked until the sum is in its place, so that of two threads neither loses its term.
        let mut place = lock(&slot.grad);
        let sum = match &*place {
            // A gradient that someone else holds too (the other term of a sum, a hook) must not change with ours.
            None if gradient.is_sole_owner() => gradient,
            None if create_graph => gradient.deep_clone()?,
            None => gradient.detach().copy()?,
            // PyTorch adds into the tensor that is there, so that other names for it see the sum.
            Some(old) if !create_graph && !old.requires_grad() => {
                old.add_(&gradient)?;
                old.clone()
            }
            Some(old) => old.add(&gradient)?,
        };
        let old = place.replace(sum.clone());
        drop(place);
        drop(old);
        sum
    };
    let after: SmallVec<[_; 1]> = lock(&slot.hooks).after.iter().map(|(_, hook)| hook.clone()).collect();
    for hook in after {
        hook(&sum)?;
    }
    Ok(())
}

fn run_hooks(slot: &GradSlot, mut gradient: Tensor) -> Result<Tensor> {
    let before: SmallVec<[_; 1]> = lock(&slot.hooks).before.iter().map(|(_, hook)| hook.clone()).collect();
    for hook in before {
        show(&hook, &mut gradient)?;
    }
    Ok(gradient)
}

/// Call a hook; what it returns replaces the gradient.
fn show(hook: &Hook, gradient: &mut Tensor) -> Result<()> {
    if let Some(replaced) = hook(gradient)? {
        ensure!(
            replaced.shape() == gradient.shape(),
            Runtime,
            "hook: a hook has changed the size of the gradient from {:?} to {:?}",
            gradient.shape(),
            replaced.shape()
        );
        ensure!(
            replaced.dtype() == gradient.dtype(),
            Runtime,
            "hook: a hook has changed the type of the gradient from {} to {}",
            gradient.dtype().name(),
            replaced.dtype().name()
        );
        *gradient = replaced;
    }
    Ok(())
}

impl Watchers {
    fn snapshot(&self) -> Watchers {
        Watchers {
            before: self.before.clone(),
            hooks: self.hooks.clone(),
            retained: self.retained.clone(),
            after: self.after.clone(),
            notes: None,
        }
    }

    /// Hooks first, in the order of their registration; what is retained is what they leave.
    fn show(&self, grads: &mut [Option<Tensor>], create_graph: bool) -> Result<()> {
        for (output, _, hook) in &self.hooks {
            if let Some(gradient) = &mut grads[*output] {
                show(hook, gradient)?;
            }
        }
        for (_, hook) in &self.before {
            hook(grads)?;
        }
        for (output, slot) in &self.retained {
            if let Some(gradient) = &grads[*output] {
                accumulate(slot, gradient.clone(), create_graph)?;
            }
        }
        Ok(())
    }
}
