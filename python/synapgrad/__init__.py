"""SynapGrad: autograd and deep learning with PyTorch's API, written from scratch in Rust.

>>> import synapgrad
>>> x = synapgrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import importlib as _importlib

from . import _C
from ._C import *
from .autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    retain_grads,
    set_grad_enabled,
)
from .serialization import load, save

#: Parts of the library that are loaded when they are first named.
_PARTS = (
    "accelerator",
    "autograd",
    "backends",
    "cuda",
    "datasets",
    "func",
    "linalg",
    "nn",
    "optim",
    "random",
    "testing",
    "transforms",
    "typed",
    "utils",
)

#: What `_C` offers, without what only the package itself uses.
__all__ = sorted(  # pyright: ignore[reportUnsupportedDunderAll]
    {
        *(name for name in vars(_C) if not name.startswith("_")),
        "enable_grad",
        "inference_mode",
        "load",
        "is_grad_enabled",
        "is_inference_mode_enabled",
        "no_grad",
        "retain_grads",
        "save",
        "set_grad_enabled",
    }
    - {"Node", "RemovableHandle"}
)


def __getattr__(name: str):
    if name in _PARTS:
        return _importlib.import_module(f"synapgrad.{name}")
    if name.endswith("Tensor") and hasattr(typed := _importlib.import_module("synapgrad.typed"), name):
        return getattr(typed, name)
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("synapgrad")
        except PackageNotFoundError:
            return "unknown"
    raise AttributeError(f"module 'synapgrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(
        [*__all__, *_PARTS, "__all__", "__doc__", "__file__", "__name__", "__path__", "__version__"]
    )
