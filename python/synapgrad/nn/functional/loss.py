"""Losses: how far predictions are from targets."""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    "smooth_l1_loss",
]


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


def l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """Absolute error ``|xᵢ - yᵢ|``, its mean, its sum, or as it is. The arguments are those of
    :func:`mse_loss`.

    >>> l1_loss(_C.tensor([1.0, 2.0]), _C.tensor([1.0, 5.0]))
    tensor(1.5000)
    """
    return _C.l1_loss(input, target, _legacy_reduction(size_average, reduce, reduction))


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
    """With ``d = |xᵢ - yᵢ|``: ``d² / (2·beta)`` where d < beta, otherwise ``d - beta/2``; its mean, its
    sum, or as it is. The other arguments are those of :func:`mse_loss`. RuntimeError for a negative ``beta``.

    >>> smooth_l1_loss(_C.tensor([1.0, 2.0]), _C.tensor([2.0, 5.0]), reduction="none")
    tensor([0.5000, 2.5000])
    """
    return _C.smooth_l1_loss(input, target, _legacy_reduction(size_average, reduce, reduction), beta)


def huber_loss(input, target, reduction: str = "mean", delta: float = 1.0):
    """With ``d = |xᵢ - yᵢ|``: ``d²/2`` where d < delta, otherwise ``delta·(d - delta/2)``; its mean, its sum,
    or as it is. The other arguments are those of :func:`mse_loss`. RuntimeError for a ``delta`` ≤ 0.

    >>> huber_loss(_C.tensor([1.0, 2.0]), _C.tensor([2.0, 5.0]), reduction="none", delta=2.0)
    tensor([0.5000, 4.0000])
    """
    return _C.huber_loss(input, target, reduction, delta)


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


def nll_loss(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index: int = -100,
    reduce=None,
    reduction: str = "mean",
):
    """Negative log likelihood: ``-w_t·x_t`` where t is the class that the target names; with 'mean',
    ``Σ loss / Σ w_t``.

    Args:
        input: logarithms of probabilities, (N, C), (N, C, d₁, …) or (C).
        target: classes, the input's shape without C; int64 or uint8.
        weight: w, a number for each class; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        ignore_index: a target that counts for nothing.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    ValueError where the batches differ in size, RuntimeError where target or weight don't fit otherwise,
    IndexError for a target that is no class.

    >>> nll_loss(_C.tensor([[-1.0, -2.0], [-3.0, -4.0]]), _C.tensor([0, 1]), reduction="none")
    tensor([1., 4.])
    """
    return _C.nll_loss(
        input, target, weight, ignore_index, _legacy_reduction(size_average, reduce, reduction)
    )


def cross_entropy(
    input,
    target,
    weight=None,
    size_average=None,
    ignore_index: int = -100,
    reduce=None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
):
    """``-Σ_c w_c·y_c·ln softmax(x)_c``: how far the scores x are from the classes or probabilities y.

    Args:
        input: scores, (N, C), (N, C, d₁, …) or (C).
        target: classes, the input's shape without C, int64 or uint8; or probabilities of the input's shape.
        weight: w, a number for each class; 1 by default. The mean of classes is ``Σ loss / Σ w_t``.
        size_average, reduce: deprecated; see ``reduction``.
        ignore_index: a target that counts for nothing; with probabilities it must be negative.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.
        label_smoothing: ε, which takes y to ``(1 - ε)·y + ε/C``; RuntimeError outside [0, 1].

    Errors otherwise as those of :func:`nll_loss`.

    >>> cross_entropy(_C.tensor([[0.0, 0.0]]), _C.tensor([1]))
    tensor(0.6931)
    >>> cross_entropy(_C.tensor([[0.0, 0.0]]), _C.tensor([[0.5, 0.5]]))
    tensor(0.6931)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)
