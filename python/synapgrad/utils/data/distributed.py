"""A sampler for several processes, each of which trains with its share of a data set."""

from __future__ import annotations

from math import ceil

from synapgrad import _C
from synapgrad._C import Generator

from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler):
    """Every ``num_replicas``-th sample, beginning with the ``rank``-th: the shares are equal in size.

    Args:
        dataset: what is sampled; its ``len`` is asked for.
        num_replicas: how many shares there are. It has to be given, and ``rank``, too: RuntimeError otherwise,
            as processes don't know of each other.
        rank: which share this is.
        shuffle: whether the samples are taken in an order drawn from ``seed`` and the epoch, the same in all
            processes.
        seed: of the order.
        drop_last: what happens to samples that cannot be shared equally: left out, or filled up with the first
            ones.

    Raises:
        ValueError: ``rank`` is not in 0 … num_replicas - 1.

    >>> from synapgrad.utils.data import DistributedSampler
    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ):
        if num_replicas is None or rank is None:
            raise RuntimeError("DistributedSampler: num_replicas and rank are required")
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.num_samples = len(dataset) // num_replicas if drop_last else ceil(len(dataset) / num_replicas)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self):
        samples = len(self.dataset)
        order = list(range(samples))
        if self.shuffle:
            order = _C.randperm(samples, generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        return iter([order[i % samples] for i in range(self.rank, self.total_size, self.num_replicas)])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, so that its order is another one."""
        self.epoch = epoch
