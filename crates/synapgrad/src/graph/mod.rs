//! The picture of an autograd graph: one card per tensor, one pill per operation, one arrow per use.
//!
//! A [`Picture`] is a plain description. It knows neither [`Tensor`](crate) nor gradients, so the same drawing serves
//! the engine, a test and a hand-made illustration. It can be written in two ways:
//!
//! * [`Picture::dot`]: Graphviz source, of any size;
//! * [`Picture::svg`]: a finished drawing, laid out here, so that no Graphviz has to be installed.
//!
//! | file        | subject                                                                  |
//! |-------------|--------------------------------------------------------------------------|
//! | `card.rs`   | what a card says: its role and colours, its rows, shortened and wrapped  |
//! | `layout.rs` | where things go: ranks, order within a rank, coordinates, routes         |
//! | `svg.rs`    | the drawing                                                              |
//! | `dot.rs`    | the Graphviz source                                                      |
//! | `walk.rs`   | from a tensor to its picture                                             |
//!
//! ```
//! use synapgrad::graph::{Picture, TensorCard, Vertex};
//!
//! let x = TensorCard { name: Some("x".into()), data: "[5., 3.]".into(), shape: vec![2], dtype: "float32".into(),
//!     is_leaf: true, requires_grad: true, ..Default::default() };
//! let y = TensorCard { data: "[10., 6.]".into(), is_leaf: false, grad_fn: Some("<MulBackward0>".into()), ..x.clone() };
//! let picture = Picture {
//!     vertices: vec![Vertex::Tensor(x), Vertex::Operation { name: "mul".into() }, Vertex::Tensor(y)],
//!     edges: vec![(0, 1), (1, 2)],
//!     ..Default::default()
//! };
//! assert!(picture.dot().starts_with("digraph"));
//! assert!(picture.svg()?.starts_with("<svg"));
//! # Ok::<(), synapgrad::graph::DrawError>(())
//! ```

mod card;
mod dot;
mod layout;
mod svg;
#[cfg(test)]
mod tests;
mod walk;

pub use card::shorten;
pub use walk::{DrawOptions, picture};

use std::fmt;
use std::str::FromStr;

/// What the picture says about one tensor.
///
/// The texts are shown as they are, apart from white space, which is folded, and [`Picture::data_length`], which
/// shortens `data` and `grad`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TensorCard {
    /// The heading of the card; without one the heading is `tensor`.
    pub name: Option<String>,
    /// The values, printed.
    pub data: String,
    /// The size of every dimension; empty for a 0-d tensor.
    pub shape: Vec<usize>,
    /// The dtype as it is called in Python: `float32`.
    pub dtype: String,
    /// Whether the tensor was created by the user rather than by a recorded operation.
    pub is_leaf: bool,
    /// Whether gradients flow to this tensor.
    pub requires_grad: bool,
    /// The printed node that made this tensor: `<MulBackward0>`.
    pub grad_fn: Option<String>,
    /// The gradient's values, printed.
    pub grad: Option<String>,
}

/// A tensor, or an operation that takes tensors and makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vertex {
    /// Drawn as a card with one row per property.
    Tensor(TensorCard),
    /// Drawn as a pill with its name.
    Operation {
        /// What the operation is called: `matmul`.
        name: String,
    },
}

/// The direction in which arrows point, with Graphviz's names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RankDir {
    /// Left to right.
    #[default]
    LR,
    /// Top to bottom.
    TB,
    /// Right to left.
    RL,
    /// Bottom to top.
    BT,
}

impl fmt::Display for RankDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for RankDir {
    type Err = DrawError;

    /// Reads Graphviz's name, in capitals.
    ///
    /// ```
    /// use synapgrad::graph::RankDir;
    /// assert_eq!("TB".parse(), Ok(RankDir::TB));
    /// assert_eq!(
    ///     "UP".parse::<RankDir>().unwrap_err().to_string(),
    ///     "draw: rankdir must be 'LR', 'TB', 'RL' or 'BT', got 'UP'",
    /// );
    /// ```
    fn from_str(name: &str) -> Result<Self, DrawError> {
        match name {
            "LR" => Ok(RankDir::LR),
            "TB" => Ok(RankDir::TB),
            "RL" => Ok(RankDir::RL),
            "BT" => Ok(RankDir::BT),
            _ => Err(DrawError::RankDir(name.into())),
        }
    }
}

/// A graph to be drawn. Edges are pairs of indices into `vertices`, (from, to), in the order of an operation's
/// arguments; a pair that occurs twice (`x * x`) is drawn twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The tensors and operations.
    pub vertices: Vec<Vertex>,
    /// The arrows. They must form no cycle.
    pub edges: Vec<(usize, usize)>,
    /// Where the arrows point.
    pub rankdir: RankDir,
    /// How many characters of `data` and `grad` are shown before an ellipsis cuts them.
    pub data_length: usize,
}

impl Default for Picture {
    fn default() -> Self {
        Picture { vertices: Vec::new(), edges: Vec::new(), rankdir: RankDir::LR, data_length: 50 }
    }
}

/// The most vertices and edges, and the most bends, that [`Picture::svg`] lays out. Beyond, the file would have tens
/// of megabytes and the picture hundreds of metres: no viewer opens it, and nobody could read it.
const LIMIT: usize = 4_000;
const BENDS: usize = 16 * LIMIT;

impl Picture {
    /// Graphviz source of the picture: HTML-like labels, one node `v<index>` per vertex.
    ///
    /// Any size is written. An edge that names a vertex which does not exist is left out.
    ///
    /// ```
    /// use synapgrad::graph::{Picture, Vertex};
    /// let step = |name: &str| Vertex::Operation { name: name.into() };
    /// let picture = Picture { vertices: vec![step("exp"), step("sum")], edges: vec![(0, 1)], ..Default::default() };
    /// assert!(picture.dot().contains("v0 -> v1"));
    /// ```
    pub fn dot(&self) -> String {
        dot::write(self)
    }

    /// The picture as a self-contained SVG document with a transparent background, legible on white and on dark pages.
    ///
    /// The same picture gives the same bytes. It holds no style sheet, no script and no id, so that many of them can
    /// stand in one page (a notebook) without disturbing each other.
    ///
    /// ```
    /// use synapgrad::graph::{DrawError, Picture, Vertex};
    /// let step = |name: &str| Vertex::Operation { name: name.into() };
    /// let mut picture = Picture { vertices: vec![step("exp"), step("sum")], edges: vec![(0, 1)], ..Default::default() };
    /// assert_eq!(picture.svg()?, picture.svg()?);
    /// picture.edges.push((1, 0));
    /// assert_eq!(picture.svg(), Err(DrawError::Cycle));
    /// # Ok::<(), DrawError>(())
    /// ```
    ///
    /// # Errors
    /// [`DrawError::TooLarge`] for more than 4,000 vertices, 16,000 edges or 64,000 bends in them;
    /// [`DrawError::NoSuchVertex`] and [`DrawError::Cycle`] for edges that make no graph of a computation.
    pub fn svg(&self) -> Result<String, DrawError> {
        svg::write(self)
    }
}

/// Why a picture could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawError {
    /// The graph is too large to be laid out; its DOT source is still available.
    TooLarge {
        /// How many vertices it has.
        vertices: usize,
        /// How many edges it has.
        edges: usize,
    },
    /// An edge names a vertex that the picture does not have.
    NoSuchVertex {
        /// The edge.
        edge: (usize, usize),
        /// How many vertices there are.
        vertices: usize,
    },
    /// Following the arrows leads back to where one started.
    Cycle,
    /// A direction that is not one of Graphviz's four.
    RankDir(String),
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DrawError::TooLarge { vertices, edges } => write!(
                f,
                "draw: a graph of {vertices} vertices and {edges} edges is too large for a readable SVG, wanted at most \
                 {LIMIT} vertices, {} edges and {BENDS} bends in them; its DOT source can still be written",
                4 * LIMIT,
            ),
            DrawError::NoSuchVertex { edge: (from, to), vertices } => {
                write!(f, "draw: the edge ({from}, {to}) must join two of the {vertices} vertices (0 to {})", {
                    (*vertices).saturating_sub(1)
                })
            }
            DrawError::Cycle => write!(f, "draw: the edges form a cycle, wanted a graph without one"),
            DrawError::RankDir(got) => write!(f, "draw: rankdir must be 'LR', 'TB', 'RL' or 'BT', got '{got}'"),
        }
    }
}

impl std::error::Error for DrawError {}
