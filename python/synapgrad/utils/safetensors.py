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
    """The bytes of a file of these tensors. A view is written as what it shows, so memory is not shared.

    Raises:
        TypeError: a name or a piece of metadata that is no text, a value that is no tensor.
        ValueError: a tensor called "__metadata__", which is the name of the metadata in the file.

    >>> import synapgrad
    >>> from synapgrad.utils import safetensors
    >>> data = safetensors.save({"weight": synapgrad.ones(2)}, metadata={"epoch": "3"})
    >>> safetensors.load(data)["weight"].tolist()
    [1.0, 1.0]
    """
    _check("save", tensors, metadata)
    return _C._safetensors_bytes(dict(tensors), metadata and dict(metadata))


def save_file(
    tensors: Mapping[str, Tensor], filename: str | os.PathLike, metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors to a file, which is replaced when everything is written.

    Raises:
        TypeError: a name or a piece of metadata that is no text, a value that is no tensor.
        ValueError: a tensor called "__metadata__", which is the name of the metadata in the file.
        OSError: the system refuses; the old file is untouched then.

    >>> import os, tempfile
    >>> import synapgrad
    >>> from synapgrad.utils import safetensors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     safetensors.save_file({"bias": synapgrad.zeros(2)}, path, metadata={"epoch": "3"})
    ...     print(os.listdir(folder))
    ['model.safetensors']
    """
    _check("save_file", tensors, metadata)
    _C._save_safetensors(dict(tensors), os.fsdecode(filename), metadata and dict(metadata))


def _check(what: str, tensors, metadata) -> None:
    if not isinstance(tensors, Mapping):
        raise TypeError(f"{what}: expected a dictionary of tensors, but got {type(tensors).__name__}")
    for name, tensor in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"{what}: expected text as the name of a tensor, but got {name!r}")
        if not isinstance(tensor, Tensor):
            kind = f"{type(tensor).__module__}.{type(tensor).__qualname__}"
            raise TypeError(f"{what}: expected a synapgrad.Tensor for {name!r}, but got {kind}")
    if "__metadata__" in tensors:
        raise ValueError(f"{what}: a tensor cannot be called '__metadata__'")
    if metadata is None:
        return
    if not isinstance(metadata, Mapping):
        raise TypeError(f"{what}: expected a dictionary as metadata, but got {type(metadata).__name__}")
    for pair in metadata.items():
        if not all(isinstance(part, str) for part in pair):
            raise TypeError(f"{what}: expected text in the metadata, but got {pair[0]!r}: {pair[1]!r}")


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors of a file's bytes, by name. RuntimeError where they are damaged.

    >>> import synapgrad
    >>> from synapgrad.utils import safetensors
    >>> safetensors.load(safetensors.save({"bias": synapgrad.zeros(2)}))
    {'bias': tensor([0., 0.])}
    """
    return _C._load_safetensors(data, "bytes")[0]


def load_file(filename: str | os.PathLike, device="cpu") -> dict[str, Tensor]:
    """The tensors of a file, by name.

    Raises:
        OSError: the file cannot be read.
        RuntimeError: it is damaged, or has a dtype that is not known here; ``device`` is not the CPU.

    >>> import os, tempfile
    >>> import synapgrad
    >>> from synapgrad.utils import safetensors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     safetensors.save_file({"bias": synapgrad.zeros(2)}, path, metadata={"epoch": "3"})
    ...     print(safetensors.load_file(path))
    {'bias': tensor([0., 0.])}
    """
    _C.device(device)
    return _read(filename)[0]


def load_metadata(filename: str | os.PathLike) -> dict[str, str]:
    """The dictionary of text that was saved with the tensors; empty where there was none.

    >>> import os, tempfile
    >>> import synapgrad
    >>> from synapgrad.utils import safetensors
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "model.safetensors")
    ...     safetensors.save_file({"bias": synapgrad.zeros(2)}, path, metadata={"epoch": "3"})
    ...     print(safetensors.load_metadata(path))
    {'epoch': '3'}
    """
    return _read(filename)[1]


def _read(filename):
    with open(filename, "rb") as file:
        return _C._load_safetensors(file.read(), os.fsdecode(filename))
