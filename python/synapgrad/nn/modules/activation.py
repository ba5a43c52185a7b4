"""Activation functions as layers. All but the softmaxes work element by element, on any shape."""

from __future__ import annotations

from synapgrad import _C

from .. import functional as F
from .module import Module

__all__ = ["SELU", "LeakyReLU", "LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """``y = max(0, x)``. With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReLU()(synapgrad.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return _C.relu_(input) if self.inplace else _C.relu(input)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """``y = x`` where x > 0, otherwise ``negative_slope · x``. With ``inplace`` the input itself is
    overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LeakyReLU(0.5)(synapgrad.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 1e-2, inplace: bool = False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input):
        return (_C.leaky_relu_ if self.inplace else _C.leaky_relu)(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class SELU(Module):
    """``y = s·x`` where x > 0, otherwise ``s·α·(eˣ - 1)``, with s ≈ 1.0507 and α ≈ 1.6733.

    With ``inplace`` the input itself is overwritten. The two constants keep mean 0 and variance 1 from layer
    to layer.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.SELU()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 2.1014])
    """

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return _C.selu_(input) if self.inplace else _C.selu(input)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Tanh(Module):
    """``y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Tanh()(synapgrad.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

    def forward(self, input):
        return _C.tanh(input)


class Sigmoid(Module):
    """``y = 1 / (1 + e⁻ˣ)``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Sigmoid()(synapgrad.tensor([0.0, 1.0]))
    tensor([0.5000, 0.7311])
    """

    def forward(self, input):
        return _C.sigmoid(input)


class Softmax(Module):
    """``yᵢ = e^xᵢ / Σⱼ e^xⱼ`` along the dimension ``dim``: positive numbers that sum to 1. Input of any
    shape.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softmax(dim=0)(synapgrad.tensor([1.0, 1.0]))
    tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """``yᵢ = xᵢ - ln Σⱼ e^xⱼ`` along the dimension ``dim``: the logarithm of Softmax, without its loss of
    precision.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LogSoftmax(dim=0)(synapgrad.tensor([1.0, 1.0]))
    tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int | None = None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return F.log_softmax(input, self.dim, _stacklevel=5)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
