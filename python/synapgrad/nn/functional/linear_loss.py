"""The cross entropy of a linear layer's results."""

from __future__ import annotations

from synapgrad import _C

__all__ = ["linear_cross_entropy"]


def linear_cross_entropy(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options=None,
):
    """:func:`cross_entropy` of the scores ``x·Wᵀ + b``.

    Args:
        input: x, (N, in_features) or (in_features).
        linear_weight: W, (C, in_features), or (C, d₁, …, in_features) for scores (N, C, d₁, …).
        target: classes, (N), (N, d₁, …) or (), int64; or probabilities of the scores' shape.
        linear_bias: b, the weight's shape without in_features; 0 by default.
        weight, reduction, label_smoothing: see :func:`cross_entropy`.
        ignore_index: a class that counts for nothing; -100 by default. Not for probabilities.
        options: how to compute it in pieces; not supported, NotImplementedError for any.

    RuntimeError for other shapes.

    >>> linear_cross_entropy(_C.tensor([[1.0, 2.0]]), _C.zeros(2, 2), _C.tensor([1]))
    tensor(0.6931)
    """
    if options is not None:
        raise NotImplementedError(
            "linear_cross_entropy: options are not supported, it is computed in one piece"
        )
    if input.dim() not in (1, 2):
        raise RuntimeError(
            f"linear_cross_entropy: expected input with dimensionality 1 or 2, got {input.dim()}"
        )
    if linear_weight.dim() < 2:
        raise RuntimeError(
            "linear_cross_entropy: expected linear_weight with dimensionality at least 2, got "
            f"{linear_weight.dim()}"
        )
    *classes, in_features = linear_weight.shape
    if input.shape[-1] != in_features:
        raise RuntimeError(
            "linear_cross_entropy: expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {in_features}, respectively"
        )
    if linear_bias is not None and list(linear_bias.shape) != classes:
        raise RuntimeError(
            f"linear_cross_entropy: expected linear_bias shape {tuple(classes)}, got {tuple(linear_bias.shape)}"
        )
    if len(classes) > 1 and input.dim() == 1:
        raise RuntimeError(
            f"linear_cross_entropy: K-dimensional loss, with a linear_weight of shape "
            f"{tuple(linear_weight.shape)}, requires batched input, got unbatched input with shape "
            f"{tuple(input.shape)}"
        )
    shape = [*input.shape[:-1], *classes]
    if ignore_index is None:
        ignore_index = -100
    elif list(target.shape) == shape:
        raise RuntimeError(
            "linear_cross_entropy: ignore_index cannot be specified when target contains probabilities"
        )
    bias = None if linear_bias is None else linear_bias.flatten()
    scores = _C.linear(input, linear_weight.reshape(-1, in_features), bias).reshape(shape)
    return _C.cross_entropy(scores, target, weight, ignore_index, reduction, label_smoothing)
