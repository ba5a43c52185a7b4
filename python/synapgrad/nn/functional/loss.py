"""Losses: how far predictions are from targets."""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "ctc_loss",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
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


def l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", weight=None):
    """Absolute error ``wᵢ·|xᵢ - yᵢ|``, its mean (with weights ``Σ / Σ wᵢ``), its sum, or as it is. The
    arguments are those of :func:`mse_loss`.

    >>> l1_loss(_C.tensor([1.0, 2.0]), _C.tensor([1.0, 5.0]))
    tensor(1.5000)
    """
    return _C.l1_loss(input, target, _legacy_reduction(size_average, reduce, reduction), weight)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
    """With ``d = |xᵢ - yᵢ|``: ``d² / (2·beta)`` where d < beta, otherwise ``d - beta/2``; its mean, its
    sum, or as it is. The other arguments are those of :func:`mse_loss`. RuntimeError for a negative ``beta``.

    >>> smooth_l1_loss(_C.tensor([1.0, 2.0]), _C.tensor([2.0, 5.0]), reduction="none")
    tensor([0.5000, 2.5000])
    """
    return _C.smooth_l1_loss(input, target, _legacy_reduction(size_average, reduce, reduction), beta)


def huber_loss(input, target, reduction: str = "mean", delta: float = 1.0, weight=None):
    """With ``d = |xᵢ - yᵢ|``: ``d²/2`` where d < delta, otherwise ``delta·(d - delta/2)``; its mean, its sum,
    or as it is. A ``weight`` of the input's shape multiplies the losses first. The other arguments are those
    of :func:`mse_loss`. RuntimeError for a ``delta`` ≤ 0.

    >>> huber_loss(_C.tensor([1.0, 2.0]), _C.tensor([2.0, 5.0]), reduction="none", delta=2.0)
    tensor([0.5000, 4.0000])
    """
    return _C.huber_loss(input, target, reduction, delta, weight)


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


def kl_div(input, target, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
    """Kullback-Leibler divergence ``yᵢ·(ln yᵢ - xᵢ)`` from the distribution y of the one whose logarithms
    are x.

    Args:
        input: x, logarithms of probabilities.
        target: y, probabilities, or with ``log_target`` their logarithms; broadcast against the input.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'batchmean', the sum divided by the input's first size, which the definition wants; 'sum',
            'none', or 'mean', which divides by the number of elements and warns of it. ValueError otherwise.
        log_target: whether the target holds logarithms.

    RuntimeError for integers.

    >>> kl_div(_C.tensor([[0.5, 0.5]]).log(), _C.tensor([[1.0, 0.0]]), reduction="batchmean")
    tensor(0.6931)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn(
            "kl_div: reduction 'mean' divides by the number of elements; the divergence is what 'batchmean' "
            "gives, which divides by the batch size",
            stacklevel=2,
        )
    return _C.kl_div(input, target, reduction, log_target)


def poisson_nll_loss(
    input,
    target,
    log_input: bool = True,
    full: bool = False,
    size_average=None,
    eps: float = 1e-8,
    reduce=None,
    reduction: str = "mean",
):
    """Negative log likelihood of counts y under Poisson distributions: ``eˣ - y·x``.

    Args:
        input: x, the logarithm of the rate, or without ``log_input`` the rate: ``x - y·ln(x + eps)``.
        target: y, broadcast against the input.
        full: add Stirling's approximation of ``ln y!``, ``y·ln y - y + ln(2πy)/2``, where y > 1.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> poisson_nll_loss(_C.tensor([0.0, 1.0]), _C.tensor([2.0, 2.0]), reduction="none")
    tensor([1.0000, 0.7183])
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.poisson_nll_loss(input, target, log_input, full, eps, reduction)


def gaussian_nll_loss(input, target, var, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
    """Negative log likelihood of y under normal distributions of mean x and variance v:
    ``(ln v + (x - y)²/v)/2``.

    Args:
        input: x.
        target: y, of the input's shape or one that broadcasts.
        var: v, of the input's shape, or that without the last dimension or with 1 for it, or a number. Below
            ``eps`` it counts as ``eps``, without effect on its gradient.
        full: add ``(ln 2π)/2``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    ValueError for a negative variance and one of another shape.

    >>> gaussian_nll_loss(_C.tensor([1.0, 3.0]), _C.tensor([1.0, 1.0]), 1.0, reduction="none")
    tensor([0., 2.])
    """
    return _C.gaussian_nll_loss(input, target, var, full, eps, reduction)


def hinge_embedding_loss(
    input, target, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"
):
    """``xᵢ`` where yᵢ = 1, ``max(0, margin - xᵢ)`` where yᵢ = -1: x is the distance of a pair, y whether it
    belongs together.

    Args:
        input, target: x and y, broadcast.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> hinge_embedding_loss(_C.tensor([0.5, 0.25]), _C.tensor([1.0, -1.0]), reduction="none")
    tensor([0.5000, 0.7500])
    """
    return _C.hinge_embedding_loss(input, target, margin, _legacy_reduction(size_average, reduce, reduction))


def cosine_embedding_loss(
    input1, input2, target, margin: float = 0, size_average=None, reduce=None, reduction: str = "mean"
):
    """``1 - cos(x, z)`` where y = 1, ``max(0, cos(x, z) - margin)`` where y = -1.

    Args:
        input1, input2: x and z, (N, D) or (D).
        target: y, (N) or (); other values than 1 and -1 count for nothing.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    RuntimeError for other shapes.

    >>> x = _C.tensor([[1.0, 0.0], [0.0, 2.0]])
    >>> cosine_embedding_loss(x, x.flip(0), _C.tensor([1, -1]), reduction="none")
    tensor([1., 0.])
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.cosine_embedding_loss(input1, input2, target, margin, reduction)


def margin_ranking_loss(
    input1, input2, target, margin: float = 0, size_average=None, reduce=None, reduction: str = "mean"
):
    """``max(0, margin - yᵢ·(xᵢ - zᵢ))``: whether x ranks above z where y = 1, below where y = -1.

    Args:
        input1, input2, target: x, z and y, with the same number of dimensions; RuntimeError otherwise.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> margin_ranking_loss(_C.tensor([1.0, 2.0]), _C.tensor([3.0, 1.0]), _C.tensor([1, 1]), reduction="none")
    tensor([2., 0.])
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.margin_ranking_loss(input1, input2, target, margin, reduction)


def triplet_margin_loss(
    anchor,
    positive,
    negative,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average=None,
    reduce=None,
    reduction: str = "mean",
):
    """``max(0, d(a, p) - d(a, n) + margin)``, where ``d(x, z) = ‖x - z + eps‖ₚ`` along the last dimension.

    Args:
        anchor, positive, negative: with the same number of dimensions; RuntimeError otherwise.
        margin: ValueError unless positive.
        p: the norm.
        swap: take ``d(p, n)`` for ``d(a, n)`` where it is smaller.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> a, p, n = _C.tensor([[0.0, 0.0]]), _C.tensor([[3.0, 4.0]]), _C.tensor([[0.0, 2.0]])
    >>> triplet_margin_loss(a, p, n)
    tensor(4.0000)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor,
    positive,
    negative,
    *,
    distance_function=None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
):
    """:func:`triplet_margin_loss` with another distance: ``distance_function(x, z)``, the Euclidean one by
    default.

    >>> a, p, n = _C.tensor([[0.0, 0.0]]), _C.tensor([[3.0, 4.0]]), _C.tensor([[0.0, 2.0]])
    >>> largest = lambda x, z: (x - z).abs().amax(-1)
    >>> triplet_margin_with_distance_loss(a, p, n, distance_function=largest)
    tensor(3.)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"triplet_margin_with_distance_loss: {reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"triplet_margin_with_distance_loss: margin must be greater than 0, got {margin}")
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "triplet_margin_with_distance_loss: The anchor, positive, and negative tensors are expected to "
            f"have the same number of dimensions, but got: anchor {anchor.dim()}D, positive "
            f"{positive.dim()}D, and negative {negative.dim()}D inputs"
        )
    if distance_function is None:
        return _C.triplet_margin_loss(anchor, positive, negative, margin, 2.0, 1e-6, swap, reduction)
    near, far = distance_function(anchor, positive), distance_function(anchor, negative)
    if swap:
        far = _C.minimum(far, distance_function(positive, negative))
    return _C.triplet_margin_of_distances(near, far, margin, reduction)


def multi_margin_loss(
    input,
    target,
    p: int = 1,
    margin: float = 1.0,
    weight=None,
    size_average=None,
    reduce=None,
    reduction: str = "mean",
):
    """``(1/C)·Σ w_t·max(0, margin - x_t + x_c)ᵖ`` over all classes c but the target t.

    Args:
        input: scores, (N, C) or (C); float32 or float64.
        target: classes, (N) or (), int64.
        p: 1 or 2; ValueError otherwise.
        weight: w, a number for each class; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    RuntimeError for shapes, dtypes and targets that don't fit.

    >>> multi_margin_loss(_C.tensor([[0.1, 0.2, 0.4, 0.8]]), _C.tensor([3]))
    tensor(0.3250)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.multi_margin_loss(input, target, p, margin, weight, reduction)


def multilabel_margin_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """``(1/C)·Σ_t Σ_c max(0, 1 - (x_t - x_c))`` over the classes t that a row of the target lists and those
    c that it does not.

    Args:
        input: scores, (N, C) or (C); float32 or float64.
        target: of the input's shape, int64; in each row classes up to the first -1.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    RuntimeError for shapes, dtypes and targets that don't fit.

    >>> multilabel_margin_loss(_C.tensor([[0.1, 0.2, 0.4, 0.8]]), _C.tensor([[3, 0, -1, 1]]))
    tensor(0.8500)
    """
    return _C.multilabel_margin_loss(input, target, _legacy_reduction(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input, target, weight=None, size_average=None, reduce=None, reduction: str = "mean"
):
    """:func:`binary_cross_entropy_with_logits`, averaged over the classes, which lie along the last
    dimension.

    Args:
        input, target, weight: broadcast; the target lies in [0, 1].
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    IndexError for an input without dimensions.

    >>> multilabel_soft_margin_loss(_C.tensor([[0.0, 0.0]]), _C.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    reduction = _legacy_reduction(size_average, reduce, reduction)
    return _C.multilabel_soft_margin_loss(input, target, weight, reduction)


def soft_margin_loss(input, target, size_average=None, reduce=None, reduction: str = "mean"):
    """``ln(1 + e^(-yᵢ·xᵢ))`` for classes yᵢ = ±1, finite for any finite x.

    Args:
        input, target: x and y, broadcast; floating-point.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean', 'sum' or 'none'; ValueError otherwise.

    >>> soft_margin_loss(_C.tensor([0.0, 1.0]), _C.tensor([1.0, -1.0]), reduction="none")
    tensor([0.6931, 1.3133])
    """
    return _C.soft_margin_loss(input, target, _legacy_reduction(size_average, reduce, reduction))


def ctc_loss(
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
):
    """Connectionist temporal classification: ``-ln`` of the probability that sequences of distributions spell
    texts, of all ways to spell them together (A. Graves et al., 2006).

    Args:
        log_probs: logarithms of probabilities, (T, N, C) or (T, C); float32 or float64.
        targets: texts of classes, (N, S), or one after the other in one dimension; integers.
        input_lengths, target_lengths: how much of each counts: a tensor or a sequence of N ints.
        blank: the class that says nothing.
        reduction: 'mean', for which each loss is divided by the length of its text; 'sum' or 'none';
            ValueError otherwise.
        zero_infinity: 0 for texts that are too long to be spelled, instead of infinity.

    The gradient is that by scores whose log softmax ``log_probs`` is. RuntimeError for lengths, targets or a
    blank that don't fit, and where a second derivative is asked for.

    >>> ctc_loss(_C.full((2, 2), 0.5).log(), _C.tensor([1]), (2,), (1,))
    tensor(0.2877)
    """
    return _C.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)
