//! What can go wrong, said in one sentence that names the operation, what it got and what it wanted.

use std::fmt;

use synapgrad_kernels::Refused;
use synapgrad_kernels::interrupt::{self, Interrupted};

/// Which exception of Python an [`Error`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    Runtime,
    Value,
    Type,
    Index,
    NotImplemented,
    /// Python's AssertionError.
    Assertion,
    Memory,
    /// The system refused: no such file, no permission, no space. [`Error::into_source`] gives the `std::io::Error`.
    Os,
    /// A pickle is damaged, or holds what is neither a tensor nor a number, text or container of those.
    Unpickling,
    /// The user pressed Ctrl-C.
    Interrupted,
    /// A hook or a custom function failed with an error of its own, which [`Error::source`] carries.
    Foreign,
}

/// Boxed, so that `Result<Tensor>` stays one pointer wide.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), source: None }))
    }

    /// An error of the world outside, passing through.
    #[cold]
    pub fn foreign(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let source = source.into();
        Error(Box::new(Inner { kind: ErrorKind::Foreign, message: source.to_string(), source: Some(source) }))
    }

    /// The system's refusal.
    #[cold]
    pub fn os(source: std::io::Error) -> Error {
        Error(Box::new(Inner { kind: ErrorKind::Os, message: source.to_string(), source: Some(source.into()) }))
    }

    /// The same error, its message told after where it happened: `load: model.pt: …`.
    #[cold]
    pub fn within(mut self, place: &str) -> Error {
        self.0.message = format!("{place}: {}", self.0.message);
        self
    }

    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn into_source(self) -> Option<Box<dyn std::error::Error + Send + Sync>> {
        self.0.source
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| s.as_ref() as _)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        let kind = match refused {
            Refused::OutOfMemory { .. } => ErrorKind::Memory,
            Refused::Interrupted => ErrorKind::Interrupted,
        };
        Error::new(kind, refused.to_string())
    }
}

impl From<Interrupted> for Error {
    fn from(interrupted: Interrupted) -> Error {
        Error::new(ErrorKind::Interrupted, interrupted.to_string())
    }
}

/// Where this thread was asked to stop, what it last computed means nothing and must not be used: see
/// [`interrupt`](synapgrad_kernels::interrupt).
///
/// # Errors
/// `Interrupted` there.
#[inline]
pub(crate) fn go_on() -> Result<()> {
    if interrupt::is_stopped() { Err(Interrupted.into()) } else { Ok(()) }
}

/// `bail!(Value, "repeats must be …, got {n}")`: return an [`Error`] of that kind.
macro_rules! bail {
    ($kind:ident, $($text:tt)*) => {
        return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($text)*)))
    };
}
/// `ensure!(condition, Value, "…")`: [`bail!`] unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $kind:ident, $($text:tt)*) => {
        // A match, because `!(a < b)` reads as if it were `a >= b`, which it is not where either is NaN.
        match $condition {
            true => {}
            false => return Err($crate::Error::new($crate::ErrorKind::$kind, format!($($text)*))),
        }
    };
}
pub(crate) use {bail, ensure};
