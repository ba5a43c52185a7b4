"""Keeping gradients from exploding (R. Pascanu et al., "On the difficulty of training recurrent neural
networks", 2013).
"""

from __future__ import annotations

import types
import warnings

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
]


def _listed(tensors) -> list:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def get_total_norm(
    tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
):
    """The norm of all tensors together, as if they were one vector.

    Args:
        tensors: a tensor or an iterable of them.
        norm_type: p; ``float("inf")`` for the largest magnitude.
        error_if_nonfinite: raise RuntimeError where the norm is infinite or NaN.
        foreach: accepted; all tensors are always done in one call.

    >>> get_total_norm([_C.tensor([3.0]), _C.tensor([4.0])])
    tensor(5.)
    """
    return _C._get_total_norm(_listed(tensors), float(norm_type), error_if_nonfinite)


def clip_grads_with_norm_(parameters, max_norm: float, total_norm, foreach: bool | None = None) -> None:
    """Multiply the gradients of all parameters by ``max_norm / (total_norm + 1e-6)``, if that is less than 1.

    >>> x = _C.tensor([1.0], requires_grad=True)
    >>> (2 * x).sum().backward()
    >>> clip_grads_with_norm_(x, 1.0, _C.tensor(4.0))
    >>> x.grad
    tensor([0.5000])
    """
    _C._clip_grads_with_norm_(_listed(parameters), float(max_norm), total_norm)


def clip_grad_norm_(
    parameters,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
):
    """Scale the gradients of all parameters so that their norm together is at most ``max_norm``. Returns what
    the norm was.

    Args:
        parameters: a tensor or an iterable of them.
        max_norm: the largest norm allowed.
        norm_type: p; ``float("inf")`` for the largest magnitude.
        error_if_nonfinite: raise RuntimeError where the norm is infinite or NaN, and scale nothing.
        foreach: accepted; all gradients are always done in one call.

    >>> x = _C.tensor([3.0, 4.0], requires_grad=True)
    >>> (x * x / 2).sum().backward()
    >>> clip_grad_norm_([x], 1.0)
    tensor(5.)
    >>> x.grad
    tensor([0.6000, 0.8000])
    """
    listed = _listed(parameters)
    if not listed and isinstance(parameters, types.GeneratorType):
        warnings.warn(
            "clip_grad_norm_: `parameters` is an empty generator, so no gradient is clipped", stacklevel=2
        )
    return _C._clip_grad_norm_(listed, float(max_norm), float(norm_type), error_if_nonfinite)


def clip_grad_norm(
    parameters,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
):
    """Deprecated: the old name of :func:`clip_grad_norm_`."""
    warnings.warn(
        "`nn.utils.clip_grad_norm` is now deprecated in favor of `nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters, clip_value: float, foreach: bool | None = None) -> None:
    """Bring each element of the gradients into [-clip_value, clip_value].

    >>> x = _C.tensor([3.0, 0.5], requires_grad=True)
    >>> (x * x / 2).sum().backward()
    >>> clip_grad_value_([x], 1.0)
    >>> x.grad
    tensor([1.0000, 0.5000])
    """
    _C._clip_grad_value_(_listed(parameters), float(clip_value))
