"""Worker processes: each makes batches of its own copy of the data set.

They are processes, not threads, because PyTorch programs rely on what that brings: Python code of several
data sets runs at the same time, and each worker has random numbers of its own, seeded with the loader's base
seed plus its number; NumPy's with a mixture of both, as in PyTorch.

Batch k is made by worker k modulo the number of workers, and each worker answers in the order in which it was asked, so
that a pipe per worker is all there is: no shared queue, nothing to sort. A thread in the worker reads what it is asked
while it works, so that neither side ever waits for the other to make room.
"""

from __future__ import annotations

import io
import pickle
import queue
import signal
import threading
import traceback
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from multiprocessing.reduction import ForkingPickler
from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

from .dataset import IterableDataset

__all__ = ["Failure", "WorkerInfo", "get_worker_info", "run"]


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker knows of itself."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker process: its ``id``, ``num_workers``, ``seed`` and its copy ``dataset``; elsewhere None.

    >>> from synapgrad.utils.data import get_worker_info
    >>> print(get_worker_info())
    None
    """
    return _info


class Failure:
    """An exception of a worker, as it travels: its class and its traceback as text."""

    def __init__(self, error: BaseException, where: str):
        self.kind = type(error)
        self.name = self.kind.__name__
        self.where = where
        self.text = "".join(traceback.format_exception(error))
        try:
            pickle.dumps(self.kind)
        except Exception:  # a class within a function has no name by which another process could find it
            self.kind = RuntimeError

    def reraise(self) -> None:
        """Raise an exception of the same class, or a RuntimeError where the class is not known here or cannot be
        made of a text.
        """
        text = f"Caught {self.name} {self.where}.\nOriginal {self.text}"
        try:
            error = self.kind(_Verbatim(text) if issubclass(self.kind, KeyError) else text)
        except Exception:
            error = RuntimeError(text)
        if isinstance(error, StopIteration):  # which would end the epoch
            error = RuntimeError(text)
        raise error


class _Verbatim(str):
    """A text that KeyError shows as it is, not as its repr."""

    def __repr__(self):
        return str(self)


class _Pickler(ForkingPickler):
    """Sends of a view what it shows, not all the memory behind it."""

    def reducer_override(self, obj):
        if type(obj) is Tensor and _C._is_part(obj):
            return obj.detach().clone().__reduce_ex__(2)
        return NotImplemented


def _packed(answer) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(answer)
    return buffer.getvalue()


def run(pipe, other_end, fetch, dataset, number: int, count: int, base_seed: int, init) -> None:
    """What a worker process does: answer ``(None, numbers)`` with a batch, until the pipe closes.

    ``("reset", None)`` starts a new epoch.
    """
    global _info
    # Ctrl-C goes to the whole group of processes; the loader hears it and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if other_end is not None:
        other_end.close()
    _C.set_num_threads(1)
    where = f"in DataLoader worker process {number}"
    failure = None

    def seed(base: int) -> None:
        import random
        import sys

        _C.manual_seed(base + number)
        random.seed(base + number)
        if "numpy" in sys.modules:
            generators = sys.modules["numpy"].random
            mixed = generators.SeedSequence([number, base & 0xFFFFFFFF, base >> 32, 0])
            generators.seed(mixed.generate_state(4))

    try:
        seed(base_seed)
        _info = WorkerInfo(number, count, base_seed + number, dataset)
        if init is not None:
            init(number)
        fetcher = fetch(dataset)
    except Exception as error:
        failure = Failure(error, where)

    questions: queue.SimpleQueue = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, questions), daemon=True).start()
    while (question := questions.get()) is not None:
        kind, argument = question
        try:
            if kind == "reset":
                fetcher = fetch(dataset)
                continue
            answer = failure or fetcher(argument)
            content = _packed(answer)
        except Exception as error:
            over = isinstance(error, StopIteration) and isinstance(dataset, IterableDataset)
            content = _packed(Exhausted() if over else Failure(error, where))
        try:
            pipe.send_bytes(content)
        except OSError:
            return  # the loader is gone


class Exhausted:
    """A worker's copy of an IterableDataset is at its end."""


def _listen(pipe, questions: queue.SimpleQueue) -> None:
    """Pass on what the loader asks; None when it has closed the pipe or has died."""
    parent = parent_process()
    watched = [pipe] if parent is None else [pipe, parent.sentinel]
    while pipe in connection.wait(watched):
        try:
            questions.put(pipe.recv())
        except (EOFError, OSError):
            break
    questions.put(None)
