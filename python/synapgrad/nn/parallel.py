"""Modules on several devices. There is one, the CPU."""

from __future__ import annotations

from .modules.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Divides a batch among devices; as there is one, this is ``module`` under another name.

    Programs and checkpoints that have it work: parameters are called ``module.…``.

    Args:
        module: what is called.
        device_ids, output_device, dim: without effect.

    >>> from synapgrad import nn
    >>> list(nn.DataParallel(nn.Linear(2, 1)).state_dict())
    ['module.weight', 'module.bias']
    """

    def __init__(self, module: Module, device_ids=None, output_device=None, dim: int = 0):
        super().__init__()
        self.module = module
        self.device_ids: list = []

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)
