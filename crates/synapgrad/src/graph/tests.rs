//! The drawing is judged by geometry: boxes do not touch, wires avoid boxes and arrive where they should.

use super::layout::{Drawing, Graph, layout};
use super::{DrawError, Picture, RankDir, TensorCard, Vertex, shorten};

/// Pictures built as a program builds its graph.
#[derive(Default)]
struct Sketch(Picture);

impl Sketch {
    fn leaf(&mut self, name: &str, requires_grad: bool) -> usize {
        let card = TensorCard {
            name: Some(name.into()),
            data: "[[0.3367, 0.1288, 0.2345], [0.2303, -1.1229, -0.1863]]".into(),
            shape: vec![2, 3],
            dtype: "float32".into(),
            is_leaf: true,
            requires_grad,
            ..Default::default()
        };
        self.0.vertices.push(Vertex::Tensor(card));
        self.0.vertices.len() - 1
    }

    fn apply(&mut self, name: &str, inputs: &[usize]) -> usize {
        let operation = self.0.vertices.len();
        self.0.vertices.push(Vertex::Operation { name: name.into() });
        self.0.edges.extend(inputs.iter().map(|&input| (input, operation)));
        let card = TensorCard {
            data: "1.".into(),
            dtype: "float32".into(),
            requires_grad: true,
            grad_fn: Some(format!("<{name}Backward0>")),
            ..Default::default()
        };
        self.0.vertices.push(Vertex::Tensor(card));
        self.0.edges.push((operation, operation + 1));
        operation + 1
    }
}

fn chain(operations: usize) -> Picture {
    let mut sketch = Sketch::default();
    let mut value = sketch.leaf("x", true);
    for _ in 0..operations {
        value = sketch.apply("Neg", &[value]);
    }
    sketch.0
}

fn stack(inputs: usize) -> Picture {
    let mut sketch = Sketch::default();
    let inputs: Vec<usize> = (0..inputs).map(|i| sketch.leaf(&format!("x{i}"), true)).collect();
    sketch.apply("Stack", &inputs);
    sketch.0
}

/// Numbers that are the same on every run (a linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// A graph in which some tensors are used often, some twice by one operation, some never, and some much later.
fn tangle(seed: u64, operations: usize) -> Picture {
    let mut random = Random(seed);
    let mut sketch = Sketch::default();
    let mut tensors: Vec<usize> = (0..4).map(|i| sketch.leaf(&format!("x{i}"), i % 2 == 0)).collect();
    for i in 0..operations {
        let inputs: Vec<usize> = (0..1 + random.below(3)).map(|_| tensors[random.below(tensors.len())]).collect();
        tensors.push(sketch.apply("Op", &inputs));
        if random.below(4) == 0 {
            tensors.push(sketch.leaf(&format!("w{i}"), true));
        }
    }
    sketch.0
}

/// Boxes of random sizes on the vertices of a picture, and their drawing.
fn drawn(picture: &Picture, seed: u64) -> (Vec<[f64; 2]>, Drawing) {
    let mut random = Random(seed);
    let sizes: Vec<[f64; 2]> =
        picture.vertices.iter().map(|_| [20.0 + random.below(200) as f64, 20.0 + random.below(150) as f64]).collect();
    let weights: Vec<f64> = picture.edges.iter().map(|_| 1.0 + random.below(8) as f64).collect();
    let drawing = layout(&Graph { sizes: &sizes, edges: &picture.edges, weights: &weights }).unwrap();
    (sizes, drawing)
}

#[test]
fn boxes_never_touch_and_lie_within_the_extent() {
    for seed in 0..40 {
        let picture = tangle(seed, 5 + seed as usize * 2);
        let (sizes, drawing) = drawn(&picture, seed);
        for (v, &[along, across]) in drawing.centres.iter().enumerate() {
            let [length, height] = sizes[v];
            assert!(along - length / 2.0 > -1e-6 && along + length / 2.0 < drawing.extent[0] + 1e-6);
            assert!(across - height / 2.0 > -1e-6 && across + height / 2.0 < drawing.extent[1] + 1e-6);
            for w in 0..v {
                let apart = |axis: usize| {
                    (drawing.centres[v][axis] - drawing.centres[w][axis]).abs()
                        - (sizes[v][axis] + sizes[w][axis]) / 2.0
                };
                assert!(apart(0).max(apart(1)) > 14.0, "seed {seed}: boxes {v} and {w} touch");
            }
        }
    }
}

#[test]
fn wires_avoid_boxes_and_arrive_from_behind() {
    for seed in 0..40 {
        let picture = tangle(seed, 5 + seed as usize);
        let (sizes, drawing) = drawn(&picture, seed);
        for wire in &drawing.wires {
            for pair in wire.bends.windows(2) {
                let [from, to] = [pair[0], pair[1]];
                assert!(from[0] < to[0], "seed {seed}: a wire goes back");
                // The S between two heights as svg.rs draws it; its control points are halfway.
                for step in 0..=20 {
                    let t = f64::from(step) / 20.0;
                    let along = from[0] + (to[0] - from[0]) * (1.5 * t * (1.0 - t) + t * t * t);
                    let across = from[1] + (to[1] - from[1]) * t * t * (3.0 - 2.0 * t);
                    let inside = |v: usize| {
                        (along - drawing.centres[v][0]).abs() < sizes[v][0] / 2.0 - 1e-6
                            && (across - drawing.centres[v][1]).abs() < sizes[v][1] / 2.0 - 1e-6
                    };
                    assert!(!(0..sizes.len()).any(inside), "seed {seed}: a wire runs through a box");
                }
            }
        }
        // Exactly one arrow per edge, on the front side of its target.
        let arrows: Vec<_> = drawing.wires.iter().filter(|wire| wire.arrow).collect();
        assert_eq!(arrows.len(), picture.edges.len());
        for (wire, &(from, to)) in arrows.iter().zip(&picture.edges) {
            let [along, across] = wire.bends[wire.bends.len() - 1];
            assert_eq!(picture.edges[wire.edge], (from, to));
            assert!((along - (drawing.centres[to][0] - sizes[to][0] / 2.0)).abs() < 0.1);
            assert!((across - drawing.centres[to][1]).abs() < sizes[to][1] / 2.0);
            assert!(drawing.centres[from][0] + sizes[from][0] / 2.0 < along);
        }
    }
}

#[test]
fn every_wire_is_connected_to_the_source_of_its_edge() {
    for seed in 0..20 {
        let picture = tangle(seed, 30);
        let (sizes, drawing) = drawn(&picture, seed);
        for wire in &drawing.wires {
            let from = picture.edges[wire.edge].0;
            let [along, across] = wire.bends[0];
            let at_box = (along - (drawing.centres[from][0] + sizes[from][0] / 2.0)).abs() < 0.1
                && across == drawing.centres[from][1];
            let mut trunks = drawing.wires.iter().filter(|w| !w.arrow && picture.edges[w.edge].0 == from);
            let on_trunk = trunks.any(|trunk| trunk.bends.iter().any(|&b| b == wire.bends[0]));
            assert!(at_box || on_trunk, "seed {seed}: a wire of vertex {from} starts in the air");
        }
    }
}

#[test]
fn a_backbone_is_straight_and_arguments_keep_their_order() {
    let mut sketch = Sketch::default();
    let mut value = sketch.leaf("input", false);
    let mut backbone = Vec::new();
    let mut parameters = Vec::new();
    for _ in 0..4 {
        let (weight, bias) = (sketch.leaf("weight", true), sketch.leaf("bias", true));
        parameters.push([value, weight, bias]);
        value = sketch.apply("Linear", &[value, weight, bias]);
        backbone.extend([value - 1, value]);
    }
    let picture = sketch.0;
    let sizes = vec![[200.0, 100.0]; picture.vertices.len()];
    let leaf = |v: usize| matches!(&picture.vertices[v], Vertex::Tensor(card) if card.is_leaf);
    let weights: Vec<f64> = picture.edges.iter().map(|&(from, _)| if leaf(from) { 1.0 } else { 8.0 }).collect();
    let drawing = layout(&Graph { sizes: &sizes, edges: &picture.edges, weights: &weights }).unwrap();
    for &v in &backbone {
        assert_eq!(drawing.centres[v][1], drawing.centres[backbone[0]][1]);
    }
    for [value, weight, bias] in parameters {
        let [value, weight, bias] = [value, weight, bias].map(|v| drawing.centres[v]);
        assert!(value[0] == weight[0] && weight[0] == bias[0], "arguments stand beside each other");
        assert!(value[1] < weight[1] && weight[1] < bias[1], "the first argument comes first");
    }
}

#[test]
fn trees_are_drawn_without_crossings() {
    for seed in 0..20 {
        let mut random = Random(seed);
        let mut sketch = Sketch::default();
        let mut open: Vec<usize> = (0..20).map(|i| sketch.leaf(&format!("x{i}"), true)).collect();
        while open.len() > 1 {
            let inputs: Vec<usize> =
                (0..open.len().min(1 + random.below(4))).map(|_| open.remove(random.below(open.len()))).collect();
            open.push(sketch.apply("Op", &inputs));
        }
        let (_, drawing) = drawn(&sketch.0, seed);
        let pieces: Vec<_> = drawing.wires.iter().flat_map(|wire| wire.bends.windows(2)).collect();
        for (i, a) in pieces.iter().enumerate() {
            for b in pieces[..i].iter().filter(|b| a[0][0] == b[0][0] && a[1][0] == b[1][0]) {
                assert!((a[0][1] - b[0][1]) * (a[1][1] - b[1][1]) >= 0.0, "seed {seed}: wires cross");
            }
        }
    }
}

#[test]
fn edges_point_along_rankdir() {
    let mut sketch = Sketch::default();
    let (a, b) = (sketch.leaf("a", true), sketch.leaf("b", true));
    let c = sketch.apply("Mul", &[a, b]);
    sketch.apply("Sum", &[c]);
    let mut picture = sketch.0;
    for (rankdir, axis, forwards) in
        [(RankDir::LR, "x", true), (RankDir::RL, "x", false), (RankDir::TB, "y", true), (RankDir::BT, "y", false)]
    {
        picture.rankdir = rankdir;
        let svg = picture.svg().unwrap();
        // The first rectangle of each group is its box; groups come in the order of the vertices.
        let starts: Vec<f64> = svg.split("<g>").skip(1).map(|group| attribute(group, axis)).collect();
        assert_eq!(starts.len(), picture.vertices.len());
        for &(from, to) in &picture.edges {
            assert_eq!(starts[from] < starts[to], forwards, "{rankdir}: {from} -> {to}");
        }
        assert!(picture.dot().contains(&format!("rankdir={rankdir}")));
    }
}

/// The value of the first attribute of that name.
fn attribute(xml: &str, name: &str) -> f64 {
    let start = xml.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    let end = xml[start..].find('"').unwrap();
    xml[start..start + end].parse().unwrap()
}

/// Checks that a text is well-formed XML as far as this writer can go wrong: tags nest, attributes are quoted, text
/// has no bare `<` or `&` and no forbidden character. Returns its text with the entities resolved.
fn parse_xml(xml: &str) -> String {
    let mut open = Vec::new();
    let mut text = String::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        text += &rest[..start];
        let end = start + rest[start..].find('>').expect("a tag without an end");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {tag}");
        } else {
            assert!(
                tag.starts_with(|c: char| c.is_ascii_alphabetic()) && tag.matches('"').count().is_multiple_of(2),
                "{tag}"
            );
            if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
        }
    }
    assert!(open.is_empty() && !rest.contains('<'));
    assert!(!xml.contains(|c: char| c.is_control() && c != '\n' || c == '\u{fffe}' || c == '\u{ffff}'));
    let entities = [("lt;", "<"), ("gt;", ">"), ("quot;", "\""), ("#39;", "'"), ("amp;", "&")];
    let mut pieces = text.split('&');
    let mut resolved = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let known = entities.iter().find_map(|(entity, c)| Some((c, piece.strip_prefix(entity)?)));
        let (c, after) = known.unwrap_or_else(|| panic!("a bare & before {piece}"));
        resolved += c;
        resolved += after;
    }
    resolved
}

const HOSTILE: &str = "a\"b' <c> & {d|e} ]]> \\N \\ <!-- é漢🙂";

fn hostile() -> Picture {
    let mut sketch = Sketch::default();
    let x = sketch.leaf(HOSTILE, true);
    sketch.apply(HOSTILE, &[x, x]);
    let mut picture = sketch.0;
    if let Vertex::Tensor(card) = &mut picture.vertices[0] {
        card.data = format!("{HOSTILE}\n\u{1}\u{ffff}\r\n\t{HOSTILE}");
        card.dtype = HOSTILE.into();
        card.grad_fn = Some(HOSTILE.into());
        card.grad = Some(String::new());
    }
    picture
}

#[test]
fn svg_escapes_everything() {
    let svg = hostile().svg().unwrap();
    let text = parse_xml(&svg);
    assert_eq!(text.matches(HOSTILE).count(), 3, "the heading, its tooltip and the operation in {text}");
    assert!(svg.contains('\u{fffd}'));
    // Nothing that could reach from one picture of a page into another.
    assert!(!svg.contains(" id=") && !svg.contains("<style") && !svg.contains("<script"));
}

#[test]
fn dot_escapes_everything() {
    let dot = hostile().dot();
    let labels: Vec<&str> = dot.lines().filter_map(|line| line.split_once("label=<")).map(|(_, label)| label).collect();
    assert_eq!(labels.len(), 3);
    for label in labels {
        parse_xml(label.strip_suffix(">]").unwrap());
    }
    // Graphviz would replace a backslash and an N by the name of the node.
    assert!(!dot.contains("\\N") && dot.contains("<FONT>\\</FONT>N"));
    assert_eq!(dot.matches("v0 -> v1").count(), 2);
}

#[test]
fn a_card_says_all_that_is_known() {
    let card = TensorCard {
        name: Some("w".into()),
        data: "[[1., 2.],\n  [3., 4.]]".into(),
        shape: vec![2],
        dtype: "float64".into(),
        is_leaf: true,
        requires_grad: true,
        grad_fn: None,
        grad: Some("9".repeat(60)),
    };
    let picture = Picture { vertices: vec![Vertex::Tensor(card)], ..Default::default() };
    let svg = parse_xml(&picture.svg().unwrap().replace('<', "\u{20}<"));
    let dot = picture.dot();
    let label = dot.split_once("label=<").unwrap().1;
    for text in [svg, parse_xml(&label[..label.find(">]").unwrap()].replace('<', "\u{20}<"))] {
        let words: Vec<&str> = text.split_whitespace().collect();
        let said = words.join(" ");
        let start = said.find("w leaf · grad").unwrap_or_else(|| panic!("no heading in {said}"));
        assert_eq!(
            said[start..],
            format!(
                "w leaf · grad data [[1., 2.], [3., 4.]] shape (2,) dtype float64 is_leaf True requires_grad True \
                 grad_fn None grad {} {}…",
                "9".repeat(34),
                "9".repeat(16)
            )
        );
    }
}

#[test]
fn data_length_cuts_characters_and_never_inside_one() {
    assert_eq!(shorten("", 5), "");
    assert_eq!(shorten("abcde", 5), "abcde");
    assert_eq!(shorten("abcdef", 5), "abcde…");
    assert_eq!(shorten("ab cdef", 3), "ab…");
    assert_eq!(shorten("漢🙂é", 2), "漢🙂…");
    assert_eq!(shorten("abc", 0), "…");
    let mut picture = chain(1);
    for data_length in [0, 1, 1000, usize::MAX] {
        picture.data_length = data_length;
        assert_eq!(picture.svg().unwrap().contains('…'), data_length < 2);
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    let (one, other) = (tangle(7, 60), tangle(7, 60));
    assert_eq!(one.svg().unwrap(), other.svg().unwrap());
    assert_eq!(one.dot(), other.dot());
}

#[test]
fn one_arrow_is_drawn_for_every_edge() {
    for picture in [chain(10), stack(10), tangle(3, 40)] {
        let svg = picture.svg().unwrap();
        assert_eq!(svg.matches("z\" fill=\"#8592a8\"/>").count(), picture.edges.len());
    }
}

#[test]
fn small_pictures() {
    parse_xml(&Picture::default().svg().unwrap());
    assert!(Picture::default().dot().ends_with("}\n"));
    parse_xml(&chain(0).svg().unwrap());
    let pair = Picture { vertices: vec![Vertex::Operation { name: String::new() }; 2], ..Default::default() };
    parse_xml(&pair.svg().unwrap());
}

#[test]
fn long_chains_and_wide_graphs_are_drawn() {
    for picture in [chain(1_900), stack(3_900), tangle(1, 1_000)] {
        let svg = picture.svg().unwrap();
        assert_eq!(svg.matches("<g>").count(), picture.vertices.len());
    }
}

#[test]
fn what_is_too_large_is_refused_by_its_size_and_still_has_a_source() {
    for picture in [chain(5_000), stack(10_000), chain(100_000)] {
        let (vertices, edges) = (picture.vertices.len(), picture.edges.len());
        let error = picture.svg().unwrap_err();
        assert_eq!(error, DrawError::TooLarge { vertices, edges });
        assert!(error.to_string().contains(&format!("{vertices} vertices and {edges} edges")));
        assert_eq!(picture.dot().matches(" -> ").count(), edges);
    }
    // Few vertices, but every one is used to the very end.
    let mut picture = chain(1_500);
    let end = picture.vertices.len() - 2;
    picture.edges.extend((0..end - 1).map(|v| (v, end)));
    assert!(matches!(picture.svg(), Err(DrawError::TooLarge { .. })));
}

#[test]
fn edges_that_make_no_graph_are_refused() {
    let mut picture = chain(1);
    picture.edges.push((0, 9));
    let error = picture.svg().unwrap_err();
    assert_eq!(error.to_string(), "draw: the edge (0, 9) must join two of the 3 vertices (0 to 2)");
    assert_eq!(picture.dot().matches(" -> ").count(), 2);
    picture.edges[2] = (2, 0);
    assert_eq!(picture.svg(), Err(DrawError::Cycle));
    picture.edges[2] = (1, 1);
    assert_eq!(picture.svg(), Err(DrawError::Cycle));
}
