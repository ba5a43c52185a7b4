"""Pooling: each window of the last one, two or three dimensions becomes one element."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
adaptive_avg_pool1d = _C.adaptive_avg_pool1d
adaptive_avg_pool2d = _C.adaptive_avg_pool2d
adaptive_avg_pool3d = _C.adaptive_avg_pool3d
adaptive_max_pool1d = _C.adaptive_max_pool1d
adaptive_max_pool2d = _C.adaptive_max_pool2d
adaptive_max_pool3d = _C.adaptive_max_pool3d
avg_pool1d = _C.avg_pool1d
avg_pool2d = _C.avg_pool2d
avg_pool3d = _C.avg_pool3d
lp_pool1d = _C.lp_pool1d
lp_pool2d = _C.lp_pool2d
lp_pool3d = _C.lp_pool3d
max_pool1d = _C.max_pool1d
max_pool2d = _C.max_pool2d
max_pool3d = _C.max_pool3d
max_unpool1d = _C.max_unpool1d
max_unpool2d = _C.max_unpool2d
max_unpool3d = _C.max_unpool3d


def _with_indices(pool):
    """``max_pool`` whose result is always a pair."""

    def with_indices(
        input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
    ):
        return pool(input, kernel_size, stride, padding, dilation, ceil_mode, True)

    with_indices.__name__ = with_indices.__qualname__ = f"{pool.__name__}_with_indices"
    with_indices.__doc__ = f":func:`{pool.__name__}` with ``return_indices``: the values and their positions."
    return with_indices


def _adaptive_with_indices(pool):
    def with_indices(input, output_size, return_indices=False):
        return pool(input, output_size, True)

    with_indices.__name__ = with_indices.__qualname__ = f"{pool.__name__}_with_indices"
    with_indices.__doc__ = f":func:`{pool.__name__}` with ``return_indices``: the values and their positions."
    return with_indices


max_pool1d_with_indices = _with_indices(max_pool1d)
max_pool2d_with_indices = _with_indices(max_pool2d)
max_pool3d_with_indices = _with_indices(max_pool3d)
adaptive_max_pool1d_with_indices = _adaptive_with_indices(adaptive_max_pool1d)
adaptive_max_pool2d_with_indices = _adaptive_with_indices(adaptive_max_pool2d)
adaptive_max_pool3d_with_indices = _adaptive_with_indices(adaptive_max_pool3d)
