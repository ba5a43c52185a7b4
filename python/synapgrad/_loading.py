"""Packages whose parts are loaded when they are first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable


def lazily(
    namespace: dict, files: dict[str, list[str]], modules: Iterable[str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and the ``__dir__`` of a package.

    Args:
        namespace: the package's ``globals()``, with an ``__all__``.
        files: the names that can be had from the package, by the file that they are in.
        modules: the files that can be had themselves.
    """
    package = namespace["__name__"]
    home = {name: file for file, names in files.items() for name in names}

    def load(name: str):
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{home[name]}"), name)
        namespace[name] = value
        return value

    def listing() -> list[str]:
        return sorted([*namespace, *namespace["__all__"]])

    return load, listing
