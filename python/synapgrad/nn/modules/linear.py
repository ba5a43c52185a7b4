"""Linear and Identity."""

from __future__ import annotations

from synapgrad import _C

from ..parameter import Parameter
from ._convert import _require_cpu
from .module import Module

__all__ = ["Identity", "Linear"]


class Identity(Module):
    """``y = x``. Any arguments are accepted and ignored, so that it can stand where another layer stood.

    >>> from synapgrad import nn
    >>> nn.Identity(54, unused=True)(7)
    7
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Linear(Module):
    """``y = x·Wᵀ + b``.

    Args:
        in_features: the size of each input.
        out_features: the size of each output.
        bias: whether ``b`` is there.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters, floating-point; float32 by default.

    Shapes: ``x`` is (*, in_features), ``y`` is (*, out_features); ``*`` stands for any dimensions, also none.
    ``x`` has the dtype of the parameters; RuntimeError otherwise, and where the sizes differ.

    Attributes:
        weight: (out_features, in_features), drawn from U(-√k, √k) with k = 1 / in_features.
        bias: (out_features), drawn from the same; or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.Linear(20, 30)
    >>> layer
    Linear(in_features=20, out_features=30, bias=True)
    >>> tuple(layer(synapgrad.randn(128, 20)).shape)
    (128, 30)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__()
        _require_cpu("Linear", device)
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(_C.empty(out_features, in_features, dtype=dtype))
        if bias:
            self.bias = Parameter(_C.empty(out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        _C.linear_init_(self.weight, self.bias)

    def forward(self, input):
        return _C.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )
