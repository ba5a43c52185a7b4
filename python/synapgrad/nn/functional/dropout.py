"""Dropout: noise that keeps a network from relying on single units."""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = [
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
]


def _check(name: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Each element is 0 with probability ``p``, otherwise ``x / (1 - p)``; without ``training``, the input.

    Args:
        p: in [0, 1]; ValueError otherwise.
        inplace: overwrite the input itself.

    >>> dropout(_C.tensor([1.0, 2.0]), training=False)
    tensor([1., 2.])
    """
    _check("dropout", p)
    return (_C.dropout_ if inplace else _C.dropout)(input, p, training)


def alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False):
    """Each element is, with probability ``p``, the lowest value of :func:`selu`; then all are scaled and
    shifted so that mean 0 and variance 1 stay. The arguments are those of :func:`dropout`.

    >>> alpha_dropout(_C.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    _check("alpha_dropout", p)
    return (_C.alpha_dropout_ if inplace else _C.alpha_dropout)(input, p, training)


def feature_alpha_dropout(input, p: float = 0.5, training: bool = False, inplace: bool = False):
    """:func:`alpha_dropout` of whole channels, that is of dimension 1. RuntimeError below two dimensions.

    >>> feature_alpha_dropout(_C.tensor([[1.0, 2.0]]))
    tensor([[1., 2.]])
    """
    _check("feature_alpha_dropout", p)
    return (_C.feature_alpha_dropout_ if inplace else _C.feature_alpha_dropout)(input, p, training)


def _without_batch(input, p: float, training: bool, inplace: bool):
    """Whole channels of an input without a dimension for the batch."""
    if inplace:
        _C.feature_dropout_(input.unsqueeze(0), p, training)
        return input
    return _C.feature_dropout(input.unsqueeze(0), p, training).squeeze(0)


def dropout1d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """:func:`dropout` of whole channels of (N, C, L) or (C, L). RuntimeError for other dimensions.

    >>> dropout1d(_C.tensor([[1.0, 2.0]]), training=False)
    tensor([[1., 2.]])
    """
    _check("dropout1d", p)
    if input.dim() not in (2, 3):
        raise RuntimeError(f"dropout1d: expected an input of 2 or 3 dimensions, got {input.dim()}")
    if input.dim() == 2:
        return _without_batch(input, p, training, inplace)
    return (_C.feature_dropout_ if inplace else _C.feature_dropout)(input, p, training)


def dropout2d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """:func:`dropout` of whole channels of (N, C, H, W). Three dimensions are taken for (N, C, L), with a
    warning, as are others.

    >>> dropout2d(_C.ones(1, 1, 1, 2), training=False)
    tensor([[[[1., 1.]]]])
    """
    _check("dropout2d", p)
    if input.dim() != 4:
        kind = "; channels are taken for dimension 1, dropout1d is for (C, L) and (N, C, L)"
        warnings.warn(f"dropout2d: expected an input of 4 dimensions, got {input.dim()}{kind}", stacklevel=2)
    return (_C.feature_dropout_ if inplace else _C.feature_dropout)(input, p, training)


def dropout3d(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """:func:`dropout` of whole channels of (N, C, D, H, W) or (C, D, H, W); others with a warning.

    >>> dropout3d(_C.ones(1, 1, 1, 2), training=False)
    tensor([[[[1., 1.]]]])
    """
    _check("dropout3d", p)
    if input.dim() not in (4, 5):
        warnings.warn(
            f"dropout3d: expected an input of 4 or 5 dimensions, got {input.dim()}; channels are taken for "
            "dimension 0",
            stacklevel=2,
        )
    if input.dim() != 5:
        return _without_batch(input, p, training, inplace)
    return (_C.feature_dropout_ if inplace else _C.feature_dropout)(input, p, training)
