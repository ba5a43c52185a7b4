//! The picture as SVG: boxes, letters and wires at the places that `layout.rs` found.

use std::fmt::Write;

use super::card::{self, FAINT, KEY, OPERATION, PAPER, Role, Row, VALUE, WIRE, columns, escape};
use super::layout::{Graph, layout};
use super::{DrawError, LIMIT, Picture, RankDir, TensorCard, Vertex};

const SANS: &str = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif";
const MONO: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";

// All in pixels. The fonts of the reader are not known here: boxes are as wide as the widest usual ones need.
/// Free space around the whole picture.
const MARGIN: f64 = 14.0;
/// Height of a heading, of a line of text, and free space above the first and below the last row.
const HEAD: f64 = 27.0;
const LINE: f64 = 16.0;
const INSET: f64 = 6.0;
/// Free space at the left and right of text.
const PAD: f64 = 11.0;
/// Where values begin.
const VALUES: f64 = 96.0;
/// Width of one column of values (11 px monospaced), of a heading (12.5 px bold) and of a role (9.5 px).
const VALUE_COLUMN: f64 = 6.7;
const TITLE_COLUMN: f64 = 8.0;
const ROLE_COLUMN: f64 = 5.8;
/// Height of an operation, radius of its ends and of the corners of a card.
const PILL: f64 = 28.0;
const CORNER: f64 = 7.0;
/// Length and half the width of the head of an arrow.
const ARROW: (f64, f64) = (8.0, 3.6);

/// A vertex, ready to be measured and drawn.
enum Shape<'a> {
    Card { tensor: &'a TensorCard, role: Role, title: String, rows: Vec<Row> },
    Pill { title: String },
}

impl<'a> Shape<'a> {
    fn new(vertex: &'a Vertex, role: Option<Role>, data_length: usize) -> Shape<'a> {
        let title = card::title(vertex);
        match (vertex, role) {
            (Vertex::Tensor(tensor), Some(role)) => {
                Shape::Card { tensor, role, title, rows: card::rows(tensor, data_length) }
            }
            _ => Shape::Pill { title },
        }
    }

    /// Width and height.
    fn size(&self) -> [f64; 2] {
        match self {
            Shape::Pill { title } => [columns(title) as f64 * TITLE_COLUMN + 2.0 * PAD + 6.0, PILL],
            Shape::Card { title, role, rows, .. } => {
                let lines = rows.iter().flat_map(|row| &row.lines);
                let value = lines.clone().map(|line| columns(line)).max().unwrap_or(0) as f64 * VALUE_COLUMN;
                let label = role.label().chars().count() as f64 * ROLE_COLUMN;
                let heading = columns(title) as f64 * TITLE_COLUMN + 14.0 + label + 2.0 * PAD;
                [(VALUES + value + PAD).max(heading).ceil(), HEAD + 2.0 * INSET + lines.count() as f64 * LINE]
            }
        }
    }

    fn write(&self, svg: &mut String, [x, y]: [f64; 2]) {
        let [width, height] = self.size();
        match self {
            Shape::Pill { title } => {
                let (middle, base) = (Px(x + width / 2.0), Px(y + height / 2.0 + 4.2));
                let _ = writeln!(
                    svg,
                    "<g><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"{}\" stroke=\"{}\"/>\
                     <text x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\" font-size=\"12\" font-weight=\"600\" \
                     fill=\"{}\">{}</text></g>",
                    Px(x),
                    Px(y),
                    Px(width),
                    Px(height),
                    Px(PILL / 2.0),
                    OPERATION.tint,
                    OPERATION.line,
                    OPERATION.ink,
                    escape(title),
                );
            }
            Shape::Card { tensor, role, title, rows } => {
                let colours = role.palette();
                let right = x + width;
                let shown = tensor.name.as_deref().unwrap_or(title);
                let _ = write!(
                    svg,
                    "<g><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{CORNER}\" \
                     fill=\"{PAPER}\"/><path d=\"M{} {}v{}a{CORNER} {CORNER} 0 0 1 {CORNER} -{CORNER}h{}a{CORNER} \
                     {CORNER} 0 0 1 {CORNER} {CORNER}v{}z\" fill=\"{}\"/>",
                    escape(&card::shorten(shown, 400)),
                    Px(x),
                    Px(y),
                    Px(width),
                    Px(height),
                    Px(x),
                    Px(y + HEAD),
                    Px(CORNER - HEAD),
                    Px(width - 2.0 * CORNER),
                    Px(HEAD - CORNER),
                    colours.tint,
                );
                let _ = write!(
                    svg,
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{CORNER}\" fill=\"none\" stroke=\"{}\"/>\
                     <text x=\"{}\" y=\"{}\" font-size=\"12.5\" font-weight=\"700\" fill=\"{}\">{}</text>\
                     <text x=\"{}\" y=\"{}\" font-size=\"9.5\" text-anchor=\"end\" fill=\"{}\">{}</text>",
                    Px(x),
                    Px(y),
                    Px(width),
                    Px(height),
                    colours.line,
                    Px(x + PAD),
                    Px(y + 18.0),
                    colours.ink,
                    escape(title),
                    Px(right - PAD),
                    Px(y + 17.5),
                    colours.ink,
                    role.label(),
                );
                let mut base = y + HEAD + INSET + 11.5;
                for row in rows {
                    let _ =
                        write!(svg, "<text x=\"{}\" y=\"{}\" fill=\"{KEY}\">{}</text>", Px(x + PAD), Px(base), row.key);
                    for line in &row.lines {
                        let _ = write!(
                            svg,
                            "<text x=\"{}\" y=\"{}\" font-family=\"{MONO}\" fill=\"{}\">{}</text>",
                            Px(x + VALUES),
                            Px(base),
                            if row.faint { FAINT } else { VALUE },
                            escape(line),
                        );
                        base += LINE;
                    }
                }
                svg.push_str("</g>\n");
            }
        }
    }
}

pub(super) fn write(picture: &Picture) -> Result<String, DrawError> {
    let upright = matches!(picture.rankdir, RankDir::TB | RankDir::BT);
    let turn = |[a, b]: [f64; 2]| if upright { [b, a] } else { [a, b] };

    // Checked before any text is measured: the values of a million tensors would take their time.
    if picture.vertices.len() > LIMIT {
        return Err(DrawError::TooLarge { vertices: picture.vertices.len(), edges: picture.edges.len() });
    }
    let shapes: Vec<Shape> = picture
        .vertices
        .iter()
        .zip(card::roles(picture))
        .map(|(vertex, role)| Shape::new(vertex, role, picture.data_length))
        .collect();
    let sizes: Vec<[f64; 2]> = shapes.iter().map(|shape| turn(shape.size())).collect();
    // The wires from result to operation to result are the backbone of the picture; leaves hang on it.
    let weights: Vec<f64> = picture
        .edges
        .iter()
        .map(|&(from, _)| match picture.vertices.get(from) {
            Some(Vertex::Tensor(card)) if card.is_leaf => 1.0,
            _ => 8.0,
        })
        .collect();
    let drawing = layout(&Graph { sizes: &sizes, edges: &picture.edges, weights: &weights })?;

    // From (along, across) to (x, y) on the page.
    let page = |[along, across]: [f64; 2]| {
        let [length, _] = drawing.extent;
        let along = if matches!(picture.rankdir, RankDir::RL | RankDir::BT) { length - along } else { along };
        let [x, y] = turn([along, across]);
        [x + MARGIN, y + MARGIN]
    };
    let [width, height] = turn(drawing.extent).map(|size| Px((size + 2.0 * MARGIN).ceil()));
    let operations = shapes.iter().filter(|shape| matches!(shape, Shape::Pill { .. })).count();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{SANS}\" font-size=\"11\" role=\"img\" \
         aria-label=\"Autograd graph of {} tensors and {operations} operations\">\n",
        shapes.len() - operations,
    );
    for wire in &drawing.wires {
        let bends: Vec<[f64; 2]> = wire.bends.iter().map(|&bend| page(bend)).collect();
        let grad = card::carries_grad(picture, picture.edges[wire.edge]);
        line(&mut svg, &bends, upright, wire.arrow, grad);
    }
    for (shape, &centre) in shapes.iter().zip(&drawing.centres) {
        let ([x, y], [width, height]) = (page(centre), shape.size());
        shape.write(&mut svg, [x - width / 2.0, y - height / 2.0]);
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// A line through the bends, with the head of an arrow at its end; dashed where no gradient flows back along it.
fn line(svg: &mut String, bends: &[[f64; 2]], upright: bool, arrow: bool, grad: bool) {
    let ([start, _, ..], [.., tip]) = (bends, bends) else { return };
    // The axis along the arrows, and the other one.
    let (along, across) = if upright { (1, 0) } else { (0, 1) };
    let direction = (tip[along] - start[along]).signum();
    let mut path = format!("M{}", At(*start));
    let mut last = *start;
    for (index, &bend) in bends.iter().enumerate().skip(1) {
        let mut next = bend;
        if arrow && index == bends.len() - 1 {
            // A line is blunt: it must end inside the head, not at the tip.
            next[along] -= direction * (ARROW.0 - 1.0);
            if (next[along] - last[along]) * direction <= 0.0 {
                break;
            }
        }
        let _ = if last[across] == next[across] {
            write!(path, "L{}", At(next))
        } else {
            let (mut leave, mut arrive) = (last, next);
            leave[along] = (last[along] + next[along]) / 2.0;
            arrive[along] = leave[along];
            write!(path, "C{} {} {}", At(leave), At(arrive), At(next))
        };
        last = next;
    }
    let dashes = if grad { "" } else { " stroke-dasharray=\"5 4\"" };
    let _ = write!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{WIRE}\" stroke-width=\"1.5\"{dashes}/>");
    if arrow {
        let corner = |side: f64| {
            let mut corner = *tip;
            corner[along] -= direction * ARROW.0;
            corner[across] += side * ARROW.1;
            At(corner)
        };
        let _ = write!(svg, "<path d=\"M{}L{}L{}z\" fill=\"{WIRE}\"/>", At(*tip), corner(-1.0), corner(1.0));
    }
    svg.push('\n');
}

/// A point.
struct At([f64; 2]);

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", Px(self.0[0]), Px(self.0[1]))
    }
}

/// A length with at most one decimal, which is as fine as anyone sees and keeps the file small.
struct Px(f64);

impl std::fmt::Display for Px {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() + 0.0;
        write!(f, "{}", tenths / 10.0)
    }
}
