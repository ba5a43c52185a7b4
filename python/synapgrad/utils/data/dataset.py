"""Data sets: what has samples by number, or gives them out one after the other."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Sequence

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]


class Dataset:
    """Samples by number: a subclass defines ``__getitem__(number)`` and, for all that counts, ``__len__``.

    It may define ``__getitems__(numbers)`` as well, which then gets a whole batch at once.

    >>> from synapgrad.utils.data import Dataset
    >>> class Squares(Dataset):
    ...     def __getitem__(self, i):
    ...         return i * i
    ...     def __len__(self):
    ...         return 10
    >>> (Squares() + Squares())[13]
    9
    """

    def __class_getitem__(cls, item):
        return cls

    def __getitem__(self, index):
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Samples one after the other: a subclass defines ``__iter__``.

    With several workers each goes through a copy of its own; ``get_worker_info()`` tells a copy which part is its.

    >>> from synapgrad.utils.data import DataLoader, IterableDataset
    >>> class Countdown(IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(3, 0, -1))
    >>> [batch.tolist() for batch in DataLoader(Countdown(), batch_size=2)]
    [[3, 2], [1]]
    """

    def __iter__(self):
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Sample ``i`` is row ``i`` of each tensor.

    A :class:`DataLoader` takes a whole batch of it, or of a :class:`Subset` of it, in one call per tensor.

    Raises:
        ValueError: the tensors differ in their first size.

    >>> import synapgrad
    >>> from synapgrad.utils.data import TensorDataset
    >>> TensorDataset(synapgrad.ones(3, 2), synapgrad.arange(3))[1]
    (tensor([1., 1.]), tensor(1))
    """

    def __init__(self, *tensors: Tensor):
        sizes = [tensor.size(0) for tensor in tensors]
        if any(size != sizes[0] for size in sizes):
            raise ValueError(f"TensorDataset: Size mismatch between tensors: their first sizes are {sizes}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class StackDataset(Dataset):
    """Several data sets side by side: a sample is a tuple of one sample of each or, given by name, a dictionary.

    Raises:
        ValueError: no data set, some by name and some without, or different lengths.

    >>> from synapgrad.utils.data import StackDataset
    >>> StackDataset(letter="abc", number=[1, 2, 3])[1]
    {'letter': 'b', 'number': 2}
    """

    def __init__(self, *args, **kwargs):
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset: expected data sets either by name or without, and at least one")
        self.datasets: tuple | dict = args or kwargs
        lengths = [len(dataset) for dataset in args or kwargs.values()]
        if len(set(lengths)) > 1:
            raise ValueError(f"StackDataset: Size mismatch between datasets: their lengths are {lengths}")
        self._length = lengths[0]

    def __getitem__(self, index):
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple(dataset[index] for dataset in self.datasets)

    def __getitems__(self, indices):
        datasets = self.datasets
        columns = []
        for dataset in datasets.values() if isinstance(datasets, dict) else datasets:
            together = getattr(dataset, "__getitems__", None)
            column = together(indices) if callable(together) else [dataset[i] for i in indices]
            if len(column) != len(indices):
                raise ValueError(
                    f"StackDataset: __getitems__ of {type(dataset).__name__} gave {len(column)} samples, "
                    f"wanted {len(indices)}"
                )
            columns.append(column)
        rows = list(zip(*columns))
        return [dict(zip(datasets, row)) for row in rows] if isinstance(datasets, dict) else rows

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset):
    """Several data sets one after the other.

    Raises:
        ValueError: no data set.
        TypeError: an :class:`IterableDataset`, which has no samples by number.

    >>> from synapgrad.utils.data import ConcatDataset
    >>> data = ConcatDataset(["abc", "de"])
    >>> len(data), data[3], data[-1]
    (5, 'd', 'e')
    """

    @staticmethod
    def cumsum(sequence) -> list[int]:
        return list(itertools.accumulate(len(dataset) for dataset in sequence))

    def __init__(self, datasets: Iterable[Dataset]):
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise TypeError("ConcatDataset does not support IterableDataset; ChainDataset does")
        self.cumulative_sizes = self.cumsum(self.datasets)

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int):
        if index < 0:
            if -index > len(self):
                raise ValueError(f"ConcatDataset: index {index} is out of range for {len(self)} samples")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - before]


class ChainDataset(IterableDataset):
    """Several iterable data sets, gone through one after the other.

    >>> from synapgrad.utils.data import ChainDataset, IterableDataset
    >>> class Letters(IterableDataset):
    ...     def __init__(self, text):
    ...         self.text = text
    ...     def __iter__(self):
    ...         return iter(self.text)
    >>> list(ChainDataset([Letters("ab"), Letters("c")]))
    ['a', 'b', 'c']
    """

    def __init__(self, datasets: Iterable[Dataset]):
        self.datasets = datasets

    def __iter__(self):
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise TypeError(f"ChainDataset only supports IterableDataset, got {type(dataset).__name__}")
            yield from dataset

    def __len__(self) -> int:
        total = 0
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise TypeError(f"ChainDataset only supports IterableDataset, got {type(dataset).__name__}")
            total += len(dataset)  # type: ignore[arg-type]
        return total


class Subset(Dataset):
    """The samples ``indices`` of a data set, in that order.

    >>> from synapgrad.utils.data import Subset
    >>> Subset("abcdef", [4, 0])[0]
    'e'
    """

    def __init__(self, dataset, indices: Sequence[int]):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices):
        together = getattr(self.dataset, "__getitems__", None)
        numbers = [self.indices[i] for i in indices]
        return together(numbers) if callable(together) else [self.dataset[i] for i in numbers]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset, lengths: Sequence[int | float], generator=None) -> list[Subset]:
    """Split a data set into parts of random samples: PyTorch's, for the same seed.

    Args:
        dataset: what is to be split; its ``len`` is asked for.
        lengths: the lengths of the parts, or fractions that add up to 1. What rounding down leaves over goes to
            the first parts, one sample each.
        generator: where the permutation is drawn from; by default the default generator.

    Raises:
        ValueError: lengths that do not add up to the length of the data set.

    >>> from synapgrad.utils.data import random_split
    >>> [len(part) for part in random_split(range(10), [0.7, 0.3])]
    [7, 3]
    """
    total = len(dataset)
    wanted = sum(lengths)
    if math.isclose(wanted, 1) and wanted <= 1:
        for at, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"random_split: Fraction at index {at} is not between 0 and 1: {fraction}")
        whole = [math.floor(total * fraction) for fraction in lengths]
        for at in range(total - sum(whole)):
            whole[at % len(whole)] += 1
        for at, length in enumerate(whole):
            if length == 0:
                warnings.warn(
                    f"random_split: Length of split at index {at} is 0: an empty dataset", stacklevel=2
                )
        lengths = whole
    if sum(lengths) != total:
        raise ValueError(
            "random_split: Sum of input lengths does not equal the length of the input dataset: "
            f"{list(lengths)} for {total} samples"
        )
    order = _C.randperm(total, generator=generator).tolist()
    ends = itertools.accumulate(int(length) for length in lengths)
    return [Subset(dataset, order[end - int(length) : end]) for end, length in zip(ends, lengths)]
