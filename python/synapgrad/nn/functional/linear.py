"""Linear maps."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "bilinear",
    "linear",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
bilinear = _C.bilinear
linear = _C.linear
