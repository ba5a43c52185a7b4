//! What a card says: the role of a tensor and its colours, its rows of keys and values, and the care for their text.

use super::{Picture, TensorCard, Vertex};

/// What a tensor is in its graph; stands at the right of its heading and decides the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A leaf that requires grad: what training changes.
    Learned,
    /// A leaf that does not: data, constants.
    Data,
    /// The result of an operation that another operation uses.
    Intermediate,
    /// The result of an operation that nothing uses.
    Output,
}

/// Background of the heading, its text, and the outline of the card.
pub(super) struct Palette {
    pub tint: &'static str,
    pub ink: &'static str,
    pub line: &'static str,
}

/// Colours that do not depend on the role. The wire is of middle lightness: it stands out from white (3:1) and from
/// the dark backgrounds of notebooks (5:1).
pub(super) const PAPER: &str = "#ffffff";
pub(super) const KEY: &str = "#64708a";
pub(super) const VALUE: &str = "#1b2333";
pub(super) const FAINT: &str = "#8b95a9";
pub(super) const WIRE: &str = "#8592a8";
pub(super) const OPERATION: Palette = Palette { tint: "#39425a", ink: "#ffffff", line: "#8592a8" };

impl Role {
    pub(super) fn of(card: &TensorCard, used: bool) -> Role {
        match (card.is_leaf, card.requires_grad, used) {
            (true, true, _) => Role::Learned,
            (true, false, _) => Role::Data,
            (false, _, true) => Role::Intermediate,
            (false, _, false) => Role::Output,
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Role::Learned => "leaf · grad",
            Role::Data => "leaf",
            Role::Intermediate => "intermediate",
            Role::Output => "output",
        }
    }

    pub(super) fn palette(self) -> Palette {
        match self {
            Role::Learned => Palette { tint: "#fdebd0", ink: "#8a4b08", line: "#e0973c" },
            Role::Data => Palette { tint: "#e9edf3", ink: "#475267", line: "#a3afc2" },
            Role::Intermediate => Palette { tint: "#dfeafc", ink: "#1f4e96", line: "#6f9de0" },
            Role::Output => Palette { tint: "#d8f1e1", ink: "#15623c", line: "#4bab78" },
        }
    }
}

/// The role of every vertex; `None` for operations.
pub(super) fn roles(picture: &Picture) -> Vec<Option<Role>> {
    let mut used = vec![false; picture.vertices.len()];
    for &(from, _) in &picture.edges {
        if let Some(used) = used.get_mut(from) {
            *used = true;
        }
    }
    let role = |(vertex, used): (&Vertex, bool)| match vertex {
        Vertex::Tensor(card) => Some(Role::of(card, used)),
        Vertex::Operation { .. } => None,
    };
    picture.vertices.iter().zip(used).map(role).collect()
}

/// Whether gradients flow along an edge that leaves this vertex. `requires_grad` of an operation is that of its
/// result, so the edges that leave an operation follow its target.
pub(super) fn carries_grad(picture: &Picture, (from, to): (usize, usize)) -> bool {
    match (&picture.vertices[from], &picture.vertices[to]) {
        (Vertex::Tensor(card), _) | (_, Vertex::Tensor(card)) => card.requires_grad,
        _ => true,
    }
}

/// One line of a card: a property and its value, broken into lines. `faint` for a value that says "nothing here".
pub(super) struct Row {
    pub key: &'static str,
    pub lines: Vec<String>,
    pub faint: bool,
}

/// How many columns a value has before it goes on in the next line.
const WRAP: usize = 34;
/// How many columns a heading or the name of an operation has.
const TITLE: usize = 40;

/// The heading of a card, or what stands on a pill: one line, never empty.
pub(super) fn title(vertex: &Vertex) -> String {
    let text = match vertex {
        Vertex::Tensor(card) => card.name.as_deref().unwrap_or("tensor"),
        Vertex::Operation { name } => name,
    };
    let text = shorten(text, TITLE);
    if text.is_empty() { "–".into() } else { text }
}

/// The rows below the heading, always the same ones, so that cards can be compared at a glance.
pub(super) fn rows(card: &TensorCard, data_length: usize) -> Vec<Row> {
    let row = |key, text: &str, faint| Row { key, lines: wrap(text, WRAP), faint };
    let flag = |key, set: bool| row(key, if set { "True" } else { "False" }, !set);
    let optional = |key, text: Option<String>| row(key, text.as_deref().unwrap_or("None"), text.is_none());
    let sizes: Vec<String> = card.shape.iter().map(usize::to_string).collect();
    let shape = if sizes.len() == 1 { format!("({},)", sizes[0]) } else { format!("({})", sizes.join(", ")) };
    vec![
        row("data", &shorten(&card.data, data_length), false),
        row("shape", &shape, false),
        row("dtype", &shorten(&card.dtype, TITLE), false),
        flag("is_leaf", card.is_leaf),
        flag("requires_grad", card.requires_grad),
        optional("grad_fn", card.grad_fn.as_deref().map(|text| shorten(text, TITLE))),
        optional("grad", card.grad.as_deref().map(|text| shorten(text, data_length))),
    ]
}

/// The first `length` characters of a text, with an ellipsis for what is missing. Runs of white space (a printed
/// matrix has line breaks and indentation) become one space each; they count as one character.
///
/// ```
/// use synapgrad::graph::shorten;
/// assert_eq!(shorten("[[1., 2.],\n [3., 4.]]", 50), "[[1., 2.], [3., 4.]]");
/// assert_eq!(shorten("[1., 2., 3., 4.]", 8), "[1., 2.,…");
/// ```
pub fn shorten(text: &str, length: usize) -> String {
    let mut short = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        let space = (!short.is_empty()).then_some(' ');
        for c in space.into_iter().chain(word.chars()) {
            if count == length {
                short.truncate(short.trim_end().len());
                short.push('…');
                return short;
            }
            short.push(c);
            count += 1;
        }
    }
    short
}

/// Breaks a text into lines of at most `width` columns, after a space where there is one. Never empty.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let needed = columns(word.trim_end());
        if used > 0 && used + needed > width {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            if used + column(c) > width && c != ' ' {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += column(c);
        }
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

/// The width of a text in columns of a monospaced font.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// East Asian wide characters and emoji take two columns, everything else is counted as one: too many for combining
/// marks, which costs a little white space and never an overflow.
fn column(c: char) -> usize {
    match c as u32 {
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f000..=0x1faff
        | 0x20000..=0x3fffd => 2,
        0x2600..=0x27bf | 0x2b00..=0x2bff => 2,
        _ => 1,
    }
}

/// Writes a text where XML expects one; Graphviz's HTML-like labels follow the same rules. What XML cannot hold at
/// all (control characters, the two non-characters) is shown as U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
