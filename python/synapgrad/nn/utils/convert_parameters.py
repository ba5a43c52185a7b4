"""Parameters as one vector, and back."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters):
    """All parameters in one vector, one after the other; gradients flow back to them.

    >>> parameters_to_vector([_C.tensor([[1.0, 2.0]]), _C.tensor([3.0])])
    tensor([1., 2., 3.])
    """
    return _C._parameters_to_vector(list(parameters))


def vector_to_parameters(vec, parameters) -> None:
    """Let each parameter's data be its slice of ``vec``. TypeError for what is no tensor, RuntimeError where
    it is too short.

    >>> weight = _C.zeros(1, 2)
    >>> vector_to_parameters(_C.tensor([1.0, 2.0]), [weight])
    >>> weight
    tensor([[1., 2.]])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: expected a Tensor, got {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        end = start + parameter.numel()
        parameter.data = vec[start:end].view_as(parameter).data
        start = end
