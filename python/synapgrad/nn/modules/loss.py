"""Losses: how far an input is from its target."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .. import functional as F
from ..functional.loss import _legacy_reduction
from .distance import PairwiseDistance
from .module import Module

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "CTCLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class _Loss(Module):
    """``reduction`` says what becomes of the losses of the elements: 'mean', 'sum', 'none' to keep them."""

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__()
        self.reduction = _legacy_reduction(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    """``weight`` is a buffer: it goes along to other dtypes and into the state_dict."""

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(_Loss):
    """Mean squared error: ``lᵢ = (xᵢ - yᵢ)²``.

    Args:
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the lᵢ, their 'sum', or 'none'.

    Shapes: input and target alike, any; where they differ they are broadcast, with a warning. The result is
        a scalar, or with 'none' of the input's shape. Floating-point dtypes. ValueError for another
        ``reduction``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MSELoss()(synapgrad.tensor([1.0, 2.0]), synapgrad.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input, target):
        return _C.mse_loss(input, target, self.reduction)


class BCELoss(_WeightedLoss):
    """Binary cross entropy of probabilities: ``lᵢ = -wᵢ·(yᵢ·ln xᵢ + (1 - yᵢ)·ln(1 - xᵢ))``, logarithms ≥
    -100.

    Args:
        weight: w, broadcast to the input; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the lᵢ, their 'sum', or 'none'.

    Shapes: input and target alike, any; ValueError where they differ. The input lies in [0, 1]; RuntimeError
        otherwise.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.BCELoss()(synapgrad.tensor([0.5, 0.5]), synapgrad.tensor([0.0, 1.0]))
    tensor(0.6931)
    """

    def forward(self, input, target):
        return _C.binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Binary cross entropy of ``σ(x)``: ``lᵢ = -wᵢ·(pᵢ·yᵢ·ln σ(xᵢ) + (1 - yᵢ)·ln(1 - σ(xᵢ)))``, for any x
    without overflow.

    Args:
        weight: w, broadcast to the input; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the lᵢ, their 'sum', or 'none'.
        pos_weight: p, the weight of the positive examples, broadcast to the target; 1 by default.

    Shapes: input and target alike, any; ValueError where they differ.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.BCEWithLogitsLoss()(synapgrad.tensor([0.0, 0.0]), synapgrad.tensor([0.0, 1.0]))
    tensor(0.6931)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average=None,
        reduce=None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return _C.binary_cross_entropy_with_logits(
            input, target, self.weight, self.pos_weight, self.reduction
        )


class NLLLoss(_WeightedLoss):
    """Negative log likelihood of classes: ``l = -w_t·x_t`` where t is the class that the target names.

    Args:
        weight: w, a number for each class; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        ignore_index: a target that counts for nothing.
        reduction: 'mean', ``Σ l / Σ w_t``; 'sum', or 'none'.

    Shapes: input (N, C), (N, C, d₁, …) or (C), logarithms of probabilities; target the same without C, int64
        or uint8. Errors are those of :func:`functional.nll_loss`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.NLLLoss()(synapgrad.tensor([[-1.0, -2.0], [-3.0, -4.0]]), synapgrad.tensor([0, 1]))
    tensor(2.5000)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average=None,
        ignore_index: int = -100,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return _C.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """Cross entropy of scores: ``l = -Σ_c w_c·y_c·ln softmax(x)_c``, for a target of classes (y is 1 for the
    class t) or of probabilities y.

    Args:
        weight: w, a number for each class; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        ignore_index: a target class that counts for nothing.
        reduction: 'mean', for classes ``Σ l / Σ w_t``; 'sum', or 'none'.
        label_smoothing: ε, which takes y to ``(1 - ε)·y + ε/C`` (C. Szegedy et al., "Rethinking the Inception
            Architecture for Computer Vision", 2016).

    Shapes: input (N, C), (N, C, d₁, …) or (C); target the same without C, int64 or uint8, or of the input's
        shape. Errors are those of :func:`functional.cross_entropy`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CrossEntropyLoss()(synapgrad.tensor([[0.0, 0.0]]), synapgrad.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average=None,
        ignore_index: int = -100,
        reduce=None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input, target):
        return _C.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )


class L1Loss(_Loss):
    """Mean absolute error: ``lᵢ = |xᵢ - yᵢ|``. Arguments, shapes and errors are those of :class:`MSELoss`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.L1Loss()(synapgrad.tensor([1.0, 2.0]), synapgrad.tensor([1.0, 5.0]))
    tensor(1.5000)
    """

    def forward(self, input, target):
        return _C.l1_loss(input, target, self.reduction)


class SmoothL1Loss(_Loss):
    """With ``d = |xᵢ - yᵢ|``: ``lᵢ = d² / (2·beta)`` where d < beta, otherwise ``d - beta/2``. Other
    arguments, shapes and errors are those of :class:`MSELoss`; RuntimeError for a negative ``beta``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.SmoothL1Loss(reduction="none")(synapgrad.tensor([1.0, 2.0]), synapgrad.tensor([2.0, 5.0]))
    tensor([0.5000, 2.5000])
    """

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", beta: float = 1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input, target):
        return _C.smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(_Loss):
    """With ``d = |xᵢ - yᵢ|``: ``lᵢ = d²/2`` where d ≤ delta, otherwise ``delta·(d - delta/2)``. Shapes and
    errors are those of :class:`MSELoss`; RuntimeError for a ``delta`` ≤ 0.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.HuberLoss("none", delta=2.0)(synapgrad.tensor([1.0, 2.0]), synapgrad.tensor([2.0, 5.0]))
    tensor([0.5000, 4.0000])
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return _C.huber_loss(input, target, self.reduction, self.delta)


class KLDivLoss(_Loss):
    """Kullback-Leibler divergence of the input, logarithms x of probabilities, from a target of probabilities
    y: ``lᵢ = yᵢ·(ln yᵢ - xᵢ)``.

    Args:
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'batchmean', the sum divided by the input's first size, which the definition wants; 'sum',
            'none', or 'mean', which divides by the number of elements and warns of it.
        log_target: whether the target holds ln y.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x, y = synapgrad.tensor([[0.5, 0.5]]).log(), synapgrad.tensor([[1.0, 0.0]])
    >>> nn.KLDivLoss(reduction="batchmean")(x, y)
    tensor(0.6931)
    """

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(_Loss):
    """Negative log likelihood of counts y under Poisson distributions of rate eˣ: ``lᵢ = eˣᵢ - yᵢ·xᵢ``.

    Args:
        log_input: x is the logarithm of the rate; otherwise the rate itself, ``lᵢ = xᵢ - yᵢ·ln(xᵢ + eps)``.
        full: add Stirling's approximation of ``ln y!`` where y > 1.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the lᵢ, their 'sum', or 'none'.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.PoissonNLLLoss(reduction="none")(synapgrad.tensor([0.0, 1.0]), synapgrad.tensor([2.0, 2.0]))
    tensor([1.0000, 0.7183])
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average=None,
        eps: float = 1e-8,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input, target):
        return _C.poisson_nll_loss(log_input, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(_Loss):
    """Negative log likelihood of y under normal distributions of mean x and variance v:
    ``lᵢ = (ln vᵢ + (xᵢ - yᵢ)²/vᵢ)/2``.

    Args:
        full: add ``(ln 2π)/2``.
        eps: what smaller variances count as.
        reduction: 'mean' of the lᵢ, their 'sum', or 'none'.

    Called with input, target and var, whose shape is the input's, or that without the last dimension or with
    1 for it; or a number. ValueError for another shape or a negative variance.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.GaussianNLLLoss(reduction="none")(synapgrad.tensor([1.0, 3.0]), synapgrad.tensor([1.0, 1.0]), 1.0)
    tensor([0., 2.])
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input, target, var):
        return _C.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class HingeEmbeddingLoss(_Loss):
    """``lᵢ = xᵢ`` where yᵢ = 1, ``max(0, margin - xᵢ)`` where yᵢ = -1: x is the distance of a pair, y whether
    it belongs together.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x, y = synapgrad.tensor([0.5, 0.25]), synapgrad.tensor([1.0, -1.0])
    >>> nn.HingeEmbeddingLoss(reduction="none")(x, y)
    tensor([0.5000, 0.7500])
    """

    def __init__(self, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input, target):
        return _C.hinge_embedding_loss(input, target, self.margin, self.reduction)


class CosineEmbeddingLoss(_Loss):
    """``l = 1 - cos(x, z)`` where y = 1, ``max(0, cos(x, z) - margin)`` where y = -1. Inputs (N, D) and a
    target (N), or (D) and (); RuntimeError otherwise.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x = synapgrad.tensor([[1.0, 0.0], [0.0, 2.0]])
    >>> nn.CosineEmbeddingLoss(reduction="none")(x, x.flip(0), synapgrad.tensor([1, -1]))
    tensor([1., 0.])
    """

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return _C.cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class MarginRankingLoss(_Loss):
    """``lᵢ = max(0, margin - yᵢ·(xᵢ - zᵢ))``: x should rank above z where y = 1, below where y = -1.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x, z, y = synapgrad.tensor([1.0, 2.0]), synapgrad.tensor([3.0, 1.0]), synapgrad.tensor([1, 1])
    >>> nn.MarginRankingLoss(reduction="none")(x, z, y)
    tensor([2., 0.])
    """

    def __init__(self, margin: float = 0.0, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1, input2, target):
        return _C.margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class TripletMarginLoss(_Loss):
    """``l = max(0, d(a, p) - d(a, n) + margin)`` with ``d(x, z) = ‖x - z + eps‖ₚ`` along the last dimension
    (V. Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural
    networks", 2016).

    Args:
        margin: positive; ValueError otherwise.
        p: the norm.
        swap: take ``d(p, n)`` for ``d(a, n)`` where it is smaller.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the l, their 'sum', or 'none'.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> a, p, n = (synapgrad.tensor([x]) for x in ([0.0, 0.0], [3.0, 4.0], [0.0, 2.0]))
    >>> nn.TripletMarginLoss()(a, p, n)
    tensor(4.0000)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average=None,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"TripletMarginLoss: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor, positive, negative):
        return _C.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )


class TripletMarginWithDistanceLoss(_Loss):
    """:class:`TripletMarginLoss` with another distance, ``distance_function(x, z)``; the Euclidean one by
    default.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> a, p, n = (synapgrad.tensor([x]) for x in ([0.0, 0.0], [3.0, 4.0], [0.0, 2.0]))
    >>> largest = lambda x, z: (x - z).abs().amax(-1)
    >>> nn.TripletMarginWithDistanceLoss(distance_function=largest)(a, p, n)
    tensor(3.)
    """

    def __init__(
        self, *, distance_function=None, margin: float = 1.0, swap: bool = False, reduction: str = "mean"
    ):
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(
                f"TripletMarginWithDistanceLoss: expected margin to be greater than 0, got {margin} instead"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor, positive, negative):
        return F.triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class MultiMarginLoss(_WeightedLoss):
    """``l = (1/C)·Σ w_t·max(0, margin - x_t + x_c)ᵖ`` over all classes c but the target t.

    Args:
        p: 1 or 2; ValueError otherwise.
        weight: w, a number for each class; 1 by default.
        size_average, reduce: deprecated; see ``reduction``.
        reduction: 'mean' of the l, their 'sum', or 'none'.

    Shapes: input (N, C) and target (N), int64; or (C) and (). RuntimeError for others.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MultiMarginLoss()(synapgrad.tensor([[0.1, 0.2, 0.4, 0.8]]), synapgrad.tensor([3]))
    tensor(0.3250)
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average=None,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: only p == 1 and p == 2 supported, got {p}")
        if weight is not None and weight.dim() != 1:
            raise ValueError(
                f"MultiMarginLoss: weight must be one-dimensional, got {weight.dim()} dimensions"
            )
        self.p = p
        self.margin = margin

    def forward(self, input, target):
        return _C.multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)


class MultiLabelMarginLoss(_Loss):
    """``l = (1/C)·Σ_t Σ_c max(0, 1 - (x_t - x_c))`` over the classes t that a row of the target lists, up to
    the first -1, and those c that it does not.

    Shapes: input and target alike, (N, C) or (C); the target int64. RuntimeError for others.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x, y = synapgrad.tensor([[0.1, 0.2, 0.4, 0.8]]), synapgrad.tensor([[3, 0, -1, 1]])
    >>> nn.MultiLabelMarginLoss()(x, y)
    tensor(0.8500)
    """

    def forward(self, input, target):
        return _C.multilabel_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """:class:`BCEWithLogitsLoss`, averaged over the classes, which lie along the last dimension.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MultiLabelSoftMarginLoss()(synapgrad.tensor([[0.0, 0.0]]), synapgrad.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input, target):
        return _C.multilabel_soft_margin_loss(input, target, self.weight, self.reduction)


class SoftMarginLoss(_Loss):
    """``lᵢ = ln(1 + e^(-yᵢ·xᵢ))`` for classes yᵢ = ±1.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.SoftMarginLoss(reduction="none")(synapgrad.tensor([0.0, 1.0]), synapgrad.tensor([1.0, -1.0]))
    tensor([0.6931, 1.3133])
    """

    def forward(self, input, target):
        return _C.soft_margin_loss(input, target, self.reduction)


class CTCLoss(_Loss):
    """Connectionist temporal classification: ``-ln`` of the probability that a sequence of distributions
    spells a text, of all ways to spell it together (A. Graves et al., "Connectionist Temporal Classification:
    Labelling Unsegmented Sequence Data with Recurrent Neural Networks", 2006).

    Args:
        blank: the class that says nothing.
        reduction: 'mean', for which each loss is divided by the length of its text; 'sum' or 'none'.
        zero_infinity: 0 for texts that are too long to be spelled, instead of infinity.

    Called with log_probs (T, N, C) or (T, C), targets (N, S) or one text after the other, and the lengths of
    both as tensors or sequences of ints. Errors are those of :func:`functional.ctc_loss`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CTCLoss()(synapgrad.full((2, 1, 2), 0.5).log(), synapgrad.tensor([[1]]), (2,), (1,))
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False):
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs, targets, input_lengths, target_lengths):
        return _C.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
