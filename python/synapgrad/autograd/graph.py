"""The nodes of the graph."""

from __future__ import annotations

from .._C import Node

__all__ = ["Node", "saved_tensors_hooks", "save_on_cpu"]


class saved_tensors_hooks:
    """Not supported: what operations save cannot be packed away."""

    def __init__(self, pack_hook, unpack_hook):
        raise NotImplementedError("saved_tensors_hooks: saved tensors cannot be packed and unpacked")


class save_on_cpu(saved_tensors_hooks):
    """Not supported: all tensors are on the CPU already."""

    def __init__(self, pin_memory=False, device_type="cuda"):
        raise NotImplementedError("save_on_cpu: all tensors are on the CPU already")
