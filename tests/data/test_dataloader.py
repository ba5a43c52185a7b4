"""DataLoader: torch's batches from the same seed, gathered or made by workers, and workers that end."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
import torch.utils.data as theirs

import synapgrad as sg
import synapgrad.utils.data as ours
from synapgrad.utils.data import gather


def both(n=23, seed=4):
    """The same data set of tensors in both libraries, and the same seed."""
    sg.manual_seed(seed)
    torch.manual_seed(seed)
    numbers = list(range(n))
    a = ours.TensorDataset(sg.tensor(numbers, dtype=sg.float32).view(n, 1), sg.tensor(numbers))
    b = theirs.TensorDataset(torch.tensor(numbers, dtype=torch.float32).view(n, 1), torch.tensor(numbers))
    return a, b


def plain(batches):
    return [[part.tolist() for part in batch] for batch in batches]


class Python(ours.Dataset):
    """A data set whose samples are made by Python."""

    def __init__(self, n=23):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return sg.tensor([float(i)]), i


class TorchPython(theirs.Dataset):
    def __init__(self, n=23):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        return torch.tensor([float(i)]), i


OPTIONS = [
    dict(),
    dict(batch_size=5),
    dict(batch_size=5, drop_last=True),
    dict(batch_size=5, shuffle=True),
    dict(batch_size=5, shuffle=True, drop_last=True),
    dict(batch_size=23, shuffle=True),
    dict(batch_size=None),
    dict(batch_size=None, shuffle=True),
    dict(batch_size=50),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", ["tensors", "python", "subset"])
def test_batches_are_torchs(kind, options):
    a, b = both()
    if kind == "python":
        a, b = Python(), TorchPython()
    if kind == "subset":
        a, _ = ours.random_split(a, [15, 8])
        b, _ = theirs.random_split(b, [15, 8])
        a, b = ours.Subset(a, [2, -1, 7, 7]), theirs.Subset(b, [2, -1, 7, 7])
    mine, wanted = ours.DataLoader(a, **options), theirs.DataLoader(b, **options)
    assert len(mine) == len(wanted)
    for _ in range(2):
        for x, y in zip(mine, wanted, strict=True):
            assert type(x) is type(y)
            assert [getattr(part, "tolist", lambda p=part: p)() for part in x] == [
                getattr(part, "tolist", lambda p=part: p)() for part in y
            ]
    assert sg.rand(1).item() == torch.rand(1).item()


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("n", [20, 23])
def test_a_generator_is_drawn_from_as_in_torch(n, drop_last):
    a, b = both(n)
    g, h = sg.Generator().manual_seed(1), torch.Generator().manual_seed(1)
    options = dict(batch_size=5, shuffle=True, drop_last=drop_last)
    mine, wanted = ours.DataLoader(a, generator=g, **options), theirs.DataLoader(b, generator=h, **options)
    for _ in range(3):
        assert plain(mine) == plain(wanted)
    assert sg.rand(1, generator=g).item() == torch.rand(1, generator=h).item()


SAMPLERS = [
    lambda lib, data: dict(sampler=lib.RandomSampler(data, num_samples=60)),
    lambda lib, data: dict(sampler=lib.RandomSampler(data, replacement=True, num_samples=70)),
    lambda lib, data: dict(sampler=lib.SubsetRandomSampler([1, 5, 9])),
    lambda lib, data: dict(sampler=[3, 1, -2]),
    lambda lib, data: dict(batch_sampler=lib.BatchSampler(lib.SequentialSampler(data), 4, True)),
    lambda lib, data: dict(batch_sampler=[[1, 2], [3], [0, 0, 5]]),
]


@pytest.mark.parametrize("make", SAMPLERS)
def test_samplers(make):
    a, b = both()
    options = [make(lib, data) for lib, data in ((ours, a), (theirs, b))]
    for o in options:
        if "sampler" in o:
            o["batch_size"] = 8
    assert plain(ours.DataLoader(a, **options[0])) == plain(theirs.DataLoader(b, **options[1]))


def test_a_batch_is_a_copy():
    a, _ = both()
    for options in (dict(), dict(shuffle=True)):
        for batch in ours.DataLoader(a, batch_size=4, **options):
            batch[0].zero_()
    assert a.tensors[0].sum().item() == sum(range(23))


def test_what_is_gathered_and_what_is_not():
    a, _ = both()

    class Own(ours.TensorDataset):
        def __getitem__(self, i):
            return tuple(2 * part for part in super().__getitem__(i))

    assert gather.tensors_of(a) and gather.tensors_of(ours.Subset(a, [1]))
    assert (
        gather.tensors_of(Own(*a.tensors)) is None
        and gather.tensors_of(ours.Subset(Own(*a.tensors), [1])) is None
    )
    assert gather.tensors_of(ours.Subset(a, [99])) is None
    assert plain(ours.DataLoader(Own(*a.tensors), batch_size=2))[0] == [[[0.0], [2.0]], [0, 2]]
    with pytest.raises(IndexError):
        list(ours.DataLoader(ours.Subset(a, [99])))
    with pytest.raises(IndexError):
        list(ours.DataLoader(a, sampler=[23]))
    doubled = ours.DataLoader(a, batch_size=3, collate_fn=lambda batch: [2 * y.item() for _, y in batch])
    assert next(iter(doubled)) == [0, 2, 4]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (
            dict(sampler=[[0, 1], [2, 3]], batch_size=2),
            [[[[[0.0], [1.0]], [[2.0], [3.0]]], [[0, 1], [2, 3]]]],
        ),
        (dict(sampler=[slice(0, 2)]), [[[[[0.0], [1.0]]], [[0, 1]]]]),
        (dict(sampler=[np.int64(3), np.int64(-1)], batch_size=2), [[[[3.0], [22.0]], [3, 22]]]),
        (dict(sampler=np.array([3, 1]), batch_size=2), [[[[3.0], [1.0]], [3, 1]]]),
        (dict(sampler=sg.tensor([3, 1]), batch_size=2), [[[[3.0], [1.0]], [3, 1]]]),
        (dict(batch_sampler=[sg.tensor([3, -1])]), [[[[3.0], [22.0]], [3, 22]]]),
        (dict(batch_sampler=[sg.tensor([3], dtype=sg.int32)]), [[[[3.0]], [3]]]),
        (dict(sampler=[0.5]), IndexError),
        (dict(sampler=[sg.tensor(0.5)]), IndexError),
        (dict(batch_sampler=[sg.tensor([0.5])]), IndexError),
        (dict(sampler=[True, False], batch_size=2), RuntimeError),  # of shapes (1, …) and (0, …)
    ],
    ids=str,
)
def test_what_indexes_a_tensor_may_come_from_a_sampler(options, wanted):
    a, _ = both()
    loader = ours.DataLoader(a, **options)
    if isinstance(wanted, list):
        assert plain(loader) == wanted
    else:
        with pytest.raises(wanted):
            list(loader)


def test_gradients_flow_through_batches():
    x = sg.ones(4, 2, requires_grad=True)
    for (batch,) in ours.DataLoader(ours.TensorDataset(x), batch_size=3, shuffle=True):
        batch.sum().backward()
    assert x.grad.tolist() == [[1, 1]] * 4


@pytest.mark.parametrize(
    "options",
    [
        dict(batch_size=0),
        dict(batch_size=-1),
        dict(num_workers=-1),
        dict(timeout=-1),
        dict(prefetch_factor=2),
        dict(persistent_workers=True),
        dict(sampler=[0], shuffle=True),
        dict(batch_sampler=[[0]], batch_size=2),
        dict(batch_sampler=[[0]], shuffle=True),
        dict(batch_size=None, drop_last=True),
        dict(multiprocessing_context="fork"),
        dict(multiprocessing_context="thread", num_workers=1),
    ],
    ids=str,
)
def test_contradictions_are_refused_as_in_torch(options):
    a, b = both()
    for lib, data in ((ours, a), (theirs, b)):
        with pytest.raises(ValueError):
            lib.DataLoader(data, **options)


def test_what_is_no_context_is_refused_as_in_torch():
    a, b = both()
    for lib, data in ((ours, a), (theirs, b)):
        with pytest.raises(TypeError, match="context"):
            lib.DataLoader(data, num_workers=1, multiprocessing_context=5)


@pytest.mark.parametrize(
    "name", ["dataset", "batch_size", "sampler", "batch_sampler", "drop_last", "persistent_workers"]
)
def test_what_would_change_nothing_cannot_be_set(name):
    a, b = both()
    for lib, data in ((ours, a), (theirs, b)):
        loader = lib.DataLoader(data)
        with pytest.raises(ValueError, match=f"{name}.* should not be set"):
            setattr(loader, name, getattr(loader, name))
        loader.collate_fn = loader.collate_fn


def test_an_epoch_knows_its_length():
    a, b = both()
    for lib, data in ((ours, a), (theirs, b)):
        epoch = iter(lib.DataLoader(data, batch_size=4))
        assert len(epoch) == 6 and iter(epoch) is epoch and len(list(epoch)) == 6 and list(epoch) == []


class Stream(ours.IterableDataset):
    """0 to n - 1; with workers, each its share."""

    def __init__(self, n, told=None):
        self.n = n
        self.told = told

    def __iter__(self):
        info = ours.get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        return iter(range(first, self.n, step))

    def __len__(self):
        return self.told


def test_iterable_datasets():
    assert [b.tolist() for b in ours.DataLoader(Stream(7), batch_size=3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert [b.tolist() for b in ours.DataLoader(Stream(7), batch_size=3, drop_last=True)] == [
        [0, 1, 2],
        [3, 4, 5],
    ]
    assert list(ours.DataLoader(Stream(3), batch_size=None)) == [0, 1, 2]
    assert len(ours.DataLoader(Stream(7, told=7), batch_size=3)) == 3
    loader = ours.DataLoader(Stream(3, told=2))
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="reported to be 2"):
        list(loader)
    for options in (dict(shuffle=True), dict(sampler=[0]), dict(batch_sampler=[[0]])):
        with pytest.raises(ValueError, match="IterableDataset"):
            ours.DataLoader(Stream(3), **options)


# Workers


class Draws(ours.Dataset):
    """What random numbers a worker draws."""

    def __len__(self):
        return 6

    def __getitem__(self, i):
        info = ours.get_worker_info()
        return info.id, info.seed, sg.rand(1).item(), random.random(), float(np.random.rand())


def test_workers_make_the_same_batches_in_order():
    sg.manual_seed(0)
    alone = plain(ours.DataLoader(Python(), batch_size=4, shuffle=True))
    for options in (dict(num_workers=2), dict(num_workers=3, prefetch_factor=1, persistent_workers=True)):
        sg.manual_seed(0)
        loader = ours.DataLoader(Python(), batch_size=4, shuffle=True, timeout=60, **options)
        assert plain(loader) == alone
        assert sorted(y for batch in plain(loader) for y in batch[1]) == list(range(23))


class TorchDraws(theirs.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, i):
        info = theirs.get_worker_info()
        return info.id, info.seed, torch.rand(1).item(), random.random(), float(np.random.rand())


def test_workers_have_torchs_random_numbers():
    sg.manual_seed(8)
    torch.manual_seed(8)
    options = dict(num_workers=2, batch_size=None)
    assert list(ours.DataLoader(Draws(), **options)) == list(theirs.DataLoader(TorchDraws(), **options))
    assert ours.get_worker_info() is None


@pytest.mark.parametrize("generator", [False, True])
@pytest.mark.parametrize("tensors", [False, True])
@pytest.mark.parametrize("persistent", [False, True])
def test_epochs_with_workers_have_torchs_order_and_random_numbers(persistent, tensors, generator):
    seen = []
    for lib, data, made in ((sg, ours, Draws()), (torch, theirs, TorchDraws())):
        lib.manual_seed(8)
        own = lib.Generator().manual_seed(3) if generator else None
        loader = data.DataLoader(
            data.TensorDataset(lib.arange(9)) if tensors else made,
            **dict(batch_size=2, shuffle=True, num_workers=2, generator=own, persistent_workers=persistent),
        )
        seen.append([[part.tolist() for part in batch] for _ in range(3) for batch in loader])
        seen[-1].append(lib.rand(1, generator=own).item())
    assert seen[0] == seen[1]


def test_workers_in_the_place_of_others_draw_other_numbers():
    sg.manual_seed(8)
    loader = ours.DataLoader(Draws(), batch_size=None, num_workers=1, persistent_workers=True)
    first, second = (
        next(iter(loader)) for _ in range(2)
    )  # the first epoch is left early, which ends its worker
    assert first[0] == second[0] and first[2] != second[2]


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_streams_with_workers():
    loader = ours.DataLoader(Stream(10), batch_size=2, num_workers=3)
    got = [batch.tolist() for batch in loader]
    assert sorted(n for batch in got for n in batch) == list(range(10))
    wanted = theirs.DataLoader(TorchStream(10), batch_size=2, num_workers=3)
    assert got == [batch.tolist() for batch in wanted]


class TorchStream(theirs.IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = theirs.get_worker_info()
        return iter(range(info.id, self.n, info.num_workers))


class Special(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


class Failing(ours.Dataset):
    def __init__(self, error):
        self.error = error

    def __len__(self):
        return 4

    def __getitem__(self, i):
        if i == 2:
            raise self.error
        return i


@pytest.mark.parametrize(
    "error", [ValueError("bad sample"), KeyError("bad sample"), Special("bad", "sample")]
)
def test_exceptions_of_workers_come_with_their_traceback(error):
    loader = ours.DataLoader(Failing(error), num_workers=2)
    got = []
    with pytest.raises(type(error) if not isinstance(error, Special) else RuntimeError) as caught:
        for batch in loader:
            got.append(batch.item())
    text = str(caught.value)
    assert got == [0, 1] and "worker process 0" in text and "__getitem__" in text and "bad" in text


def test_an_exception_whose_class_has_no_name_elsewhere():
    class Local(ValueError):
        pass

    with pytest.raises(RuntimeError, match=r"(?s)Caught Local in .* worker process 0.*bad sample"):
        list(ours.DataLoader(Failing(Local("bad sample")), num_workers=2))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("persistent", [False, True])
def test_after_an_exception_come_the_other_batches(workers, persistent):
    class TorchFailing(theirs.Dataset):
        __len__, __getitem__ = Failing.__len__, Failing.__getitem__

        def __init__(self, error):
            self.error = error

    seen = []
    for lib, data in ((ours, Failing), (theirs, TorchFailing)):
        loader = lib.DataLoader(
            data(ValueError("bad sample")), num_workers=workers, persistent_workers=persistent and workers > 0
        )
        for _ in range(2):
            epoch = iter(loader)
            while True:
                try:
                    seen.append(next(epoch).item())
                except StopIteration:
                    break
                except ValueError:
                    seen.append("bad")
    assert seen == [0, 1, "bad", 3] * 4


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_set_that_has_an_end_nobody_expected(workers):
    """StopIteration of a sample is an error, not the end of the epoch: samples would be missing without a word."""
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(ours.DataLoader(Failing(StopIteration()), num_workers=workers))


class Environment(Python):
    """What ``prepare`` left in the environment, and the first number that the worker draws."""

    def __getitem__(self, i):
        return int(os.environ["SYNAPGRAD_TEST_WORKER"]), os.environ["SYNAPGRAD_TEST_DRAW"], sg.rand(1).item()


def prepare(number):
    os.environ["SYNAPGRAD_TEST_WORKER"] = str(number)
    os.environ["SYNAPGRAD_TEST_DRAW"] = str(sg.rand(1).item())


@pytest.mark.parametrize("context", [None, "fork", "spawn", "forkserver"])
def test_worker_init_fn_is_called_in_each_worker_once_it_is_seeded(context):
    sg.manual_seed(8)
    options = dict(batch_size=None, num_workers=2, worker_init_fn=prepare, multiprocessing_context=context)
    samples = list(ours.DataLoader(Environment(4), **options))
    assert [number for number, _, _ in samples] == [0, 1, 0, 1]
    sg.manual_seed(8)
    seed = sg.empty((), dtype=sg.int64).random_().item()
    for number in (0, 1):
        sg.manual_seed(seed + number)
        assert samples[number][1:] == [str(sg.rand(1).item()), sg.rand(1).item()]


def test_options_for_other_machines_are_accepted():
    a, _ = both()
    loader = ours.DataLoader(a, batch_size=8, pin_memory=True, pin_memory_device="cuda", in_order=False)
    assert plain(loader) == plain(ours.DataLoader(a, batch_size=8))


def fail(number):
    raise OSError(f"cannot start {number}")


def test_exceptions_of_worker_init_fn():
    with pytest.raises(OSError, match="cannot start"):
        list(ours.DataLoader(Python(), num_workers=2, worker_init_fn=fail))


class Dying(Python):
    def __getitem__(self, i):
        if i == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return i


class Slow(Python):
    def __getitem__(self, i):
        time.sleep(30)


def test_dead_and_slow_workers_are_errors():
    with pytest.raises(RuntimeError, match="exited unexpectedly"):
        list(ours.DataLoader(Dying(), num_workers=1))
    with pytest.raises(RuntimeError, match="timed out after 0.2"):
        list(ours.DataLoader(Slow(), num_workers=1, timeout=0.2))


class Large(Python):
    """Views of a large tensor, and work that would use several threads."""

    memory = sg.ones(3_000_000)

    def __getitem__(self, i):
        return (self.memory * 2).sum(), self.memory[i : i + 2]


def test_workers_compute_alone_and_send_only_what_a_view_shows():
    (sg.ones(3_000_000) * 2).sum()  # this process has its threads by now
    for total, view in ours.DataLoader(Large(3), num_workers=1, batch_size=None, timeout=60):
        assert total.item() == 6_000_000 and view.tolist() == [1, 1]


def test_leaving_early_ends_the_workers():
    import multiprocessing

    # Another test's exception may still hold a loader, and with it its workers.
    others = set(multiprocessing.active_children())
    batches = iter(ours.DataLoader(Python(), num_workers=2))
    next(batches)
    workers = set(multiprocessing.active_children()) - others
    assert len(workers) == 2
    del batches
    deadline = time.monotonic() + 10
    while any(worker.is_alive() for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(worker.is_alive() for worker in workers)


PROGRAM = """
    import os, sys, time
    import synapgrad as sg
    from synapgrad.utils.data import DataLoader, Dataset
    class Endless(Dataset):
        def __len__(self): return 10**9
        def __getitem__(self, i): time.sleep(0.01); return os.getpid()
    try:
        for batch in DataLoader(Endless(), num_workers=2):
            print(batch.item(), flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_program(how):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = {int(process.stdout.readline()) for _ in range(4)}
    assert len(pids) == 2
    os.killpg(process.pid, how) if how == signal.SIGINT else process.kill()
    out, err = process.communicate(timeout=20)
    if how == signal.SIGINT:
        assert out.rstrip().endswith("interrupted"), err
        assert "Traceback" not in err
    deadline = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, pids))


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
