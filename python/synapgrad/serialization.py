"""save and load: tensors, ``state_dict``s and containers of them, in PyTorch's own file format."""

from __future__ import annotations

import functools
import os
import pickle

from . import _C

__all__ = ["load", "save"]


def save(
    obj, f, pickle_module=None, pickle_protocol: int = 2, _use_new_zipfile_serialization: bool = True
) -> None:
    """Write ``obj`` to a file that :func:`load` and ``torch.load`` read.

    The file is there whole or not at all: until everything is written, ``f`` is what it was before, also when
    the process is killed or the disk is full.

    Args:
        obj: a tensor, a number, text, or lists, tuples, sets and dictionaries of those: ``model.state_dict()``,
            ``{"epoch": 3, "optimizer": optimizer.state_dict()}``. Tensors that share memory share it after
            loading, and an object that is met twice is one object then.
        f: a path, or a file object that can ``write`` bytes.
        pickle_module, pickle_protocol, _use_new_zipfile_serialization: accepted for PyTorch's sake; the file
            is the same whatever they are, except that the format before archives is refused: ValueError.

    Raises:
        TypeError: something that is neither of these, such as a module itself.
        ValueError: a container that contains itself, or is nested more than 900 deep.
        RuntimeError: tensors of different dtypes that share memory.
        OSError: the system refuses; ``f`` is untouched then.

    >>> import io, synapgrad
    >>> file = io.BytesIO()
    >>> synapgrad.save({"weight": synapgrad.ones(2), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> synapgrad.load(file)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    if not _use_new_zipfile_serialization:
        raise ValueError(
            "save: files are zip archives; _use_new_zipfile_serialization=False is not supported"
        )
    if hasattr(f, "write"):
        f.write(_C._save_bytes(obj))
    else:
        _C._save(obj, os.fsdecode(f))


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args):
    """What :func:`save` or ``torch.save`` wrote to a file.

    No code of the file is ever run, whatever ``weights_only`` says: what is neither a tensor nor a number, text
    or container is refused by its name. (A file that can make any object can do anything.)

    Args:
        f: a path, or a file object that can ``read`` bytes.
        map_location: where tensors go, which is the CPU wherever they were when they were saved. A device, a
            dictionary or a function is accepted.
        weights_only, mmap, pickle_module, pickle_load_args: accepted for PyTorch's sake.

    Returns:
        the object. Tensors are leaves that require grad where the saved ones did.

    Raises:
        TypeError: ``f`` is neither a path nor a file opened in binary mode; ``map_location`` is none of these.
        OSError: the file cannot be read.
        RuntimeError: the file is no zip archive of ``torch.save``, is truncated or damaged, or ``map_location``
            names a device that is not the CPU.
        pickle.UnpicklingError: its description of the objects is damaged, or names something that is refused.

    >>> import io, synapgrad
    >>> file = io.BytesIO()
    >>> synapgrad.save(synapgrad.arange(3), file)
    >>> synapgrad.load(io.BytesIO(file.getvalue()), map_location="cpu")
    tensor([0, 1, 2])
    """
    if isinstance(map_location, str):
        _C.device(map_location)
    elif not (isinstance(map_location, _C.device | dict | None) or callable(map_location)):
        raise TypeError(
            "load: expected a device, a dictionary or a function as map_location, "
            f"but got {type(map_location).__name__}"
        )
    if hasattr(f, "read"):
        content, name = f.read(), str(getattr(f, "name", "file object"))
        if not isinstance(content, (bytes, bytearray)):
            raise TypeError(f"load: expected a file opened in binary mode, but read {type(content).__name__}")
        read = functools.partial(_C._load_bytes, bytes(content), name)
    else:
        name = os.fsdecode(f)
        read = functools.partial(_C._load, name)
    try:
        return read()
    except TypeError as error:  # a list as the key of a dictionary
        raise pickle.UnpicklingError(f"load: {name}: {error}") from None
