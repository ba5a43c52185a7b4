//! From a tensor to the picture of how it was computed.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Picture, RankDir, TensorCard, Vertex};
use crate::autograd::{GradSlot, NextFunction, Node};
use crate::display::{PrintOptions, Scalar, format_tensor};
use crate::{Layout, Tensor};

/// How a graph is drawn.
#[derive(Clone)]
pub struct DrawOptions {
    /// Where the arrows point.
    pub rankdir: RankDir,
    /// How many characters of data and gradients are shown.
    pub data_length: usize,
    /// Headings for tensors of the graph: the parameters of a network, for instance.
    pub names: Vec<(String, Tensor)>,
}

impl Default for DrawOptions {
    fn default() -> Self {
        DrawOptions { rankdir: RankDir::LR, data_length: 50, names: Vec::new() }
    }
}

/// A tensor's place in the graph: the number of the node that made it and which result it is, or of its slot as a leaf.
type Place = (u64, usize);

/// A node or leaf of the graph, by its number; a smaller number is older.
enum Item {
    Node(Arc<Node>),
    Leaf(Arc<GradSlot>),
}

/// The picture of the graph that computed `root`: an operation per node, and a card for every tensor whose value is still
/// known. Known are `root`, the leaves, what keeps its gradient
/// ([`retain_grad`](Tensor::retain_grad), [`retain_grads`](crate::autograd::retain_grads)) and, until backward has freed
/// it, what operations saved for their derivatives; among the last are constants, which are not in the graph itself.
/// Between two operations whose common tensor is unknown stands an arrow alone.
///
/// ```
/// use synapgrad::{Tensor, graph};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let x = Tensor::from([5f32, 3.0]).requires_grad_(true)?;
/// let y = (&x * 2.0).exp()?;
/// let picture = graph::picture(&y, &graph::DrawOptions::default());
/// assert_eq!(picture.vertices.len(), 4); // x, mul, exp, y
/// assert!(picture.dot().contains("ExpBackward0")); // the grad_fn of y
/// # Ok(())
/// # }
/// ```
pub fn picture(root: &Tensor, options: &DrawOptions) -> Picture {
    let mut drawing = Drawing::new(root, options);
    let items = reachable(root);
    for item in items.values() {
        drawing.note_values(item);
    }
    // Oldest first, so that whatever an arrow starts from has been drawn.
    for (seq, item) in items {
        match item {
            Item::Node(node) => drawing.add_operation(seq, &node),
            Item::Leaf(slot) => drawing.add_tensor((seq, 0), &slot.variable()),
        }
    }
    if drawing.picture.vertices.is_empty() {
        let card = drawing.card(root, None);
        drawing.picture.vertices.push(Vertex::Tensor(card));
    }
    drawing.picture
}

/// All nodes and leaves that `root` depends on.
fn reachable(root: &Tensor) -> BTreeMap<u64, Item> {
    let mut items = BTreeMap::new();
    let mut waiting: Vec<NextFunction> = root.gradient_edge().into_iter().collect();
    while let Some(next) = waiting.pop() {
        match next {
            NextFunction::Node(node, _) => {
                if let Entry::Vacant(place) = items.entry(node.seq) {
                    waiting.extend(node.next_functions().into_iter().flatten());
                    place.insert(Item::Node(node));
                }
            }
            NextFunction::Leaf(slot) => _ = items.insert(slot.seq, Item::Leaf(slot)),
        }
    }
    items
}

fn place(next: &NextFunction) -> Place {
    match next {
        NextFunction::Node(node, output) => (node.seq, *output),
        NextFunction::Leaf(slot) => (slot.seq, 0),
    }
}

struct Drawing<'a> {
    picture: Picture,
    /// Values of results, with their gradients.
    known: HashMap<Place, (Tensor, Option<Tensor>)>,
    names: HashMap<Place, &'a str>,
    /// From where an arrow for this tensor starts.
    vertices: HashMap<Place, usize>,
    /// Constants, by the identity of the tensor.
    constants: HashMap<usize, usize>,
}

impl<'a> Drawing<'a> {
    fn new(root: &Tensor, options: &'a DrawOptions) -> Drawing<'a> {
        let name = |(name, tensor): &'a (String, Tensor)| Some((place(&tensor.gradient_edge()?), name.as_str()));
        let known = root.gradient_edge().map(|edge| (place(&edge), (root.clone(), root.grad())));
        Drawing {
            picture: Picture { rankdir: options.rankdir, data_length: options.data_length, ..Picture::default() },
            known: known.into_iter().collect(),
            names: options.names.iter().filter_map(name).collect(),
            vertices: HashMap::new(),
            constants: HashMap::new(),
        }
    }

    /// Remember the values that a node knows: results that keep their gradient, tensors that it saved.
    fn note_values(&mut self, item: &Item) {
        let Item::Node(node) = item else { return };
        for (output, value, grad) in node.retained() {
            self.known.insert((node.seq, output), (value, grad));
        }
        // What was freed, or changed since, is not known any more.
        for tensor in node.saved_tensors().into_iter().flatten() {
            if let Some(edge) = tensor.gradient_edge() {
                self.known.entry(place(&edge)).or_insert((tensor, None));
            }
        }
    }

    fn add_operation(&mut self, seq: u64, node: &Arc<Node>) {
        // Constants have no edge. Those that were saved are recognised by their shape.
        let mut constants = node.saved_tensors().unwrap_or_default();
        constants.retain(|tensor| !tensor.requires_grad());
        let mut arrows = Vec::new();
        for (input, next) in node.next_functions().iter().enumerate() {
            match next {
                Some(next) => arrows.extend(self.vertices.get(&place(next)).copied()),
                None => {
                    let (shape, dtype) = node.input_meta(input);
                    let fits = |tensor: &Tensor| tensor.shape() == shape && tensor.dtype() == dtype;
                    if let Some(found) = constants.iter().position(fits) {
                        arrows.push(self.constant(&constants.remove(found)));
                    }
                }
            }
        }
        let operation = self.push(Vertex::Operation { name: node.label() });
        self.picture.edges.extend(arrows.into_iter().map(|from| (from, operation)));
        for output in 0..node.outputs.len() {
            let place = (seq, output);
            self.vertices.insert(place, operation);
            if let Some((value, grad)) = self.known.remove(&place) {
                let mut card = self.card(&value, Some(place));
                card.is_leaf = false;
                card.requires_grad = true;
                card.grad_fn = Some(format!("<{}>", node.name()));
                card.grad = grad.as_ref().map(values);
                let vertex = self.push(Vertex::Tensor(card));
                self.picture.edges.push((operation, vertex));
                self.vertices.insert(place, vertex);
            }
        }
    }

    fn add_tensor(&mut self, place: Place, tensor: &Tensor) {
        let card = self.card(tensor, Some(place));
        let vertex = self.push(Vertex::Tensor(card));
        self.vertices.insert(place, vertex);
    }

    fn constant(&mut self, tensor: &Tensor) -> usize {
        if let Some(&vertex) = self.constants.get(&tensor.id()) {
            return vertex;
        }
        let card = self.card(tensor, None);
        let vertex = self.push(Vertex::Tensor(card));
        self.constants.insert(tensor.id(), vertex);
        vertex
    }

    fn push(&mut self, vertex: Vertex) -> usize {
        self.picture.vertices.push(vertex);
        self.picture.vertices.len() - 1
    }

    fn card(&self, tensor: &Tensor, place: Option<Place>) -> TensorCard {
        TensorCard {
            name: place.and_then(|place| self.names.get(&place)).map(|name| name.to_string()),
            data: values(tensor),
            shape: tensor.shape().to_vec(),
            dtype: tensor.dtype().name().to_string(),
            is_leaf: tensor.is_leaf(),
            requires_grad: tensor.requires_grad(),
            grad_fn: tensor.grad_fn().map(|node| format!("<{}>", node.name())),
            grad: tensor.grad().as_ref().map(values),
        }
    }
}

/// The elements as they print.
fn values(tensor: &Tensor) -> String {
    let Layout { strides, offset, .. } = tensor.layout();
    let get = |index: &[usize]| {
        let place = offset + index.iter().zip(strides.iter()).map(|(i, stride)| i * stride).sum::<usize>();
        match tensor.scalar_at(place) {
            crate::Scalar::Bool(value) => Scalar::Bool(value),
            crate::Scalar::Int(value) => Scalar::Int(value),
            crate::Scalar::Float(value) => Scalar::Float(value),
        }
    };
    format_tensor(&get, tensor.shape(), tensor.dtype().is_float(), &PrintOptions::default(), "", &[])
        .trim_end_matches(')')
        .to_string()
}
