"""Padding: more elements around the last dimensions."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "pad",
]

# The engine's own function, whose signature is the public one.
pad = _C.pad
