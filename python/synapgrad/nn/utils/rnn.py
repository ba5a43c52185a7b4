"""Sequences of different lengths in one tensor: padded, or packed time by time."""

from __future__ import annotations

from collections import namedtuple

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

_Packed = namedtuple("_Packed", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])


class PackedSequence(_Packed):
    """What belongs to sequences, time by time: first the first element of each, from the longest to the
    shortest, then the second of those that have one, …

    Attributes:
        data: (Σ lengths, …).
        batch_sizes: how many sequences there are at each time; int64.
        sorted_indices, unsorted_indices: how the sequences were put in order, and back; None where they were
            in order.

    Made by :func:`pack_padded_sequence` and :func:`pack_sequence`.

    >>> packed = pack_sequence([_C.tensor([1, 2, 3]), _C.tensor([4])])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))
    """

    __slots__ = ()

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not isinstance(data, (tuple, list)) or len(data) != 2:
                raise AssertionError(
                    "PackedSequence: expected data and batch_sizes, or data to be a list or tuple of length 2"
                )
            data, batch_sizes = data
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        """The same with the data converted as by ``Tensor.to``; itself where nothing changes."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self):
        return self

    def pin_memory(self):
        return self

    def is_pinned(self) -> bool:
        return False

    @property
    def is_cuda(self) -> bool:
        return False

    def double(self):
        return self.to(_C.float64)

    def float(self):
        return self.to(_C.float32)

    def half(self):
        return self.to(_C.float16)

    def long(self):
        return self.to(_C.int64)

    def int(self):
        return self.to(_C.int32)

    def short(self):
        return self.to(_C.int16)

    def char(self):
        return self.to(_C.int8)

    def byte(self):
        return self.to(_C.uint8)


def invert_permutation(permutation):
    """The permutation that undoes another; None of None.

    >>> invert_permutation(_C.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else _C.argsort(permutation)


def _as_ints(lengths) -> list:
    return lengths.tolist() if isinstance(lengths, Tensor) else [int(length) for length in lengths]


def pack_padded_sequence(input, lengths, batch_first: bool = False, enforce_sorted: bool = True):
    """Pack a batch of padded sequences, leaving the padding out.

    Args:
        input: (T, N, …), or (N, T, …) with ``batch_first``.
        lengths: N of them, a tensor or ints.
        enforce_sorted: RuntimeError unless the lengths descend; otherwise the sequences are sorted.

    RuntimeError for lengths that don't fit or are not positive.

    >>> pack_padded_sequence(_C.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True).data
    tensor([1, 3, 2])
    """
    order = None
    if not enforce_sorted:
        _, order = _C.sort(_C.as_tensor(lengths, dtype=_C.int64), descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    numbers = _as_ints(lengths)
    if order is not None:
        numbers = [numbers[i] for i in order.tolist()]
    data, batch_sizes = _C._pack_padded_sequence(input, numbers, batch_first)
    return PackedSequence(data, batch_sizes, order, None)


def pad_packed_sequence(
    sequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
):
    """The padded batch and the lengths of its sequences: what :func:`pack_padded_sequence` packed.

    Args:
        sequence: a PackedSequence.
        batch_first: (N, T, …) instead of (T, N, …).
        padding_value: what stands beyond the end of a sequence.
        total_length: T; ValueError where it is less than the longest sequence.

    >>> packed = pack_sequence([_C.tensor([1, 2, 3]), _C.tensor([4])])
    >>> pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
            [4, 0, 0]]), tensor([3, 1]))
    """
    sizes = sequence.batch_sizes.tolist()
    padded, lengths = _C._pad_packed_sequence(sequence.data, sizes, batch_first, padding_value, total_length)
    back = sequence.unsorted_indices
    if back is not None:
        return padded.index_select(0 if batch_first else 1, back), lengths.index_select(0, back)
    return padded, lengths


def pad_sequence(
    sequences, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
):
    """Sequences of shapes (Lᵢ, …) in one tensor (T, N, …), T being the largest Lᵢ.

    Args:
        sequences: tensors that differ only in length.
        batch_first: (N, T, …) instead.
        padding_value: what the shorter ones are filled up with.
        padding_side: 'right', at the end, or 'left'; RuntimeError otherwise.

    >>> pad_sequence([_C.tensor([1, 2, 3]), _C.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(
            f"pad_sequence: padding_side should be either left or right, but got {padding_side}"
        )
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    elif not hasattr(sequences, "__iter__"):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got {type(sequences).__name__}"
        )
    return _C._pad_sequence(list(sequences), batch_first, padding_value, padding_side == "left")


def unpad_sequence(padded_sequences, lengths, batch_first: bool = False) -> list:
    """The sequences of a padded batch, a list of tensors.

    >>> unpad_sequence(_C.tensor([[1, 2, 3], [4, 0, 0]]), _C.tensor([3, 1]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4])]
    """
    batch = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [sequence[:length] for sequence, length in zip(batch.unbind(0), _as_ints(lengths))]


def pack_sequence(sequences, enforce_sorted: bool = True):
    """Pack a list of sequences of shapes (Lᵢ, …). RuntimeError unless their lengths descend, or with
    ``enforce_sorted=False`` they are sorted.

    >>> pack_sequence([_C.tensor([1, 2]), _C.tensor([3])]).batch_sizes
    tensor([2, 1])
    """
    lengths = [sequence.size(0) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences) -> list:
    """The sequences of a PackedSequence, in their old order.

    >>> unpack_sequence(pack_sequence([_C.tensor([1, 2]), _C.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
