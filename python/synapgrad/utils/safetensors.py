"""The safetensors format: named tensors and a dictionary of text. Names and arguments of the package of that name.

>>> import synapgrad
>>> from synapgrad.utils import safetensors
>>> data = safetensors.save({"weight": synapgrad.ones(2)})
>>> safetensors.load(data)
{'weight': tensor([1., 1.])}
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from synapgrad import _C, Tensor

__all__ = ["load", "load_file", "load_metadata", "save", "save_file"]


def save(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a file of these tensors. A view is written as what it shows, so memory is not shared."""
    return _C._safetensors_bytes(dict(tensors), metadata)


def save_file(
    tensors: Mapping[str, Tensor], filename: str | os.PathLike, metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors to a file, which is replaced when everything is written.

    Raises:
        TypeError: a name that is no text, a value that is no tensor.
        OSError: the system refuses; the old file is untouched then.
    """
    _C._save_safetensors(dict(tensors), os.fspath(filename), metadata)


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors of a file's bytes, by name. RuntimeError where they are damaged."""
    return _C._load_safetensors(data, "bytes")[0]


def load_file(filename: str | os.PathLike, device="cpu") -> dict[str, Tensor]:
    """The tensors of a file, by name.

    Raises:
        OSError: the file cannot be read.
        RuntimeError: it is damaged, or has a dtype that is not known here; ``device`` is not the CPU.
    """
    _C.device(device)
    return _read(filename)[0]


def load_metadata(filename: str | os.PathLike) -> dict[str, str]:
    """The dictionary of text that was saved with the tensors; empty where there was none."""
    return _read(filename)[1]


def _read(filename):
    with open(filename, "rb") as file:
        return _C._load_safetensors(file.read(), os.fspath(filename))
