"""Operations with a derivative of one's own."""

from __future__ import annotations

import functools

from .. import _C
from .grad_mode import no_grad

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx(_C._FunctionCtx):
    """What ``forward`` and ``backward`` are given as ``ctx``. It takes any attribute."""


class Function:
    """An operation written in Python, with the derivative that its ``backward`` states.

    ``forward(ctx, *args)`` computes the result, or several as a tuple; nothing in it is recorded.
    Alternatively ``forward(*args)`` and ``setup_context(ctx, inputs, output)``. ``backward(ctx, *grads)``
    gets a gradient for each result and returns one for each argument: None for those that are no tensors, or
    need none (``ctx.needs_input_grad``).

    >>> import synapgrad as sg
    >>> class Cube(sg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (x,) = ctx.saved_tensors
    ...         return grad * 3 * x * x
    >>> x = sg.tensor([1.0, 2.0], requires_grad=True)
    >>> Cube.apply(x).sum().backward()
    >>> x.grad
    tensor([ 3., 12.])
    """

    _separate_context = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls._separate_context = cls.setup_context is not Function.setup_context
        if "vjp" in vars(cls) and "backward" not in vars(cls):
            cls.backward = vars(cls)["vjp"]  # type: ignore[method-assign]

    def __init__(self, *args, **kwargs):
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated. Use {type(self).__name__}.apply(...)."
        )

    @staticmethod
    def forward(*args, **kwargs):
        """Compute the result. To be overridden."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Tell ``ctx`` what backward will need, where ``forward`` has no ``ctx``. To be overridden."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx, *grad_outputs):
        """Compute the gradients of the arguments. To be overridden."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function "
            "to use it with backward mode AD."
        )

    @staticmethod
    def jvp(ctx, *grad_inputs):
        """Forward-mode differentiation is not supported."""
        raise NotImplementedError("jvp: forward-mode differentiation is not supported")

    @classmethod
    def apply(cls, *args):
        """Call ``forward`` and record it as one operation."""
        return _C._apply_function(cls, FunctionCtx, args)


class _Once(Function):
    """The identity for its first argument, whose gradient cannot be had."""

    @staticmethod
    def forward(ctx, gradient, *sources):
        return gradient

    @staticmethod
    def backward(ctx, *grads):
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


def once_differentiable(function):
    """Decorate a ``backward`` that cannot be differentiated itself: to do so becomes an error."""

    @functools.wraps(function)
    def wrapper(ctx, *grads):
        with no_grad():
            outputs = function(ctx, *grads)
        sources = [grad for grad in grads if isinstance(grad, _C.Tensor) and grad.requires_grad]
        if not _C.is_grad_enabled() or not sources:
            return outputs
        single = not isinstance(outputs, tuple)
        marked = (
            _Once.apply(g, *sources) if isinstance(g, _C.Tensor) else g
            for g in ((outputs,) if single else outputs)
        )
        return next(marked) if single else tuple(marked)

    return wrapper
