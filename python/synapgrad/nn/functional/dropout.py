"""Dropout: noise that keeps a network from relying on single units."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "dropout",
]


def dropout(input, p: float = 0.5, training: bool = True, inplace: bool = False):
    """Each element is 0 with probability ``p``, otherwise ``x / (1 - p)``; without ``training``, the input.

    Args:
        p: in [0, 1]; ValueError otherwise.
        inplace: overwrite the input itself.

    >>> dropout(_C.tensor([1.0, 2.0]), training=False)
    tensor([1., 2.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: the probability p has to be between 0 and 1, but got {p}")
    return _C.dropout_(input, p, training) if inplace else _C.dropout(input, p, training)
