"""Functions of indices: one-hot vectors."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "one_hot",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
one_hot = _C.one_hot
