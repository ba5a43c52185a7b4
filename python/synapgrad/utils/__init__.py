"""Helpers around the library."""

from __future__ import annotations

import importlib

from . import graph, hooks

#: Loaded when they are first named.
_PARTS = ("data", "safetensors")

__all__ = ["data", "graph", "hooks", "safetensors"]


def __getattr__(name: str):
    if name in _PARTS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PARTS])
