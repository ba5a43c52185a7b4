"""DataLoader: batches of a data set, in PyTorch's order for the same seed."""

from __future__ import annotations

import itertools
import multiprocessing
import time
import warnings
import weakref
from collections.abc import Iterator
from multiprocessing import connection
from multiprocessing.context import BaseContext

from . import gather, worker
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed

__all__ = ["DataLoader", "default_collate", "default_convert", "get_worker_info"]

get_worker_info = worker.get_worker_info

#: What the samplers of a loader were made of.
_SETTLED = ("dataset", "batch_size", "sampler", "batch_sampler", "drop_last", "persistent_workers")


class _Endless:
    """Asks an IterableDataset for the next sample, and the next, …"""

    def __iter__(self):
        return itertools.repeat(None)


class _Fetch:
    """Makes, of a data set, the function from what the sampler yields to a batch."""

    def __init__(self, collate_fn, batched: bool, batch_size, drop_last: bool):
        self.collate_fn = collate_fn
        self.batched = batched
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __call__(self, dataset):
        collate = self.collate_fn
        if isinstance(dataset, IterableDataset):
            return self._of_stream(iter(dataset))
        if not self.batched:
            return lambda number: collate(dataset[number])
        together = getattr(dataset, "__getitems__", None)
        if callable(together):
            return lambda numbers: collate(together(numbers))
        return lambda numbers: collate([dataset[number] for number in numbers])

    def _of_stream(self, samples):
        def following(numbers):
            if not self.batched:
                return self.collate_fn(next(samples))
            batch = list(itertools.islice(samples, len(numbers)))
            if not batch or (self.drop_last and len(batch) < len(numbers)):
                raise StopIteration
            return self.collate_fn(batch)

        return following


class DataLoader:
    """Gives a data set out in batches.

    Args:
        dataset: a :class:`Dataset` (or anything with ``__getitem__`` and ``__len__``), or an
            :class:`IterableDataset`.
        batch_size: samples per batch; None gives the samples one by one, without a batch dimension.
        shuffle: whether each epoch has a random order of its own.
        sampler: the order, instead of ``shuffle``: yields numbers of samples.
        batch_sampler: yields lists of numbers, instead of the three above and ``drop_last``.
        num_workers: how many processes make batches; 0: this one does. A :class:`TensorDataset` needs none and
            starts none, unless there is a ``collate_fn`` or a ``worker_init_fn``.
        collate_fn: makes a batch of a list of samples; by default :func:`default_collate` (for single samples
            :func:`default_convert`).
        pin_memory, pin_memory_device, in_order: accepted for PyTorch's sake: memory is not pinned, and batches
            always come in order.
        drop_last: whether to leave out a last batch that is not full.
        timeout: seconds to wait for a batch of a worker; 0: for ever.
        worker_init_fn: called in each worker, with its number, after it has been seeded.
        multiprocessing_context: how workers are started: "fork", "spawn", "forkserver" or a context.
        generator: where the order and the workers' seeds are drawn from; by default the default generator.
        prefetch_factor: how many batches each worker makes in advance (2).
        persistent_workers: whether workers live on from epoch to epoch.

    Raises:
        ValueError: options that contradict each other; one of them is set later, which would change nothing.
        TypeError: ``multiprocessing_context`` is neither a name nor a context.
        RuntimeError: (while iterating) a worker died, or gave no batch within ``timeout``.

    An exception of a worker is raised here, with the worker's traceback in its message. The iterator goes on
    after it: who catches the exception of one batch gets the others.

    >>> import synapgrad
    >>> from synapgrad.utils.data import DataLoader, TensorDataset
    >>> data = TensorDataset(synapgrad.arange(6).view(3, 2), synapgrad.arange(3))
    >>> for X, y in DataLoader(data, batch_size=2):
    ...     print(tuple(X.shape), y.tolist())
    (2, 2) [0, 1]
    (1, 2) [2]
    """

    def __init__(
        self,
        dataset,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler=None,
        batch_sampler=None,
        num_workers: int = 0,
        collate_fn=None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ):
        def refuse_if(wrong, text: str) -> None:
            if wrong:
                raise ValueError(f"DataLoader: {text}")

        refuse_if(num_workers < 0, f"num_workers should be non-negative, but got {num_workers}")
        refuse_if(timeout < 0, f"timeout should be non-negative, but got {timeout}")
        refuse_if(
            num_workers == 0 and prefetch_factor is not None,
            "prefetch_factor could only be specified in multiprocessing: num_workers is 0",
        )
        refuse_if(prefetch_factor is not None and prefetch_factor < 1, "prefetch_factor should be positive")
        refuse_if(num_workers == 0 and persistent_workers, "persistent_workers needs num_workers > 0")
        refuse_if(
            num_workers == 0 and multiprocessing_context is not None,
            f"multiprocessing_context needs num_workers > 0, but got num_workers={num_workers}",
        )
        if isinstance(multiprocessing_context, str):
            methods = multiprocessing.get_all_start_methods()
            refuse_if(
                multiprocessing_context not in methods,
                f"multiprocessing_context should be one of {methods}, but got {multiprocessing_context!r}",
            )
        elif not isinstance(multiprocessing_context, BaseContext | None):
            raise TypeError(
                "DataLoader: multiprocessing_context should be a context or the name of a start method, "
                f"but got {multiprocessing_context!r}"
            )
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            refuse_if(shuffle, f"an IterableDataset has no order to shuffle: got shuffle={shuffle}")
            refuse_if(sampler is not None, f"an IterableDataset takes no sampler: got sampler={sampler}")
            refuse_if(
                batch_sampler is not None, f"an IterableDataset takes no batch_sampler: got {batch_sampler}"
            )
        refuse_if(sampler is not None and shuffle, "sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            refuse_if(
                batch_size != 1 or shuffle or sampler is not None or drop_last,
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
            )
            batch_size, drop_last = None, False
        elif batch_size is None:
            refuse_if(
                drop_last,
                "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
            )

        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, False if self._iterable else drop_last)

        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.num_workers = num_workers
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.drop_last = drop_last
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.generator = generator
        self.prefetch_factor = 2 if prefetch_factor is None and num_workers > 0 else prefetch_factor
        self.persistent_workers = persistent_workers
        self.in_order = in_order
        self._kept: _Workers | None = None
        self._seed: int | None = None
        self._length_told: int | None = None
        self._settled = True

    def __setattr__(self, name: str, value) -> None:
        if name in _SETTLED and "_settled" in self.__dict__:
            raise ValueError(
                f"DataLoader: {name} should not be set after the loader is made: it would change nothing"
            )
        super().__setattr__(name, value)

    def __class_getitem__(cls, item):
        return cls

    def __len__(self) -> int:
        if not self._iterable:
            return len(self._numbers())
        length = self._length_told = len(self.dataset)
        if self.batch_size is None:
            return length
        full, rest = divmod(length, self.batch_size)
        return full if self.drop_last or not rest else full + 1

    def _numbers(self):
        """What yields the numbers of a batch, or of a sample where there are no batches."""
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> Iterator:
        return _Epoch(self, self._batches())

    def _batches(self) -> Iterator:
        # PyTorch draws this at the start of each epoch, with workers or without; workers that live on keep theirs.
        if self._seed is None or not self.persistent_workers:
            self._seed = draw_seed(self.generator)
        short = None
        if (
            self.batch_sampler is not None
            and self.collate_fn is default_collate
            and self.worker_init_fn is None
        ):
            short = gather.tensors_of(self.dataset)
        if short is not None:
            return gather.batches(self.dataset, *short, self.batch_sampler)
        fetch = _Fetch(self.collate_fn, self.batch_sampler is not None, self.batch_size, self.drop_last)
        if self.num_workers == 0:
            return _Here(fetch(self.dataset), iter(self._numbers()), self._iterable)
        return self._by_workers(fetch)

    def _by_workers(self, fetch: _Fetch) -> Iterator:
        workers = self._kept
        if workers is not None and workers.idle:
            workers.reset()
        else:
            assert self._seed is not None
            if (
                workers is not None
            ):  # these take the place of others, whose random numbers they must not repeat
                self._seed += self.num_workers
            workers = _Workers(self, fetch, self._seed)
            if self.persistent_workers:
                self._kept = workers
        return workers.batches(iter(self._numbers()), keep=self.persistent_workers)


class _Here:
    """The batches that the numbers describe, made by this process. After an exception it goes on with the next."""

    def __init__(self, fetcher, numbers: Iterator, stream: bool):
        self._fetcher = fetcher
        self._numbers = numbers
        self._stream = stream

    def __iter__(self) -> Iterator:
        return self

    def __next__(self):
        numbers = next(self._numbers)
        try:
            return self._fetcher(numbers)
        except StopIteration as error:
            if self._stream:
                raise
            raise RuntimeError("DataLoader: a sample of the data set raised StopIteration") from error


class _Epoch:
    """The batches of an epoch: an iterator with a length."""

    def __init__(self, loader: DataLoader, batches: Iterator):
        self._loader = loader
        self._batches = batches
        self._count = 0
        # What an IterableDataset told before the epoch, until it has proved wrong.
        self._told = loader._length_told

    def __iter__(self) -> Iterator:
        return self

    def __next__(self):
        batch = next(self._batches)
        if isinstance(batch, worker.Failure):
            del self  # a traceback that is kept must not keep the workers
            batch.reraise()
        if self._told is not None:
            self._count_batch(self._told)
        return batch

    def _count_batch(self, told: int) -> None:
        self._count += 1
        if self._count > told:
            warnings.warn(
                f"Length of IterableDataset {self._loader.dataset} was reported to be {told} (when accessing "
                f"len(dataloader)), but {self._count} samples have been fetched.",
                stacklevel=3,
            )
            self._told = None

    def __len__(self) -> int:
        return len(self._loader)


class _Workers:
    """The processes of a loader, and a pipe to each."""

    def __init__(self, loader: DataLoader, fetch: _Fetch, seed: int):
        context = loader.multiprocessing_context
        if context is None or isinstance(context, str):
            context = multiprocessing.get_context(context)
        self.count = loader.num_workers
        self.ahead = loader.prefetch_factor or 2
        self.timeout = loader.timeout
        self.idle = True
        self.pipes: list = []
        self.processes: list = []
        # Ends the processes when this object is forgotten, and when the program ends.
        self._end = weakref.finalize(self, _end, self.pipes, self.processes)
        forked = context.get_start_method() == "fork"
        for number in range(self.count):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=worker.run,
                args=(
                    theirs,
                    ours if forked else None,
                    fetch,
                    loader.dataset,
                    number,
                    self.count,
                    seed,
                    loader.worker_init_fn,
                ),
                daemon=True,
            )
            with warnings.catch_warnings():
                # Workers use one thread and none of what the threads of this process share.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def reset(self) -> None:
        for pipe in self.pipes:
            pipe.send(("reset", None))

    def batches(self, numbers: Iterator, keep: bool) -> Iterator:
        """The batches that the numbers describe, in order; a Failure in the place of one that cannot be made."""
        self.idle = False
        complete = False
        try:
            asked = [0] * self.count
            active = list(range(self.count))
            turns = itertools.count()
            order: list[int] = []  # the workers that were asked and have not been heard yet

            def ask() -> bool:
                """Hand the next numbers to the next worker that has not come to its end."""
                if not active:
                    return False
                try:
                    question = next(numbers)
                except StopIteration:
                    return False
                number = active[next(turns) % len(active)]
                asked[number] += 1
                order.append(number)
                self._send(number, (None, question))
                return True

            for _ in range(self.count * self.ahead):
                if not ask():
                    break
            while order:
                number = order.pop(0)
                answer = self._hear(number)
                if isinstance(answer, worker.Exhausted):
                    if number in active:
                        active.remove(number)
                    ask()
                    continue
                ask()
                yield answer
            complete = True
        finally:
            if keep and complete:
                self.idle = True
            else:
                self._end()

    def _send(self, number: int, question) -> None:
        try:
            self.pipes[number].send(question)
        except OSError:
            self._mourn(number)

    def _hear(self, number: int):
        pipe, process = self.pipes[number], self.processes[number]
        deadline = time.monotonic() + self.timeout if self.timeout else None
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready = connection.wait([pipe, process.sentinel], wait)
        if not ready:
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds")
        try:
            if pipe.poll():  # also what a worker said before it died
                return pipe.recv()
        except (EOFError, OSError):
            pass
        self._mourn(number)

    def _mourn(self, number: int):
        process = self.processes[number]
        process.join(1)
        raise RuntimeError(
            f"DataLoader worker {number} (pid {process.pid}) exited unexpectedly with exit code {process.exitcode}"
        )


def _end(pipes: list, processes: list) -> None:
    """Close the pipes, which tells the workers to end, and see to it that they do."""
    for pipe in pipes:
        pipe.close()
    for process in processes:
        process.join(0.2)
        if process.is_alive():
            process.terminate()
            process.join(1)
        if process.is_alive():
            process.kill()
            process.join()
    pipes.clear()
    processes.clear()
