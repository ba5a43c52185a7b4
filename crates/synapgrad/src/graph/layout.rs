//! Where things go: a layered drawing of a directed acyclic graph.
//!
//! The four steps of Sugiyama, Tagawa and Toda (1981), "Methods for visual understanding of hierarchical system
//! structures", in the words of Gansner, Koutsofios, North and Vo (1993), "A technique for drawing directed graphs":
//!
//! 1. *ranks*: every edge points to a later rank, and a vertex stands as close as possible to what uses it;
//! 2. *order* within each rank: few crossings;
//! 3. *coordinates*: wires as straight as the order allows;
//! 4. *routes*: wires run straight through a rank and bend only in the free space between two ranks, so that none can
//!    ever touch a box.
//!
//! The drawing is computed along two axes, whatever its direction on the page: `along` the arrows, and `across` them.
//! Everything is a loop: no depth of a graph can exhaust the stack.

use super::{BENDS, DrawError, LIMIT};

/// Free space between two boxes of a rank, between a box and a wire that passes it, and between two wires.
const BOX_GAP: f64 = 22.0;
const WIRE_GAP: f64 = 14.0;
/// Free space between two ranks: the least, the most, and how much of the height that wires climb in it.
const RANK_GAP: (f64, f64, f64) = (46.0, 200.0, 0.18);
/// Distance of the ends of wires that join the same two vertices.
const PARALLEL: f64 = 9.0;

/// The graph to be laid out: sizes of the boxes (along, across), and weighted edges. The heavier an edge, the more the
/// coordinates care for its being straight.
pub(super) struct Graph<'a> {
    pub sizes: &'a [[f64; 2]],
    pub edges: &'a [(usize, usize)],
    pub weights: &'a [f64],
}

/// Where everything went: the centre of every box and the wires, as (along, across), within `0..extent`.
pub(super) struct Drawing {
    pub centres: Vec<[f64; 2]>,
    pub wires: Vec<Wire>,
    pub extent: [f64; 2],
}

/// A piece of wire. Edges that leave the same vertex for distant ranks share a trunk, from which each branches off: a
/// tensor used in many places is one line. Every edge has one piece with an arrow, that which arrives.
pub(super) struct Wire {
    /// The edge, or for a trunk the first of its edges.
    pub edge: usize,
    /// Whether the wire arrives at a vertex.
    pub arrow: bool,
    /// Between two bends the wire is straight if both have the same `across`, else an S.
    pub bends: Vec<[f64; 2]>,
}

/// Lays the graph out.
pub(super) fn layout(graph: &Graph) -> Result<Drawing, DrawError> {
    let (vertices, edges) = (graph.sizes.len(), graph.edges.len());
    if vertices > LIMIT || edges > 4 * LIMIT {
        return Err(DrawError::TooLarge { vertices, edges });
    }
    if let Some(&edge) = graph.edges.iter().find(|&&(from, to)| from >= vertices || to >= vertices) {
        return Err(DrawError::NoSuchVertex { edge, vertices });
    }
    let ranks = rank(vertices, graph.edges).ok_or(DrawError::Cycle)?;
    let mut layers = Layers::new(graph, &ranks).ok_or(DrawError::TooLarge { vertices, edges })?;
    layers.reduce_crossings();
    let across = layers.place();
    Ok(layers.route(graph, across))
}

/// The rank of every vertex: as early as possible for a vertex that nothing uses, and for the others, given these, as
/// late as possible, so that a parameter stands beside the operation that takes it. `None` if there is a cycle.
fn rank(vertices: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut users = vec![Vec::new(); vertices];
    let mut missing = vec![0_usize; vertices];
    for &(from, to) in edges {
        users[from].push(to);
        missing[to] += 1;
    }
    let mut rank = vec![0_usize; vertices];
    let mut sorted: Vec<usize> = (0..vertices).filter(|&v| missing[v] == 0).collect();
    let mut next = 0;
    while let Some(&vertex) = sorted.get(next) {
        next += 1;
        for &user in &users[vertex] {
            rank[user] = rank[user].max(rank[vertex] + 1);
            missing[user] -= 1;
            if missing[user] == 0 {
                sorted.push(user);
            }
        }
    }
    for &vertex in sorted.iter().rev() {
        if let Some(first) = users[vertex].iter().map(|&user| rank[user]).min() {
            rank[vertex] = first - 1;
        }
    }
    (sorted.len() == vertices).then_some(rank)
}

/// The graph with its long edges cut at every rank they pass. The pieces are joined by *joints*, nodes without a
/// box. Edges that leave the same vertex share their joints.
struct Layers {
    /// The size of every node, along and across. Nodes are the vertices of the graph, then the joints.
    sizes: Vec<[f64; 2]>,
    /// The rank of every node.
    rank: Vec<usize>,
    /// The neighbours of every node in the rank before and in the rank after, with the weight of the wire.
    before: Vec<Vec<(usize, f64)>>,
    after: Vec<Vec<(usize, f64)>>,
    /// Which argument of its first user every node is.
    argument: Vec<usize>,
    /// The joints of the wire that leaves every vertex, and the first edge that needs them.
    joints: Vec<(Vec<usize>, usize)>,
    /// The nodes of every rank in their order, and the place of every node in it.
    layers: Vec<Vec<usize>>,
    place: Vec<usize>,
}

impl Layers {
    /// Cuts the edges and finds a first order. `None` if there are too many pieces.
    fn new(graph: &Graph, ranks: &[usize]) -> Option<Layers> {
        let vertices = graph.sizes.len();
        let mut new = Layers {
            sizes: graph.sizes.to_vec(),
            rank: ranks.to_vec(),
            before: vec![Vec::new(); vertices],
            after: vec![Vec::new(); vertices],
            argument: vec![0; vertices],
            joints: vec![(Vec::new(), 0); vertices],
            layers: vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)],
            place: Vec::new(),
        };
        // A long wire is kept straight far from its ends, and does not pull at them: it has to leave its rank anyway.
        const STIFF: f64 = 8.0;
        const SLACK: f64 = 1.0;
        for (edge, (&(from, to), &weight)) in graph.edges.iter().zip(graph.weights).enumerate() {
            let span = ranks[to] - ranks[from];
            while new.joints[from].0.len() + 1 < span {
                let joint = new.sizes.len();
                if joint == BENDS {
                    return None;
                }
                let (joints, first) = &mut new.joints[from];
                let (last, weight) = joints.last().map_or((from, SLACK), |&last| (last, STIFF));
                if joints.is_empty() {
                    *first = edge;
                }
                joints.push(joint);
                new.rank.push(ranks[from] + joints.len());
                new.sizes.push([0.0, 0.0]);
                new.before.push(Vec::new());
                new.after.push(Vec::new());
                new.argument.push(0);
                new.join(last, joint, weight);
            }
            new.join(new.branch(from, span), to, if span == 1 { weight } else { SLACK });
        }
        new.first_order(graph);
        Some(new)
    }

    /// The node from which an edge arrives that leaves `from` and goes `span` ranks far: the last joint, if any.
    fn branch(&self, from: usize, span: usize) -> usize {
        if span > 1 { self.joints[from].0[span - 2] } else { from }
    }

    fn join(&mut self, from: usize, to: usize, weight: f64) {
        if self.after[from].is_empty() {
            self.argument[from] = self.before[to].len();
        }
        self.after[from].push((to, weight));
        self.before[to].push((from, weight));
    }

    /// The order in which a walk from the ends towards the sources meets the nodes, arguments first to last. On a
    /// tree, and most of a network is one, this has no crossing, and `a - b` has `a` first.
    fn first_order(&mut self, graph: &Graph) {
        let mut met = vec![false; self.sizes.len()];
        for end in (0..graph.sizes.len()).filter(|&v| self.after[v].is_empty()) {
            let mut open = vec![end];
            while let Some(node) = open.pop() {
                if !std::mem::replace(&mut met[node], true) {
                    self.layers[self.rank[node]].push(node);
                    open.extend(self.before[node].iter().rev().map(|&(n, _)| n));
                }
            }
        }
        self.place = vec![0; self.sizes.len()];
        for rank in 0..self.layers.len() {
            self.settle(rank);
        }
    }

    /// Notes the places of the nodes of a rank after its order has changed.
    fn settle(&mut self, rank: usize) {
        for (place, &node) in self.layers[rank].iter().enumerate() {
            self.place[node] = place;
        }
    }

    /// Sorts each rank by the mean place of the neighbours in the previous (then, backwards, in the next) rank, lets
    /// neighbours change places where that helps, and keeps the best order seen.
    fn reduce_crossings(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        let mut failures = 0;
        for sweep in 0..24 {
            if best.0 == 0 || failures == 4 {
                break;
            }
            let ranks = self.layers.len();
            for step in 1..ranks {
                let forwards = sweep % 2 == 0;
                self.sort_by_means(if forwards { step } else { ranks - 1 - step }, forwards);
            }
            self.exchange();
            let crossings = self.crossings();
            failures += 1;
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
                failures = 0;
            }
        }
        self.layers = best.1;
        for rank in 0..self.layers.len() {
            self.settle(rank);
        }
    }

    /// Sorts one rank by the mean place of the neighbours on one side; nodes without any stay where they are.
    fn sort_by_means(&mut self, rank: usize, by_previous: bool) {
        let neighbours = if by_previous { &self.before } else { &self.after };
        let mean = |node: usize| {
            let places = neighbours[node].iter().map(|&(n, _)| self.place[n] as f64);
            (!neighbours[node].is_empty()).then(|| places.sum::<f64>() / neighbours[node].len() as f64)
        };
        let mut moving: Vec<(f64, usize)> =
            self.layers[rank].iter().filter_map(|&node| Some((mean(node)?, node))).collect();
        moving.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sorted = moving.into_iter();
        for node in &mut self.layers[rank] {
            if !neighbours[*node].is_empty()
                && let Some((_, next)) = sorted.next()
            {
                *node = next;
            }
        }
        self.settle(rank);
    }

    /// Exchanges neighbours within a rank as long as that removes crossings, or brings the arguments of an operation
    /// into their order without adding any.
    fn exchange(&mut self) {
        for _ in 0..8 {
            let mut improved = false;
            for rank in 0..self.layers.len() {
                for left in 1..self.layers[rank].len() {
                    let (u, v) = (self.layers[rank][left - 1], self.layers[rank][left]);
                    let crossings = |first: usize, second: usize| {
                        self.pair_crossings(&self.before[first], &self.before[second])
                            + self.pair_crossings(&self.after[first], &self.after[second])
                    };
                    let (now, then) = (crossings(u, v), crossings(v, u));
                    let user = |node: usize| self.after[node].first().map(|&(n, _)| n);
                    let misplaced = user(u) == user(v) && self.argument[v] < self.argument[u];
                    if then < now || (then == now && misplaced) {
                        self.layers[rank].swap(left - 1, left);
                        (self.place[u], self.place[v]) = (left, left - 1);
                        improved = true;
                    }
                }
            }
            if !improved {
                break;
            }
        }
    }

    /// How often the wires of a node cross those of the next node in its rank.
    fn pair_crossings(&self, first: &[(usize, f64)], second: &[(usize, f64)]) -> usize {
        let mut second: Vec<usize> = second.iter().map(|&(n, _)| self.place[n]).collect();
        second.sort_unstable();
        first.iter().map(|&(n, _)| second.partition_point(|&place| place < self.place[n])).sum()
    }

    /// The number of crossings: between two ranks, pairs of wires whose ends are in opposite orders. Counted with a
    /// tree of partial sums in O(E log V) (Barth, Jünger and Mutzel 2002, "Simple and efficient bilayer cross counting").
    fn crossings(&self) -> usize {
        let mut total = 0;
        for (rank, layer) in self.layers.iter().enumerate().skip(1) {
            let width = self.layers[rank - 1].len();
            // sums[i] counts the wires so far that end in a block of places ending at i (a Fenwick tree).
            let mut sums = vec![0_usize; width + 1];
            let mut seen = 0;
            for &node in layer {
                for &(source, _) in &self.before[node] {
                    let mut i = self.place[source] + 1;
                    let mut not_after = 0;
                    while i > 0 {
                        not_after += sums[i];
                        i &= i - 1;
                    }
                    total += seen - not_after;
                }
                for &(source, _) in &self.before[node] {
                    let mut i = self.place[source] + 1;
                    while i <= width {
                        sums[i] += 1;
                        i += i & i.wrapping_neg();
                    }
                    seen += 1;
                }
            }
        }
        total
    }

    /// The free space that two neighbours in a rank keep between them.
    fn gap(&self, first: usize, second: usize) -> f64 {
        let boxes = |node: usize| self.sizes[node][1] > 0.0;
        if boxes(first) && boxes(second) { BOX_GAP } else { WIRE_GAP }
    }

    /// The coordinate of every node across the arrows: the weighted sum of the heights that wires climb is made
    /// small, one rank at a time. Ranks follow their previous one, then (backwards) their next one, then both; the
    /// best result is kept.
    fn place(&self) -> Vec<f64> {
        let mut across = vec![0.0; self.sizes.len()];
        // Each node's distance from the first one of its rank when all are packed.
        let mut packed = vec![0.0; self.sizes.len()];
        for layer in &self.layers {
            for pair in layer.windows(2) {
                let half = (self.sizes[pair[0]][1] + self.sizes[pair[1]][1]) / 2.0;
                packed[pair[1]] = packed[pair[0]] + half + self.gap(pair[0], pair[1]);
            }
            let middle = layer.last().map_or(0.0, |&last| packed[last] / 2.0);
            for &node in layer {
                across[node] = packed[node] - middle;
            }
        }
        let climb = |across: &[f64]| -> f64 {
            let wires = self.after.iter().enumerate().flat_map(|(u, wires)| wires.iter().map(move |w| (u, w)));
            wires.map(|(u, &(v, weight))| weight * (across[u] - across[v]).abs()).sum()
        };
        let mut best = (climb(&across), across.clone());
        let ranks = self.layers.len();
        for sweep in 0..16 {
            let forwards = sweep % 2 == 0;
            let both = sweep >= 6;
            for step in 0..ranks {
                let layer = &self.layers[if forwards { step } else { ranks - 1 - step }];
                let mut blocks = Vec::new();
                for &node in layer {
                    let before = self.before[node].iter().filter(|_| forwards || both);
                    let after = self.after[node].iter().filter(|_| !forwards || both);
                    let mut wishes: Vec<(f64, f64)> =
                        before.chain(after).map(|&(n, weight)| (across[n] - packed[node], weight)).collect();
                    if wishes.is_empty() {
                        wishes.push((across[node] - packed[node], 1e-3));
                    }
                    Block::push(&mut blocks, wishes);
                }
                let starts = blocks.iter().flat_map(|block| std::iter::repeat_n(block.start, block.nodes));
                for (&node, start) in layer.iter().zip(starts) {
                    across[node] = start + packed[node];
                }
            }
            let now = climb(&across);
            if now < best.0 {
                best = (now, across.clone());
            }
        }
        best.1
    }

    /// Turns ranks and places into coordinates, and edges into wires.
    fn route(&self, graph: &Graph, mut across: Vec<f64>) -> Drawing {
        // Parallel edges arrive side by side.
        let mut ends: Vec<f64> = graph.edges.iter().map(|&(_, to)| across[to]).collect();
        let mut order: Vec<usize> = (0..graph.edges.len()).collect();
        order.sort_by_key(|&edge| (graph.edges[edge], edge));
        for group in order.chunk_by(|&a, &b| graph.edges[a] == graph.edges[b]) {
            let size = graph.sizes[graph.edges[group[0]].1][1];
            let step = PARALLEL.min(0.6 * size / group.len() as f64);
            for (index, &edge) in group.iter().enumerate() {
                ends[edge] += step * (index as f64 - (group.len() - 1) as f64 / 2.0);
            }
        }

        let top = (0..across.len()).map(|v| across[v] - self.sizes[v][1] / 2.0).fold(f64::INFINITY, f64::min);
        let bottom = (0..across.len()).map(|v| across[v] + self.sizes[v][1] / 2.0).fold(f64::NEG_INFINITY, f64::max);
        across.iter_mut().for_each(|y| *y -= top);
        ends.iter_mut().for_each(|y| *y -= top);

        // The rank's first and last coordinate along the arrows.
        let mut slabs: Vec<[f64; 2]> = Vec::with_capacity(self.layers.len());
        let mut start = 0.0;
        for layer in &self.layers {
            let thickness = layer.iter().map(|&v| self.sizes[v][0]).fold(0.0, f64::max);
            slabs.push([start, start + thickness]);
            let climbs = layer.iter().flat_map(|&u| self.after[u].iter().map(move |&(v, _)| (u, v)));
            let steepest = climbs.map(|(u, v)| (across[u] - across[v]).abs()).fold(0.0, f64::max);
            start += thickness + (RANK_GAP.2 * steepest).clamp(RANK_GAP.0, RANK_GAP.1);
        }
        let middle = |node: usize| (slabs[self.rank[node]][0] + slabs[self.rank[node]][1]) / 2.0;

        // Where a wire enters and leaves a node: at the sides of the box and, on its height, of the whole rank.
        let enter =
            |node: usize, y: f64| [[slabs[self.rank[node]][0], y], [middle(node) - self.sizes[node][0] / 2.0, y]];
        let leave = |node: usize| {
            let (side, y) = (middle(node) + self.sizes[node][0] / 2.0, across[node]);
            [[side, y], [slabs[self.rank[node]][1], y]]
        };
        let mut wires = Vec::with_capacity(graph.edges.len());
        for (vertex, (joints, edge)) in self.joints.iter().enumerate().filter(|(_, (joints, _))| !joints.is_empty()) {
            let mut bends = leave(vertex).to_vec();
            for &joint in joints {
                let ([front, _], [_, back]) = (enter(joint, across[joint]), leave(joint));
                bends.extend([front, back]);
            }
            wires.push(Wire { edge: *edge, arrow: false, bends });
        }
        for (edge, &(from, to)) in graph.edges.iter().enumerate() {
            let start = self.branch(from, self.rank[to] - self.rank[from]);
            let bends = if start == from { leave(from).to_vec() } else { vec![leave(start)[1]] };
            wires.push(Wire { edge, arrow: true, bends: [bends, enter(to, ends[edge]).to_vec()].concat() });
        }
        // Where a box is as thick as its rank, it has no straight piece beside it.
        let same = |a: &mut [f64; 2], b: &mut [f64; 2]| (a[0] - b[0]).abs() < 0.05 && a[1] == b[1];
        wires.iter_mut().for_each(|wire| wire.bends.dedup_by(same));
        Drawing {
            centres: (0..graph.sizes.len()).map(|v| [middle(v), across[v]]).collect(),
            wires,
            extent: [slabs.last().map_or(0.0, |slab| slab[1]), (bottom - top).max(0.0)],
        }
    }
}

/// Neighbours in a rank that touch each other and move as one.
///
/// Placing a rank is a regression: find coordinates that keep the order and the gaps and have the least weighted sum
/// of distances from where the wires pull. Measured from its packed position, a node's coordinate must only not
/// decrease along the rank, which pooling adjacent violators solves (Ayer, Brunk, Ewing, Reid and Silverman 1955):
/// a block lies at the weighted median of the wishes of its nodes, and blocks in the wrong order become one.
struct Block {
    nodes: usize,
    start: f64,
    /// Where the wires pull and how strongly, sorted.
    wishes: Vec<(f64, f64)>,
}

impl Block {
    fn push(blocks: &mut Vec<Block>, mut wishes: Vec<(f64, f64)>) {
        wishes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut new = Block { nodes: 1, start: median(&wishes), wishes };
        while let Some(mut last) = blocks.pop() {
            if last.start <= new.start {
                blocks.push(last);
                break;
            }
            if last.wishes.len() < new.wishes.len() {
                std::mem::swap(&mut last.wishes, &mut new.wishes);
            }
            for wish in new.wishes {
                let place = last.wishes.partition_point(|w| w.0 <= wish.0);
                last.wishes.insert(place, wish);
            }
            new = Block { nodes: last.nodes + new.nodes, start: median(&last.wishes), wishes: last.wishes };
        }
        blocks.push(new);
    }
}

/// The weighted median of sorted values: where the weights on both sides are equal, and the middle of the interval
/// where many points qualify, which is what centres an operation between its two arguments.
fn median(wishes: &[(f64, f64)]) -> f64 {
    let total: f64 = wishes.iter().map(|w| w.1).sum();
    let mut below = 0.0;
    for (index, &(value, weight)) in wishes.iter().enumerate() {
        below += 2.0 * weight;
        if below > total {
            return value;
        }
        if below == total {
            return wishes.get(index + 1).map_or(value, |next| (value + next.0) / 2.0);
        }
    }
    wishes.last().map_or(0.0, |last| last.0)
}
