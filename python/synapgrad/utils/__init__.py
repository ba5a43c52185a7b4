"""Helpers around the library."""

from __future__ import annotations

from . import graph, hooks

__all__ = ["graph", "hooks"]
