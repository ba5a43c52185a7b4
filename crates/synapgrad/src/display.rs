//! The text of a tensor, character for character as PyTorch prints it.
//!
//! One format serves all elements of a tensor: it follows from the elements that are shown. Integral values print as
//! `1.`, others with a fixed number of decimals, and both in scientific notation where the magnitudes lie too far apart.
//! Then all are padded to the widest.

use std::fmt;
use std::sync::RwLock;

use crate::{DType, Tensor};

/// One element, widened without loss: every float dtype to f64, every integer dtype to i64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    /// An element of f64, f32, f16 or bf16.
    Float(f64),
    /// An element of i64, i32, i16, i8 or u8.
    Int(i64),
    /// An element of a bool tensor.
    Bool(bool),
}

/// How tensors print: `torch.set_printoptions`.
#[derive(Clone, Debug, PartialEq)]
pub struct PrintOptions {
    /// Digits after the point.
    pub precision: usize,
    /// Tensors with more elements than this are summarised with `...`; `usize::MAX` for never.
    pub threshold: usize,
    /// Elements shown at each end of a summarised dimension.
    pub edgeitems: usize,
    /// Characters in a line.
    pub linewidth: usize,
    /// Scientific notation always or never; `None` lets the values decide.
    pub sci_mode: Option<bool>,
}

impl Default for PrintOptions {
    fn default() -> Self {
        Self { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80, sci_mode: None }
    }
}

impl PrintOptions {
    /// The options of a profile: `"default"`, `"short"` (2 decimals, 2 edge items) or `"full"` (never summarised).
    ///
    /// ```
    /// # use synapgrad::display::PrintOptions;
    /// assert_eq!(PrintOptions::profile("short").unwrap().precision, 2);
    /// assert_eq!(PrintOptions::profile("tiny"), None);
    /// ```
    pub fn profile(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::default()),
            "short" => Some(Self { precision: 2, edgeitems: 2, ..Self::default() }),
            "full" => Some(Self { threshold: usize::MAX, ..Self::default() }),
            _ => None,
        }
    }
}

/// The text of a tensor of the given shape: `prefix`, the elements, the suffixes, `)`.
///
/// `get` reads the element at an index of `shape.len()` numbers; only elements that are shown are read. `is_float` is
/// the dtype's: it decides how an element prints even where all are integral. `suffixes` are whatever follows the elements
/// (`dtype=…`, `grad_fn=<…>`, `requires_grad=True`), ready rendered and in order; the `size=…` of an empty tensor is
/// added here, before them.
///
/// ```
/// use synapgrad::display::{format_tensor, PrintOptions, Scalar};
/// let data = [[1.0, 2.5, -3.0], [0.0, f64::INFINITY, 100.0]];
/// let get = |i: &[usize]| Scalar::Float(data[i[0]][i[1]]);
/// let suffixes = ["requires_grad=True".to_string()];
/// assert_eq!(
///     format_tensor(&get, &[2, 3], true, &PrintOptions::default(), "tensor(", &suffixes),
///     "tensor([[  1.0000,   2.5000,  -3.0000],\n        [  0.0000,      inf, 100.0000]], requires_grad=True)"
/// );
/// ```
pub fn format_tensor(
    get: &dyn Fn(&[usize]) -> Scalar,
    shape: &[usize],
    is_float: bool,
    options: &PrintOptions,
    prefix: &str,
    suffixes: &[String],
) -> String {
    let indent = prefix.chars().count();
    let mut text = String::from(prefix);
    let mut size = None;
    if shape.contains(&0) {
        text.push_str("[]");
        if shape.len() != 1 {
            size = Some(size_suffix(shape));
        }
    } else {
        if options.edgeitems == 0 {
            size = Some(size_suffix(shape));
        }
        let shown = shown_positions(shape, options);
        let mut values = Vec::new();
        collect(get, &shown, &mut vec![0; shape.len()], 0, &mut values);
        let format = Format::new(&values, is_float, options);
        let mut writer = Writer { text, values: values.into_iter(), format, shown: &shown, options };
        writer.write(0, indent);
        text = writer.text;
    }
    let suffixes = size.iter().chain(suffixes);
    add_suffixes(&mut text, suffixes, indent, options.linewidth);
    text
}

/// `size=(2, 3)`, with Python's comma in a tuple of one.
fn size_suffix(shape: &[usize]) -> String {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    format!("size=({}{comma})", sizes.join(", "))
}

/// Appends `, suffix` for each, on a line of its own where the current line would grow too long, and the last `)`.
fn add_suffixes<'a>(text: &mut String, suffixes: impl Iterator<Item = &'a String>, indent: usize, linewidth: usize) {
    // The first suffix reckons with two characters after the elements: the comma and space, or the parenthesis.
    let last_line = text.rfind('\n').map_or(text.as_str(), |at| &text[at + 1..]);
    let mut length = last_line.chars().count() + 2;
    for suffix in suffixes {
        // A line breaks where PyTorch's does, whose name is shorter.
        let longer = if suffix.starts_with("dtype=synapgrad.") { "synapgrad".len() - "torch".len() } else { 0 };
        let width = suffix.chars().count() - longer;
        if length + width + 2 > linewidth {
            text.push_str(",\n");
            text.extend(std::iter::repeat_n(' ', indent));
            length = indent + width;
        } else {
            text.push_str(", ");
            length += width + 2;
        }
        text.push_str(suffix);
    }
    text.push(')');
}

/// The indices of one dimension that are shown; `None` stands for the dots.
type Shown = Vec<Option<usize>>;

fn shown_positions(shape: &[usize], options: &PrintOptions) -> Vec<Shown> {
    // A product past usize::MAX is of an expanded tensor, and certainly past the threshold.
    let count = shape.iter().try_fold(1usize, |n, &size| n.checked_mul(size));
    let summarise = count.is_none_or(|n| n > options.threshold);
    let edge = options.edgeitems;
    let of_dim = |&size: &usize| -> Shown {
        if summarise && size > edge.saturating_mul(2) {
            (0..edge).map(Some).chain([None]).chain((size - edge..size).map(Some)).collect()
        } else {
            (0..size).map(Some).collect()
        }
    };
    shape.iter().map(of_dim).collect()
}

/// Reads the shown elements in order.
fn collect(
    get: &dyn Fn(&[usize]) -> Scalar,
    shown: &[Shown],
    index: &mut Vec<usize>,
    dim: usize,
    values: &mut Vec<Scalar>,
) {
    let Some(positions) = shown.get(dim) else {
        values.push(get(index));
        return;
    };
    for position in positions.iter().flatten() {
        index[dim] = *position;
        collect(get, shown, index, dim + 1, values);
    }
}

struct Writer<'a> {
    text: String,
    values: std::vec::IntoIter<Scalar>,
    format: Format,
    shown: &'a [Shown],
    options: &'a PrintOptions,
}

impl Writer<'_> {
    /// Writes the sub-tensor from `dim` on, whose opening bracket stands in column `indent`.
    fn write(&mut self, dim: usize, indent: usize) {
        let shown = self.shown;
        let Some(positions) = shown.get(dim) else {
            self.write_value();
            return;
        };
        let left = shown.len() - dim;
        // Within a row, commas, and a new line when it is full; between rows, a new line; a blank line more for each
        // dimension further out.
        let per_line = match left {
            1 => (self.options.linewidth.saturating_sub(indent) / (self.format.width + 2)).max(1),
            _ => 1,
        };
        self.text.push('[');
        for (i, position) in positions.iter().enumerate() {
            if i > 0 {
                if i % per_line != 0 {
                    self.text.push_str(", ");
                } else {
                    self.text.push(',');
                    self.text.extend(std::iter::repeat_n('\n', (left - 1).max(1)));
                    self.text.extend(std::iter::repeat_n(' ', indent + 1));
                }
            }
            match position {
                Some(_) if left == 1 => self.write_value(),
                Some(_) => self.write(dim + 1, indent + 1),
                // Between numbers the dots have a space more.
                None if left == 1 && positions.len() > 1 => self.text.push_str(" ..."),
                None => self.text.push_str("..."),
            }
        }
        self.text.push(']');
    }

    fn write_value(&mut self) {
        if let Some(value) = self.values.next() {
            let value = self.format.value(value);
            let padding = self.format.width.saturating_sub(value.len());
            self.text.extend(std::iter::repeat_n(' ', padding));
            self.text.push_str(&value);
        }
    }
}

/// How every element of one tensor prints.
struct Format {
    style: Style,
    precision: usize,
    width: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// Integers and booleans, as they are.
    Plain,
    /// Floats that are all integral: `-3.`
    Integral,
    /// `-3.0000`
    Fixed,
    /// `-3.0000e+00`
    Scientific,
}

impl Format {
    fn new(values: &[Scalar], is_float: bool, options: &PrintOptions) -> Self {
        let mut format = Self { style: Style::Plain, precision: options.precision, width: 1 };
        if !is_float {
            format.widen(values.iter().copied());
            return format;
        }
        // Zeros, infinities and NaN have no say in the style, and none in the width: among numbers that are all
        // narrower, they stick out.
        let counted = |value: &Scalar| matches!(value, Scalar::Float(x) if *x != 0.0 && x.is_finite());
        let (mut smallest, mut largest, mut integral) = (f64::INFINITY, 0.0f64, true);
        for value in values.iter().filter(|v| counted(v)) {
            if let Scalar::Float(x) = value {
                smallest = smallest.min(x.abs());
                largest = largest.max(x.abs());
                integral &= x.ceil() == *x;
            }
        }
        format.style = Style::Integral;
        if largest == 0.0 {
            return format;
        }
        let apart = largest / smallest > 1000.0 || largest > 1e8 || smallest < 1e-4;
        if options.sci_mode.unwrap_or(apart) {
            format.style = Style::Scientific;
        } else if !integral {
            format.style = Style::Fixed;
        }
        format.widen(values.iter().copied().filter(counted));
        format
    }

    fn widen(&mut self, values: impl Iterator<Item = Scalar>) {
        self.width = values.map(|v| self.value(v).len()).fold(self.width, usize::max);
    }

    fn value(&self, value: Scalar) -> String {
        let x = match value {
            Scalar::Float(x) => x,
            Scalar::Int(i) => return i.to_string(),
            Scalar::Bool(b) => return if b { "True" } else { "False" }.into(),
        };
        match self.style {
            _ if x.is_nan() => "nan".into(),
            _ if x.is_infinite() => if x > 0.0 { "inf" } else { "-inf" }.into(),
            Style::Plain | Style::Integral => format!("{x:.0}."),
            Style::Fixed => format!("{x:.*}", self.precision),
            Style::Scientific => scientific(x, self.precision),
        }
    }
}

/// C's `%.*e`: a sign and at least two digits in the exponent, where Rust writes `1e0`.
fn scientific(x: f64, precision: usize) -> String {
    let text = format!("{x:.precision$e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

static OPTIONS: RwLock<Option<PrintOptions>> = RwLock::new(None);

/// How tensors print now.
pub fn print_options() -> PrintOptions {
    OPTIONS.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone().unwrap_or_default()
}

/// Print tensors otherwise from now on.
pub fn set_print_options(options: PrintOptions) {
    *OPTIONS.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(options);
}

/// The text of a tensor with all that is said about it: the dtype where it does not go without saying, the operation that
/// made it, whether it requires a gradient.
pub fn describe(tensor: &Tensor, prefix: &str, options: &PrintOptions) -> String {
    let usual = match tensor.numel() {
        0 => tensor.dtype() == crate::default_dtype(),
        _ => tensor.dtype() == crate::default_dtype() || matches!(tensor.dtype(), DType::I64 | DType::Bool),
    };
    let mut suffixes = Vec::new();
    if !usual {
        suffixes.push(format!("dtype=synapgrad.{}", tensor.dtype().name()));
    }
    if let Some(node) = tensor.grad_fn() {
        suffixes.push(format!("grad_fn=<{}>", node.name()));
    } else if tensor.requires_grad() {
        suffixes.push("requires_grad=True".to_string());
    }
    let layout = tensor.layout();
    let get = |index: &[usize]| {
        let steps = index.iter().zip(&layout.strides).map(|(i, stride)| i * stride);
        match tensor.scalar_at(layout.offset + steps.sum::<usize>()) {
            crate::Scalar::Float(x) => Scalar::Float(x),
            crate::Scalar::Int(x) => Scalar::Int(x),
            crate::Scalar::Bool(x) => Scalar::Bool(x),
        }
    };
    format_tensor(&get, tensor.shape(), tensor.dtype().is_float(), options, prefix, &suffixes)
}

/// As PyTorch prints it.
///
/// ```
/// use synapgrad::Tensor;
/// let x = Tensor::from([1f32, 2.5]).requires_grad_(true).unwrap();
/// assert_eq!(x.to_string(), "tensor([1.0000, 2.5000], requires_grad=True)");
/// ```
impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&describe(self, "tensor(", &print_options()))
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
