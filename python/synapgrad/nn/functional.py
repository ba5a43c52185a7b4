"""The layers' computations as functions, with the layers' parameters as arguments. All arithmetic is the
engine's.

>>> import synapgrad
>>> import synapgrad.nn.functional as F
>>> F.relu(synapgrad.tensor([-1.0, 2.0]))
tensor([0., 2.])
"""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "leaky_relu",
    "leaky_relu_",
    "linear",
    "log_softmax",
    "mse_loss",
    "relu",
    "relu_",
    "selu",
    "selu_",
    "sigmoid",
    "softmax",
    "tanh",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
linear = _C.linear
relu_ = _C.relu_
leaky_relu_ = _C.leaky_relu_
selu_ = _C.selu_
sigmoid = _C.sigmoid
tanh = _C.tanh


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


def selu(input, inplace: bool = False):
    """``s·x`` where x > 0, otherwise ``s·α·(eˣ - 1)``, s ≈ 1.0507, α ≈ 1.6733. With ``inplace`` the input
    itself is overwritten.

    >>> selu(_C.tensor([0.0, 2.0]))
    tensor([0.0000, 2.1014])
    """
    return _C.selu_(input) if inplace else _C.selu(input)


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


def _legacy_reduction(size_average, reduce, reduction: str) -> str:
    """``reduction``, unless the two flags that it replaced are given; those warn."""
    if size_average is None and reduce is None:
        return reduction
    average = size_average is None or size_average
    reduction = "none" if reduce is not None and not reduce else "mean" if average else "sum"
    warnings.warn(
        f"size_average and reduce are deprecated, please use reduction='{reduction}' instead", stacklevel=4
    )
    return reduction


def mse_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", weight=None):
    """Squared error ``wᵢ·(xᵢ - yᵢ)²``, its mean (with weights ``Σ / Σ wᵢ``), its sum, or as it is.

    Args:
        input, target: of one shape; where they differ they are broadcast, with a warning.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.
        weight: w, of the input's shape; 1 by default.

    >>> mse_loss(_C.tensor([1.0, 2.0]), _C.tensor([1.0, 4.0]), reduction="none")
    tensor([0., 4.])
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    if weight is None:
        return _C.mse_loss(input, target, reduction)
    return _C.mse_loss(input, target, reduction, weight)


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"):
    """``-wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))`` of probabilities x, logarithms ≥ -100; its mean, sum, or as it
    is.

    Args:
        input: probabilities in [0, 1], any shape; RuntimeError for others.
        target: of the input's shape; ValueError otherwise.
        weight: w, broadcast to the input.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> binary_cross_entropy(_C.tensor([0.5, 0.5]), _C.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    return _C.binary_cross_entropy(input, target, weight, _legacy_reduction(size_average, reduce, reduction))


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean", pos_weight=None
):
    """:func:`binary_cross_entropy` of ``σ(input)``, without overflow for large inputs.

    Args:
        input: any numbers, any shape.
        target: of the input's shape; ValueError otherwise.
        weight: broadcast to the input.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.
        pos_weight: the weight of the positive examples, broadcast to the target.

    >>> binary_cross_entropy_with_logits(_C.tensor([0.0, 0.0]), _C.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)
