"""From a list of samples to a batch."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = ["default_collate", "default_convert"]


def _is_numpy(value) -> bool:
    return type(value).__module__ == "numpy" and not isinstance(value, (str, bytes))


def _as_tensor(array) -> Tensor:
    """An array or a scalar of NumPy; TypeError for text and objects."""
    if array.dtype.kind in "SUOaV":
        raise TypeError(f"default_collate: cannot make a batch of NumPy's {array.dtype}")
    return _C.as_tensor(array) if array.ndim else _C.tensor(array.item(), dtype=array.dtype)


def _rebuilt(example, items):
    """A container of the class of ``example``: a dictionary or list of a class of its own stays one, where it can."""
    kind = type(example)
    try:
        if isinstance(example, MutableMapping | MutableSequence) and kind not in (dict, list):
            import copy

            twin = copy.copy(example)
            if isinstance(twin, MutableMapping):
                twin.update(items)
            else:
                for at, item in enumerate(items):
                    twin[at] = item
            return twin
        return kind(items)
    except TypeError:
        return items


def default_convert(data):
    """NumPy's arrays become tensors, inside dictionaries and sequences, too; everything else stays as it is.

    >>> from synapgrad.utils.data import default_convert
    >>> default_convert([1, "a"])
    [1, 'a']
    """
    if isinstance(data, Tensor):
        return data
    if _is_numpy(data):
        return data if data.dtype.kind in "SUOaV" else _as_tensor(data)
    if isinstance(data, Mapping):
        return _rebuilt(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(value) for value in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _rebuilt(data, [default_convert(value) for value in data])
    return data


def default_collate(batch):
    """A batch of a list of samples: tensors are stacked, numbers become a tensor, containers are gone into.

    ======================  =======================================================
    samples                 batch
    ======================  =======================================================
    tensors, NumPy arrays   a tensor with one more dimension, the first
    int, float, bool        a tensor: int64, float64, bool
    str, bytes              the list as it is
    dict                    a dict of batches
    namedtuple              a namedtuple of batches
    tuple, list             a list of batches
    ======================  =======================================================

    Raises:
        TypeError: samples of another kind.
        RuntimeError: tensors or sequences of different sizes.

    >>> from synapgrad.utils.data import default_collate
    >>> default_collate([(1, {"a": 2.0}), (3, {"a": 4.0})])
    [tensor([1, 3]), {'a': tensor([2., 4.], dtype=synapgrad.float64)}]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _C.stack(list(batch), 0)
    if _is_numpy(first):
        return _C.stack([_as_tensor(sample) for sample in batch], 0)
    if isinstance(first, float):
        return _C.tensor(batch, dtype=_C.float64)
    if isinstance(first, int):
        return _C.tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _rebuilt(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(column) for column in zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch)]
        return columns if isinstance(first, tuple) else _rebuilt(first, columns)
    raise TypeError(
        "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
        f"found {type(first)}"
    )
