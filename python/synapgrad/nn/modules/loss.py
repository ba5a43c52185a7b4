"""Losses: how far an input is from its target."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from ..functional.loss import _legacy_reduction
from .module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "MSELoss", "NLLLoss"]


class _Loss(Module):
    """``reduction`` says what becomes of the losses of the elements: 'mean', 'sum', 'none' to keep them."""

    def __init__(self, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__()
        self.reduction = _legacy_reduction(size_average, reduce, reduction)


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


class BCELoss(_Loss):
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

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, size_average=None, reduce=None, reduction: str = "mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)

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


class NLLLoss(_Loss):
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

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average=None,
        ignore_index: int = -100,
        reduce=None,
        reduction: str = "mean",
    ):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return _C.nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(_Loss):
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

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average=None,
        ignore_index: int = -100,
        reduce=None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input, target):
        return _C.cross_entropy(
            input, target, self.weight, self.ignore_index, self.reduction, self.label_smoothing
        )
