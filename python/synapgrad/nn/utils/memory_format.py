"""Orders of a weight's elements in memory. There is one, the usual."""

from __future__ import annotations

from ..modules.module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]


def convert_conv2d_weight_memory_format(module: Module, memory_format) -> Module:
    """Accepted, and without effect, as ``memory_format`` is everywhere; returns the module."""
    return module


def convert_conv3d_weight_memory_format(module: Module, memory_format) -> Module:
    """Accepted, and without effect, as ``memory_format`` is everywhere; returns the module."""
    return module
