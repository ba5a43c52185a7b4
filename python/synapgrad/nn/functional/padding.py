"""Padding: more elements around the last dimensions."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "pad",
]


def pad(input, pad, mode: str = "constant", value: float | None = None):
    """The input with ``pad[0]`` elements more before and ``pad[1]`` after it in the last dimension,
    ``pad[2]`` and ``pad[3]`` in the one before, and so on; negative numbers take elements away.

    Args:
        mode: 'constant'; NotImplementedError for others.
        value: what the new elements are; 0 by default.

    >>> pad(_C.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    if mode != "constant":
        raise NotImplementedError(f"pad: mode 'constant' is the only one, got {mode!r}")
    return _C.constant_pad_nd(input, pad, 0 if value is None else value)
