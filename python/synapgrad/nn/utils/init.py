"""Modules whose parameters are not drawn."""

from __future__ import annotations

import inspect

from synapgrad.random import fork_rng

from ..modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: type[Module], *args, **kwargs) -> Module:
    """A module of this class whose parameters and buffers are arbitrary, for programs that fill them anyway. The
    generator of random numbers is left as it was.

    Args:
        module_cls: the class; its constructor takes a ``device``.
        args, kwargs: what the constructor gets.

    RuntimeError for what is no class of modules, or takes no ``device``.

    >>> from synapgrad import nn
    >>> nn.utils.skip_init(nn.Linear, 2, 3)
    Linear(in_features=2, out_features=3, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init: Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("skip_init: Module must support a 'device' arg to skip initialization")
    with fork_rng():
        module = module_cls(*args, **kwargs)
    return module.to_empty(device=kwargs.get("device"))
