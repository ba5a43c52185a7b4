"""Splitting and batching data that are lists or arrays: the helpers of SynapGrad 1.

They take and give arrays of NumPy, which has to be installed for them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

__all__ = ["DataLoader", "DataLoaderCallback", "one_hot_encode", "split_dataset"]


def split_dataset(X, y, test_split: float = 0.2, val_split: float | None = None, shuffle: bool = False):
    """Split samples and their labels into parts for training, testing and, with ``val_split``, validation.

    The first ``test_split`` of the samples, rounded down, are for testing; of those that remain the first ``val_split``
    are for validation and the rest for training. With ``shuffle``, NumPy's global generator orders them first.

    Returns:
        ``(X_train, y_train), (X_test, y_test), (X_val, y_val)``, float32 arrays; None for the last without
        ``val_split``.

    Raises:
        ValueError: different numbers of samples and labels, or a fraction that is not between 0 and 1.

    >>> from synapgrad.nn.utils.data import split_dataset
    >>> train, test, _ = split_dataset([[1.0], [2.0], [3.0], [4.0], [5.0]], [0, 1, 0, 1, 0])
    >>> test[0].tolist(), train[1].tolist()
    ([[1.0]], [1.0, 0.0, 1.0, 0.0])
    """
    import numpy as np

    n = len(X)
    if len(y) != n:
        raise ValueError(f"split_dataset: {n} samples but {len(y)} labels")
    for fraction in (test_split, val_split or 0.0):
        if not 0 <= fraction <= 1:
            raise ValueError(f"split_dataset: expected a fraction between 0 and 1, got {fraction}")
    order = np.arange(n)
    if shuffle:
        np.random.shuffle(order)
    tests = int(test_split * n)
    validations = 0 if val_split is None else int(val_split * (n - tests))

    def part(start: int, end: int):
        chosen = order[start:end]
        return tuple(np.asarray([data[i] for i in chosen], dtype=np.float32) for data in (X, y))

    validation = None if val_split is None else part(tests, tests + validations)
    return part(tests + validations, n), part(0, tests), validation


def one_hot_encode(y):
    """A row for each label with a one in the column of its class; columns are in the order of the sorted classes.

    >>> from synapgrad.nn.utils.data import one_hot_encode
    >>> one_hot_encode([2, 7, 2]).tolist()
    [[1, 0], [0, 1], [1, 0]]
    """
    import numpy as np

    classes, places = np.unique(np.asarray(y), return_inverse=True)
    return np.eye(len(classes), dtype=np.int64)[places.reshape(-1)]


class DataLoaderCallback(ABC):
    """What turns a slice of the data into what the training loop gets, such as a pair of tensors.

    >>> import synapgrad
    >>> from synapgrad.nn.utils.data import DataLoader, DataLoaderCallback
    >>> class ToTensors(DataLoaderCallback):
    ...     def __call__(self, data_loader, X_batch, y_batch):
    ...         return synapgrad.tensor(X_batch), synapgrad.tensor(y_batch)
    >>> next(iter(DataLoader([1.0, 2.0, 3.0], [0, 1, 0], 2, ToTensors())))
    (tensor([1., 2.]), tensor([0, 1]))
    """

    @abstractmethod
    def __call__(self, data_loader: DataLoader, X_batch, y_batch):
        """The batch of these samples and labels."""


class DataLoader:
    """Whole batches of consecutive samples, as slices of ``X`` and ``y``; a last one that is not full is left out.

    Args:
        X, y: samples and labels: anything that can be sliced.
        batch_size: samples per batch.
        transform: a :class:`DataLoaderCallback`, or any function of (loader, X_batch, y_batch), which makes
            the batch; by default it is the pair of slices.

    Raises:
        ValueError: ``batch_size`` is not positive.
        IndexError: (when indexed) no such batch.

    >>> from synapgrad.nn.utils.data import DataLoader
    >>> list(DataLoader([1, 2, 3, 4, 5], "abcde", 2))
    [([1, 2], 'ab'), ([3, 4], 'cd')]
    """

    def __init__(self, X, y, batch_size: int, transform=None):
        if batch_size < 1:
            raise ValueError(f"DataLoader: batch_size should be positive, got {batch_size}")
        self.X = X
        self.y = y
        self.batch_size = batch_size
        self.transform = transform
        self.step = 0

    def __len__(self) -> int:
        return len(self.y) // self.batch_size

    def __iter__(self):
        self.step = 0
        return self

    def __next__(self):
        if self.step >= len(self):
            raise StopIteration
        self.step += 1
        return self[self.step - 1]

    def __getitem__(self, idx: int):
        count = len(self)
        if not -count <= idx < count:
            raise IndexError(f"DataLoader: batch {idx} of {count}")
        start = idx % count * self.batch_size
        X, y = self.X[start : start + self.batch_size], self.y[start : start + self.batch_size]
        return (X, y) if self.transform is None else self.transform(self, X, y)
