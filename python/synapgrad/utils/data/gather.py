"""The short way for a TensorDataset: a batch is gathered in one call per tensor instead of sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral

from synapgrad import _C
from synapgrad._C import Tensor

from .collate import default_collate
from .dataset import Subset, TensorDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler

__all__ = ["batches", "tensors_of"]


def tensors_of(dataset) -> tuple[tuple[Tensor, ...], Tensor | None] | None:
    """The tensors of a TensorDataset and which of their rows belong to it (None: all); None for another data set.

    Only the classes themselves are recognised: a subclass may do something else in ``__getitem__``.
    """
    if type(dataset) is TensorDataset:
        return dataset.tensors, None
    if type(dataset) is not Subset or not (inner := tensors_of(dataset.dataset)):
        return None
    tensors, rows = inner
    try:
        own = _C.as_tensor(dataset.indices)
    except (TypeError, ValueError, RuntimeError):
        return None
    if own.dim() != 1 or (own.numel() and own.dtype is not _C.int64):
        return None
    size = tensors[0].size(0) if rows is None else rows.numel()
    own = own.to(_C.int64)
    if own.numel() and (int(own.min()) < -size or int(own.max()) >= size):
        return None  # sample by sample, the error comes when the sample is asked for
    own = _C.where(own < 0, own + size, own)
    return tensors, own if rows is None else rows.index_select(0, own)


def batches(dataset, tensors: tuple[Tensor, ...], rows: Tensor | None, sampler) -> Iterator[list[Tensor]]:
    """The batches of a BatchSampler, or of what yields lists of numbers. ``tensors`` and ``rows`` are what
    :func:`tensors_of` found in the data set.
    """
    size = tensors[0].size(0) if rows is None else rows.numel()
    if type(sampler) is BatchSampler and type(sampler.sampler) is SequentialSampler and rows is None:
        step = sampler.batch_size
        for start in range(0, size - size % step if sampler.drop_last else size, step):
            # Copied, because a batch may be changed in place and the data set may not.
            yield [tensor[start : start + step].clone() for tensor in tensors]
        return
    for numbers in _number_tensors(sampler, size):
        if not isinstance(numbers, Tensor):
            yield default_collate([dataset[number] for number in numbers])
            continue
        if rows is not None:
            numbers = rows.index_select(0, numbers)
        yield [tensor.index_select(0, numbers) for tensor in tensors]


def _number_tensors(sampler, size: int) -> Iterator[Tensor | list]:
    """The numbers of each batch as a tensor; as a list where they are no plain numbers: what True, a slice or a
    fraction means as an index is for the tensors to say.
    """
    if type(sampler) is BatchSampler and type(sampler.sampler) is RandomSampler:
        yield from _cut(sampler.sampler.chunks(), sampler.batch_size, sampler.drop_last)
        return
    for batch in sampler:
        if isinstance(batch, Tensor) and batch.dim() == 1 and batch.dtype is _C.int64:
            numbers = batch
        else:
            listed = list(batch)
            if not all(kind is not bool and issubclass(kind, Integral) for kind in set(map(type, listed))):
                yield listed
                continue
            numbers = _C.tensor(listed, dtype=_C.int64)
        if numbers.numel() and int(numbers.min()) < 0:
            numbers = _C.where(numbers < 0, numbers + size, numbers)
        yield numbers


def _cut(chunks: Iterator[Tensor], size: int, drop_last: bool) -> Iterator[Tensor]:
    """Pieces of ``size`` numbers of what the chunks hold one after the other."""
    rest = None
    for chunk in chunks:
        if rest is not None and rest.numel():
            chunk = _C.cat([rest, chunk])
        end = chunk.numel() - chunk.numel() % size
        for start in range(0, end, size):
            yield chunk[start : start + size]
        rest = chunk[end:]
    if rest is not None and rest.numel() and not drop_last:
        yield rest
