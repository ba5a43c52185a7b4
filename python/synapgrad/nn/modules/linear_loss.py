"""The cross entropy of a linear layer's results, as a layer."""

from __future__ import annotations

from math import prod

from synapgrad._C import Tensor

from .. import functional as F
from .linear import Linear
from .loss import _Loss

__all__ = ["LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(_Loss):
    """:class:`CrossEntropyLoss` of the scores that a :class:`Linear` within it gives.

    Args:
        in_features: the size of each input.
        num_classes: C.
        out_features: the dimensions d₁, … of scores (N, C, d₁, …); none by default.
        bias: whether the linear layer has one; not by default.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters, floating-point; float32 by default.
        weight, reduction, label_smoothing: see :class:`CrossEntropyLoss`. RuntimeError for a weight of other
            sizes than (C), and a smoothing outside [0, 1].
        ignore_index: a target class that counts for nothing; -100 by default. Not for probabilities.
        options: not supported; see :func:`functional.linear_cross_entropy`, where the shapes are, too.

    Attributes:
        linear: the layer, with C·d₁·… outputs.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> loss = nn.LinearCrossEntropyLoss(5, 10)
    >>> loss(synapgrad.randn(2, 5), synapgrad.tensor([1, 7])).shape
    synapgrad.Size([])
    """

    weight: Tensor | None

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device=None,
        dtype=None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options=None,
    ):
        super().__init__(None, None, reduction)
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        if options is not None:
            raise NotImplementedError("LinearCrossEntropyLoss: options are not supported")
        self.register_buffer("weight", weight)
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.linear = Linear(in_features, num_classes * prod(out_features), bias, device, dtype)
        self.options = options

    def forward(self, input, target):
        classes = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*classes, -1),
            target,
            linear_bias=None if bias is None else bias.reshape(classes),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        shown = (
            "num_classes",
            "out_features",
            "bias",
            "reduction",
            "ignore_index",
            "label_smoothing",
            "options",
        )
        values = {**vars(self), "bias": self.linear.bias is not None}
        return ", ".join(
            [f"in_features={self.linear.in_features}", *(f"{name}={values[name]}" for name in shown)]
        )
