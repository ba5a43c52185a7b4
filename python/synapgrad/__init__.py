"""SynapGrad: an autograd tensor engine and a deep-learning library with PyTorch's API, written from scratch in Rust.

>>> import synapgrad
>>> x = synapgrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import importlib as _importlib

from . import _C
from ._C import *  # noqa: F403

#: Parts of the library that are loaded when they are first named.
_PARTS = ("autograd", "datasets", "nn", "optim", "random", "utils")


def __getattr__(name: str):
    if name in _PARTS:
        return _importlib.import_module(f"synapgrad.{name}")
    raise AttributeError(f"module 'synapgrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PARTS])
