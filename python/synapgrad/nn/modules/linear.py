"""Linear, Bilinear, Neuron and Identity."""

from __future__ import annotations

from synapgrad import _C

from ..parameter import Parameter
from ._convert import _require_cpu
from .module import Module

__all__ = ["Bilinear", "Identity", "Linear", "Neuron"]


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
        _C._linear_init_(self.weight, self.bias)

    def forward(self, input):
        return _C.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
        )


class Neuron(Linear):
    """:class:`Linear` with a single output: ``y = x·wᵀ + b``.

    >>> from synapgrad import nn
    >>> nn.Neuron(3)
    Neuron(in_features=3, out_features=1, bias=True)
    """

    def __init__(self, n_in: int, bias: bool = True, device=None, dtype=None):
        super().__init__(n_in, 1, bias, device, dtype)


class Bilinear(Module):
    """``yₒ = x₁ᵀ·Wₒ·x₂ + bₒ``.

    Args:
        in1_features, in2_features: the sizes of the two inputs; ValueError for an ``in1_features`` below 1.
        out_features, bias, device, dtype: see :class:`Linear`.

    Shapes: (*, in1_features) and (*, in2_features) to (*, out_features).

    Attributes:
        weight: (out_features, in1_features, in2_features), drawn from U(-√k, √k) with k = 1 / in1_features.
        bias: (out_features), drawn from the same; or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Bilinear(2, 3, 4)(synapgrad.randn(5, 2), synapgrad.randn(5, 3)).shape)
    (5, 4)
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _require_cpu("Bilinear", device)
        if in1_features <= 0:
            raise ValueError(f"Bilinear: in1_features must be > 0, but found {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(_C.empty(out_features, in1_features, in2_features, dtype=dtype))
        if bias:
            self.bias = Parameter(_C.empty(out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        _C._bilinear_init_(self.weight, self.bias)

    def forward(self, input1, input2):
        return _C.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
