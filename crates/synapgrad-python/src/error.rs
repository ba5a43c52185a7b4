//! Errors of the engine as Python's exceptions.

use std::cell::RefCell;
use std::panic::Location;

use pyo3::exceptions::{
    PyAssertionError, PyIndexError, PyKeyboardInterrupt, PyMemoryError, PyNotImplementedError, PyOSError,
    PyRuntimeError, PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use synapgrad::{Error, ErrorKind};
use synapgrad_kernels::interrupt;

/// An error on its way out.
pub struct Fail(PyErr);

/// What the functions of the door return.
pub type Ret<T = crate::convert::Out> = Result<T, Fail>;

impl From<Error> for Fail {
    #[track_caller]
    fn from(error: Error) -> Fail {
        if let Err(interrupted) = go_on() {
            return interrupted;
        }
        let nameless = error.message().starts_with(NAMELESS);
        let error = match function_at(Location::caller()).filter(|_| nameless) {
            Some(name) => error.within(name),
            None => error,
        };
        let message = error.message().to_string();
        Fail(match error.kind() {
            ErrorKind::Runtime => PyRuntimeError::new_err(message),
            ErrorKind::Value => PyValueError::new_err(message),
            ErrorKind::Type => PyTypeError::new_err(message),
            ErrorKind::Index => PyIndexError::new_err(message),
            ErrorKind::NotImplemented => PyNotImplementedError::new_err(message),
            ErrorKind::Assertion => PyAssertionError::new_err(message),
            ErrorKind::Memory => PyMemoryError::new_err(message),
            ErrorKind::Interrupted => PyKeyboardInterrupt::new_err(message),
            ErrorKind::Os => {
                let source = error.into_source().and_then(|source| source.downcast::<std::io::Error>().ok());
                match source.and_then(|source| source.raw_os_error()) {
                    // With a number, Python finds the class for it: FileNotFoundError, PermissionError …
                    Some(number) => PyOSError::new_err((number, message)),
                    None => PyOSError::new_err(message),
                }
            }
            ErrorKind::Unpickling => {
                Python::attach(|py| match unpickling_error(py).and_then(|class| class.call1((message,))) {
                    Ok(error) => PyErr::from_value(error),
                    Err(other) => other,
                })
            }
            // A hook or a custom function written in Python failed: its own exception goes on.
            ErrorKind::Foreign => match error.into_source().map(|source| source.downcast::<PyErr>()) {
                Some(Ok(original)) => *original,
                _ => PyRuntimeError::new_err(message),
            },
        })
    }
}

/// The functions that Python calls: the file, the line on which each begins, its name. In what lies between two of them
/// and is no function of Python's, the name is empty.
static FUNCTIONS: &[(&str, u32, &str)] = include!(concat!(env!("OUT_DIR"), "/functions.rs"));

/// The function around a place in this crate.
#[cold]
fn function_at(place: &Location) -> Option<&'static str> {
    let path = place.file().replace('\\', "/");
    let file = path.rsplit("/src/").next()?;
    let around = FUNCTIONS.iter().rfind(|(of, line, _)| *of == file && *line <= place.line())?;
    (!around.2.is_empty()).then_some(around.2)
}

/// How an error begins that came from where memory is asked for, which is not told for what operation: the name is added
/// here, at the door.
const NAMELESS: &str = "can't allocate memory";

/// `call.map_err(named(stringify!($name)))`: what [`Fail::from`] does, for macros, where the place does not tell the name.
pub fn named<E: Into<Fail>>(name: &str) -> impl FnOnce(E) -> Fail {
    move |error| {
        let Fail(error) = error.into();
        Python::attach(|py| match error.value(py).to_string() {
            text if text.starts_with(NAMELESS) => Fail(PyMemoryError::new_err(format!("{name}: {text}"))),
            _ => Fail(error),
        })
    }
}

impl From<PyErr> for Fail {
    fn from(error: PyErr) -> Fail {
        Fail(error)
    }
}

impl From<Fail> for PyErr {
    fn from(fail: Fail) -> PyErr {
        fail.0
    }
}

fn unpickling_error(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    PyModule::import(py, "pickle")?.getattr("UnpicklingError")
}

/// An exception raised by Python code that the engine called.
pub fn foreign(error: PyErr) -> Error {
    Error::foreign(error)
}

thread_local! {
    /// What a signal handler raised in the middle of an operation.
    static RAISED: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Let long operations ask whether the user pressed Ctrl-C. Signal handlers run then, as between two statements of Python;
/// what they raise stops the operation, see [`go_on`].
pub fn install_interrupt_hook() {
    interrupt::set_hook(|| {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(error) => {
                RAISED.set(Some(error));
                true
            }
        })
    });
}

/// Asked before anything that an operation made is given to Python: whether it came to its end.
///
/// # Errors
/// What the signal handler raised (KeyboardInterrupt) where it did not.
#[inline]
pub fn go_on() -> Result<(), Fail> {
    if interrupt::is_stopped() { Err(stop()) } else { Ok(()) }
}

#[cold]
fn stop() -> Fail {
    interrupt::take();
    Fail(RAISED.take().unwrap_or_else(|| PyKeyboardInterrupt::new_err("interrupted")))
}
