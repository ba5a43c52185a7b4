"""Activations: the nonlinear functions between layers."""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = [
    "celu",
    "celu_",
    "elu",
    "elu_",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "relu_",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
    "threshold_",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
sigmoid = _C.sigmoid
tanh = _C.tanh
gelu = _C.gelu
glu = _C.glu
hardshrink = _C.hardshrink
logsigmoid = _C.logsigmoid
prelu = _C.prelu
softplus = _C.softplus
softshrink = _C.softshrink
softsign = _C.softsign
tanhshrink = _C.tanhshrink
celu_ = _C.celu_
elu_ = _C.elu_
hardtanh_ = _C.hardtanh_
leaky_relu_ = _C.leaky_relu_
relu_ = _C.relu_
rrelu_ = _C.rrelu_
selu_ = _C.selu_
threshold_ = _C.threshold_


def relu(input, inplace: bool = False):
    """``max(0, x)`` of each element. With ``inplace`` the input itself is overwritten.

    >>> relu(_C.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return _C.relu_(input) if inplace else _C.relu(input)


def leaky_relu(input, negative_slope: float = 0.01, inplace: bool = False):
    """``x`` where x > 0, otherwise ``negative_slope · x``. With ``inplace`` the input itself is overwritten.

    >>> leaky_relu(_C.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return (_C.leaky_relu_ if inplace else _C.leaky_relu)(input, negative_slope)


def rrelu(
    input,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
):
    """``x`` where x > 0, otherwise ``r·x``; with ``training`` r is drawn from U(lower, upper) for each
    element, otherwise it is their mean. With ``inplace`` the input itself is overwritten.

    RuntimeError where ``lower > upper``.

    >>> rrelu(_C.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return (_C.rrelu_ if inplace else _C.rrelu)(input, lower, upper, training)


def selu(input, inplace: bool = False):
    """``s·x`` where x > 0, otherwise ``s·α·(eˣ - 1)``, s ≈ 1.0507, α ≈ 1.6733. With ``inplace`` the input
    itself is overwritten.

    >>> selu(_C.tensor([0.0, 2.0]))
    tensor([0.0000, 2.1014])
    """
    return _C.selu_(input) if inplace else _C.selu(input)


def elu(input, alpha: float = 1.0, inplace: bool = False):
    """``x`` where x > 0, otherwise ``alpha·(eˣ - 1)``. With ``inplace`` the input itself is overwritten.

    >>> elu(_C.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return _C.elu_(input, alpha) if inplace else _C.elu(input, alpha)


def celu(input, alpha: float = 1.0, inplace: bool = False):
    """``x`` where x > 0, otherwise ``alpha·(e^(x/alpha) - 1)``. With ``inplace`` the input itself is
    overwritten.

    >>> celu(_C.tensor([-1.0, 2.0]), 2.0)
    tensor([-0.7869,  2.0000])
    """
    return _C.celu_(input, alpha) if inplace else _C.celu(input, alpha)


def relu6(input, inplace: bool = False):
    """``min(max(0, x), 6)`` of each element. With ``inplace`` the input itself is overwritten.

    >>> relu6(_C.tensor([-1.0, 2.0, 8.0]))
    tensor([0., 2., 6.])
    """
    return _C.relu6_(input) if inplace else _C.relu6(input)


def hardtanh(input, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False):
    """``min_val`` where x is below it, ``max_val`` where x is above it, otherwise ``x``. With ``inplace`` the
    input itself is overwritten.

    >>> hardtanh(_C.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    return _C.hardtanh_(input, min_val, max_val) if inplace else _C.hardtanh(input, min_val, max_val)


def threshold(input, threshold: float, value: float, inplace: bool = False):
    """``x`` where x > threshold, otherwise ``value``. With ``inplace`` the input itself is overwritten.

    >>> threshold(_C.tensor([-1.0, 2.0]), 0.5, 9.0)
    tensor([9., 2.])
    """
    return _C.threshold_(input, threshold, value) if inplace else _C.threshold(input, threshold, value)


def silu(input, inplace: bool = False):
    """``x·σ(x)`` of each element. With ``inplace`` the input itself is overwritten.

    >>> silu(_C.tensor([0.0, 2.0]))
    tensor([0.0000, 1.7616])
    """
    return _C.silu_(input) if inplace else _C.silu(input)


def mish(input, inplace: bool = False):
    """``x·tanh(ln(1 + eˣ))`` of each element. With ``inplace`` the input itself is overwritten.

    >>> mish(_C.tensor([0.0, 2.0]))
    tensor([0.0000, 1.9440])
    """
    return _C.mish_(input) if inplace else _C.mish(input)


def hardsigmoid(input, inplace: bool = False):
    """``relu6(x + 3) / 6`` of each element. With ``inplace`` the input itself is overwritten.

    >>> hardsigmoid(_C.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    return _C.hardsigmoid_(input) if inplace else _C.hardsigmoid(input)


def hardswish(input, inplace: bool = False):
    """``x·relu6(x + 3) / 6`` of each element. With ``inplace`` the input itself is overwritten.

    >>> hardswish(_C.tensor([-1.0, 1.0, 4.0]))
    tensor([-0.3333,  0.6667,  4.0000])
    """
    return _C.hardswish_(input) if inplace else _C.hardswish(input)


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension of a softmax without ``dim``: that of the classes in (C), (N, C), (C, H, W) and (N, C,
    …).
    """
    warnings.warn(
        f"{name}: choosing a dimension implicitly is deprecated; pass dim=X",
        UserWarning,
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input, dim: int | None = None, _stacklevel: int = 3, dtype=None):
    """``e^xᵢ / Σⱼ e^xⱼ`` along ``dim``.

    Args:
        input: any shape; the result has it too.
        dim: without it, deprecated, 0 for inputs of 0, 1 or 3 dimensions and 1 for others.
        dtype: the input is converted to it first; floating-point.

    IndexError for a ``dim`` that the input does not have.

    >>> softmax(_C.tensor([1.0, 1.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    if dim is None:
        dim = _implicit_dim("softmax", input.dim(), _stacklevel)
    return _C.softmax(input, dim) if dtype is None else _C.softmax(input, dim, dtype=dtype)


def log_softmax(input, dim: int | None = None, _stacklevel: int = 3, dtype=None):
    """``xᵢ - ln Σⱼ e^xⱼ`` along ``dim``. The arguments are those of :func:`softmax`.

    >>> log_softmax(_C.tensor([1.0, 1.0]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    if dim is None:
        dim = _implicit_dim("log_softmax", input.dim(), _stacklevel)
    return _C.log_softmax(input, dim) if dtype is None else _C.log_softmax(input, dim, dtype=dtype)


def softmin(input, dim: int | None = None, _stacklevel: int = 3, dtype=None):
    """:func:`softmax` of ``-input``. The arguments are those of :func:`softmax`.

    >>> softmin(_C.tensor([1.0, 1.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    if dim is None:
        dim = _implicit_dim("softmin", input.dim(), _stacklevel)
    return _C.softmin(input, dim) if dtype is None else _C.softmin(input, dim, dtype=dtype)


def gumbel_softmax(logits, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1):
    """A sample from the distribution with the unnormalised logarithms ``logits`` along ``dim``, softened:
    ``softmax((logits + n) / tau)`` with Gumbel's noise n.

    Args:
        tau: the smaller, the closer to one-hot.
        hard: one-hot indeed, with the gradient of the soft sample.
        eps: has no effect, and a warning says so.

    >>> gumbel_softmax(_C.ones(3), hard=True).sum()
    tensor(1.)
    """
    if eps != 1e-10:
        warnings.warn("gumbel_softmax: eps is deprecated and has no effect", stacklevel=2)
    return _C.gumbel_softmax(logits, tau, hard, dim)
