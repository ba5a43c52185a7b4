"""Activation functions as layers. All but the softmaxes work element by element, on any shape."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from synapgrad import _C

from .. import functional as F
from ..parameter import Parameter
from ._convert import _require_cpu
from .module import Module

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


def _options(module, *names: str) -> str:
    """The repr of options, and of ``inplace`` where it is chosen."""
    shown = [f"{name}={getattr(module, name)}" for name in names]
    if module.inplace:
        shown.append("inplace=True")
    return ", ".join(shown)


class _Overwriting(Module):
    """A function without options, and its twin that overwrites the input, for ``inplace``."""

    _function: Callable
    _in_place: Callable

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return self._in_place(input) if self.inplace else self._function(input)

    def extra_repr(self) -> str:
        return _options(self)


class _WithAlpha(Module):
    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def extra_repr(self) -> str:
        return _options(self, "alpha")


class _Shrink(Module):
    def __init__(self, lambd: float = 0.5):
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class _AlongDim(Module):
    def __init__(self, dim: int | None = None):
        if dim is not None and (not isinstance(dim, int) or isinstance(dim, bool)):
            raise TypeError(f"{type(self).__name__}: dim must be an int or None, got {type(dim)}")
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class ReLU(_Overwriting):
    """``y = max(0, x)``. With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReLU()(synapgrad.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    _function = staticmethod(_C.relu)
    _in_place = staticmethod(_C.relu_)


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
        return _options(self, "negative_slope")


class SELU(_Overwriting):
    """``y = s·x`` where x > 0, otherwise ``s·α·(eˣ - 1)``, with s ≈ 1.0507 and α ≈ 1.6733.

    With ``inplace`` the input itself is overwritten. The two constants keep mean 0 and variance 1 from layer
    to layer.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.SELU()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 2.1014])
    """

    _function = staticmethod(_C.selu)
    _in_place = staticmethod(_C.selu_)


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


class Softmax(_AlongDim):
    """``yᵢ = e^xᵢ / Σⱼ e^xⱼ`` along the dimension ``dim``: positive numbers that sum to 1. Input of any
    shape.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softmax(dim=0)(synapgrad.tensor([1.0, 1.0]))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input):
        return F.softmax(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDim):
    """``yᵢ = xᵢ - ln Σⱼ e^xⱼ`` along the dimension ``dim``: the logarithm of Softmax, without its loss of
    precision.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LogSoftmax(dim=0)(synapgrad.tensor([1.0, 1.0]))
    tensor([-0.6931, -0.6931])
    """

    def forward(self, input):
        return F.log_softmax(input, self.dim, _stacklevel=5)


class Threshold(Module):
    """``y = x`` where x > threshold, otherwise ``value``. With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Threshold(0.5, 9.0)(synapgrad.tensor([-1.0, 2.0]))
    tensor([9., 2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False):
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input):
        return (_C.threshold_ if self.inplace else _C.threshold)(input, self.threshold, self.value)

    def extra_repr(self) -> str:
        return _options(self, "threshold", "value")


class RReLU(Module):
    """``y = x`` where x > 0, otherwise ``r·x``: in training r is drawn from U(lower, upper) for each
    element, in evaluation it is their mean. With ``inplace`` the input itself is overwritten.

    B. Xu, N. Wang, T. Chen, M. Li, "Empirical Evaluation of Rectified Activations in Convolutional Network"
    (2015).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.RReLU(0.25, 0.75).eval()(synapgrad.tensor([-1.0, 2.0]))
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False):
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input):
        return (_C.rrelu_ if self.inplace else _C.rrelu)(input, self.lower, self.upper, self.training)

    def extra_repr(self) -> str:
        return _options(self, "lower", "upper")


class Hardtanh(Module):
    """``y = min_val`` where x is below it, ``max_val`` where x is above it, otherwise ``x``. With
    ``inplace`` the input itself is overwritten. AssertionError where ``max_val`` is not above ``min_val``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Hardtanh(-2.0, 0.5)(synapgrad.tensor([-3.0, 0.0, 3.0]))
    tensor([-2.0000,  0.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ):
        super().__init__()
        for old, value in (("min_value", min_value), ("max_value", max_value)):
            if value is not None:
                text = f"Hardtanh: the keyword {old} is deprecated and renamed to {old[:-2]}"
                warnings.warn(text, FutureWarning, stacklevel=2)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        assert self.max_val > self.min_val, (
            f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})"
        )

    def forward(self, input):
        return (_C.hardtanh_ if self.inplace else _C.hardtanh)(input, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return _options(self, "min_val", "max_val")


class ReLU6(Hardtanh):
    """``y = min(max(0, x), 6)``. With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReLU6()(synapgrad.tensor([-1.0, 2.0, 8.0]))
    tensor([0., 2., 6.])
    """

    def __init__(self, inplace: bool = False):
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return _options(self)


class Hardsigmoid(_Overwriting):
    """``y = min(max(x + 3, 0), 6) / 6``. With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Hardsigmoid()(synapgrad.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """

    _function = staticmethod(_C.hardsigmoid)
    _in_place = staticmethod(_C.hardsigmoid_)

    def extra_repr(self) -> str:
        return ""


class Hardswish(_Overwriting):
    """``y = x · min(max(x + 3, 0), 6) / 6``.

    A. Howard et al., "Searching for MobileNetV3" (2019). With ``inplace`` the input itself is overwritten.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Hardswish()(synapgrad.tensor([-1.0, 1.0, 4.0]))
    tensor([-0.3333,  0.6667,  4.0000])
    """

    _function = staticmethod(_C.hardswish)
    _in_place = staticmethod(_C.hardswish_)

    def extra_repr(self) -> str:
        return ""


class SiLU(_Overwriting):
    """``y = x·σ(x)``. With ``inplace`` the input itself is overwritten.

    D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)" (2016); S. Elfwing, E. Uchibe, K. Doya,
    "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning"
    (2017).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.SiLU()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 1.7616])
    """

    _function = staticmethod(_C.silu)
    _in_place = staticmethod(_C.silu_)


class Mish(_Overwriting):
    """``y = x·tanh(ln(1 + eˣ))``. With ``inplace`` the input itself is overwritten.

    D. Misra, "Mish: A Self Regularized Non-Monotonic Activation Function" (2019).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Mish()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 1.9440])
    """

    _function = staticmethod(_C.mish)
    _in_place = staticmethod(_C.mish_)


class ELU(_WithAlpha):
    """``y = x`` where x > 0, otherwise ``alpha·(eˣ - 1)``. With ``inplace`` the input itself is overwritten.

    D.-A. Clevert, T. Unterthiner, S. Hochreiter, "Fast and Accurate Deep Network Learning by Exponential
    Linear Units (ELUs)" (2015).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ELU()(synapgrad.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def forward(self, input):
        return (_C.elu_ if self.inplace else _C.elu)(input, self.alpha)


class CELU(_WithAlpha):
    """``y = x`` where x > 0, otherwise ``alpha·(e^(x/alpha) - 1)``. With ``inplace`` the input itself is
    overwritten.

    J. T. Barron, "Continuously Differentiable Exponential Linear Units" (2017).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CELU()(synapgrad.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def forward(self, input):
        return (_C.celu_ if self.inplace else _C.celu)(input, self.alpha)


class GLU(_AlongDim):
    """``y = a·σ(b)``, where a is the first half of the input along ``dim`` and b the second.

    Y. N. Dauphin, A. Fan, M. Auli, D. Grangier, "Language Modeling with Gated Convolutional Networks" (2017).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.GLU()(synapgrad.tensor([2.0, 0.0]))
    tensor([1.])
    """

    def __init__(self, dim: int = -1):
        super().__init__(dim)

    def forward(self, input):
        return _C.glu(input, self.dim)


class GELU(Module):
    """``y = x·Φ(x)`` with Φ the normal distribution function; with ``approximate="tanh"`` by a formula
    close to it.

    D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units (GELUs)" (2016).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.GELU()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 1.9545])
    """

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return _C.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Hardshrink(_Shrink):
    """``y = x``, and 0 where |x| ≤ lambd.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Hardshrink()(synapgrad.tensor([0.5, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input):
        return _C.hardshrink(input, self.lambd)


class Softshrink(_Shrink):
    """``y = x`` moved towards 0 by ``lambd``, and 0 where |x| ≤ lambd. RuntimeError for a negative ``lambd``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softshrink()(synapgrad.tensor([0.5, 2.0]))
    tensor([0.0000, 1.5000])
    """

    def forward(self, input):
        return _C.softshrink(input, self.lambd)


class Tanhshrink(Module):
    """``y = x - tanh x``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Tanhshrink()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.0000, 1.0360])
    """

    def forward(self, input):
        return _C.tanhshrink(input)


class LogSigmoid(Module):
    """``y = ln(1 / (1 + e⁻ˣ))``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LogSigmoid()(synapgrad.tensor([0.0, 2.0]))
    tensor([-0.6931, -0.1269])
    """

    def forward(self, input):
        return _C.logsigmoid(input)


class Softplus(Module):
    """``y = ln(1 + e^(beta·x)) / beta``, and ``x`` itself where beta·x > threshold.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softplus()(synapgrad.tensor([0.0, 2.0]))
    tensor([0.6931, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input):
        return _C.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """``y = x / (1 + |x|)``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softsign()(synapgrad.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input):
        return _C.softsign(input)


class PReLU(Module):
    """``y = x`` where x > 0, otherwise ``w·x`` with a ``w`` to be learned.

    K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers: Surpassing Human-Level Performance on
    ImageNet Classification" (2015).

    Args:
        num_parameters: 1, or one w for each channel (dimension 1 of the input).
        init: the first value of w.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of w; float32 by default.

    Attributes:
        weight: w, (num_parameters).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.PReLU()(synapgrad.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device=None, dtype=None):
        super().__init__()
        _require_cpu("PReLU", device)
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(_C.empty(num_parameters, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set w to its first value."""
        with _C.no_grad():
            self.weight.fill_(self.init)

    def forward(self, input):
        return _C.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class Softmin(_AlongDim):
    """``Softmax`` of ``-x``: the smallest element gets the largest share.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softmin(dim=0)(synapgrad.tensor([1.0, 1.0]))
    tensor([0.5000, 0.5000])
    """

    def forward(self, input):
        return F.softmin(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """``Softmax`` over the channels of (N, C, H, W) or (C, H, W), for each place. ValueError for other
    dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Softmax2d()(synapgrad.ones(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input):
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return _C.softmax(input, -3)
