"""Linear maps."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "linear",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
linear = _C.linear
