"""Modes: what is recorded, and which gradients are kept.

A mode is a property of the thread. Each of the classes is a context manager, and a decorator of functions and
of generator functions; where it has no arguments, the decorator needs no parentheses. The switching itself
happens in ``_C._Mode``.
"""

from __future__ import annotations

import functools

from .. import _C
from .._C import is_grad_enabled, is_inference_mode_enabled

__all__ = [
    "enable_grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "retain_grads",
    "set_grad_enabled",
]


def _decorate(make, function):
    """`function` with every call inside a mode of its own, made by `make`."""
    if isinstance(function, type) or not callable(function):
        raise TypeError(f"a mode decorates functions, got {function!r}")
    # As inspect.isgeneratorfunction does; that module takes longer to import than all of this package.
    if getattr(getattr(function, "__code__", None), "co_flags", 0) & 0x20:

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            # The mode holds while the generator runs, and not between its values, when the caller runs.
            with make():
                generator = function(*args, **kwargs)
            step, argument = generator.send, None
            while True:
                try:
                    with make():
                        value = step(argument)
                except StopIteration as stop:
                    return stop.value
                try:
                    argument, step = (yield value), generator.send
                except GeneratorExit:
                    with make():
                        generator.close()
                    raise
                except BaseException as error:
                    argument, step = error, generator.throw

    else:

        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            with make():
                return function(*args, **kwargs)

    return wrapper


class _Switch(_C._Mode):
    """A mode that can decorate."""

    __slots__ = ()

    def __call__(self, function):
        return _decorate(type(self), function)


class no_grad(_Switch):
    """Record nothing: results require no gradient, and nothing is saved for backward.

    >>> import synapgrad as sg
    >>> x = sg.tensor([1.0], requires_grad=True)
    >>> with sg.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    __slots__ = ()

    def __new__(cls, function=None):
        self = _C._Mode.__new__(cls, False)
        return self if function is None else self(function)


class enable_grad(_Switch):
    """Record, inside a :class:`no_grad`, too."""

    __slots__ = ()

    def __new__(cls, function=None):
        self = _C._Mode.__new__(cls, True)
        return self if function is None else self(function)


class retain_grads(_Switch):
    """Every tensor that an operation makes keeps its gradient, as if ``retain_grad()`` were called for it.

    >>> import synapgrad as sg
    >>> x = sg.tensor([3.0], requires_grad=True)
    >>> with sg.retain_grads():
    ...     y = x * x
    ...     z = y * 2
    >>> z.backward()
    >>> y.grad
    tensor([2.])
    """

    __slots__ = ()

    def __new__(cls, function=None):
        self = _C._Mode.__new__(cls, None, None, True)
        return self if function is None else self(function)


class inference_mode(_C._Mode):
    """As :class:`no_grad`, for results that will never be needed in a graph: views don't remember their base.

    ``inference_mode(False)`` records again inside of it.
    """

    __slots__ = ("mode",)
    mode: bool

    def __new__(cls, mode=True):
        if callable(mode):
            return _decorate(cls, mode)
        self = _C._Mode.__new__(cls, not mode, bool(mode))
        self.mode = bool(mode)
        return self

    def __call__(self, function):
        return _decorate(functools.partial(type(self), self.mode), function)


class set_grad_enabled(_C._Mode):
    """Switch recording on or off: for good, or, as a context manager or decorator, for a while.

    >>> import synapgrad as sg
    >>> with sg.set_grad_enabled(False):
    ...     sg.is_grad_enabled()
    False
    """

    __slots__ = ("_before", "mode")
    _before: bool
    mode: bool

    def __new__(cls, mode):
        if not isinstance(mode, bool):
            raise TypeError(f"set_grad_enabled: mode must be a bool, got {type(mode).__name__}")
        self = _C._Mode.__new__(cls, mode)
        self.mode = mode
        self._before = _C._set_grad_enabled(mode)
        return self

    def __exit__(self, *exception):
        super().__exit__(*exception)
        _C._set_grad_enabled(self._before)

    def __call__(self, function):
        # A decorator switches when the function is called, not here.
        _C._set_grad_enabled(self._before)
        return _decorate(functools.partial(type(self), self.mode), function)
