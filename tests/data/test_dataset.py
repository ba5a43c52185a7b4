"""utils.data's data sets, samplers and collation against torch's."""

import collections

import numpy as np
import pytest
import torch
import torch.utils.data as theirs

import synapgrad as sg
import synapgrad.utils.data as ours


def pair(seed=3):
    """The same state in both default generators."""
    sg.manual_seed(seed)
    torch.manual_seed(seed)


class Squares(ours.Dataset):
    def __len__(self):
        return 5

    def __getitem__(self, i):
        return i * i


class Count(ours.IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        return self.n


def test_tensor_dataset():
    data = ours.TensorDataset(sg.arange(6).view(3, 2), sg.arange(3))
    assert len(data) == 3 and data[-1][0].tolist() == [4, 5] and data[[0, 2]][1].tolist() == [0, 2]
    with pytest.raises(IndexError):
        data[3]
    with pytest.raises(ValueError, match=r"Size mismatch.*\[3, 2\]"):
        ours.TensorDataset(sg.ones(3), sg.ones(2))


def test_concat_chain_stack_and_subset():
    both = Squares() + Squares()
    assert isinstance(both, ours.ConcatDataset) and len(both) == 10
    assert [both[i] for i in (0, 4, 5, 9, -1, -10)] == [0, 16, 0, 16, 16, 0]
    with pytest.raises(ValueError, match="-11"):
        both[-11]
    with pytest.raises(ValueError, match="empty"):
        ours.ConcatDataset([])
    with pytest.raises(TypeError, match="IterableDataset"):
        ours.ConcatDataset([Count(1)])
    chain = Count(2) + Count(3)
    assert list(chain) == [0, 1, 0, 1, 2] and len(chain) == 5
    with pytest.raises(TypeError, match="Squares"):
        list(ours.ChainDataset([Squares()]))
    assert ours.StackDataset(Squares(), both.datasets[0])[2] == (4, 4)
    named = ours.StackDataset(a=Squares(), b=ours.Subset("abcde", [4, 3, 2, 1, 0]))
    assert (
        named[1] == {"a": 1, "b": "d"}
        and named.__getitems__([1, 2])[1] == {"a": 4, "b": "c"}
        and len(named) == 5
    )
    for arguments in ({}, {"a": Squares(), "b": both}):
        with pytest.raises(ValueError):
            ours.StackDataset(**arguments)
    subset = ours.Subset(Squares(), [4, 2])
    assert len(subset) == 2 and subset[0] == 16 and subset.__getitems__([0, 1]) == [16, 4]
    with pytest.raises(NotImplementedError):
        ours.Dataset()[0]


@pytest.mark.parametrize("lengths", [[7, 3], [0.7, 0.3], [0.5, 0.25, 0.25], [10, 0], [1 / 3, 1 / 3, 1 / 3]])
def test_random_split_is_torchs(lengths):
    pair()
    parts, wanted = ours.random_split(range(10), lengths), theirs.random_split(range(10), lengths)
    assert [list(part.indices) for part in parts] == [list(part.indices) for part in wanted]
    parts = ours.random_split(range(10), lengths, generator=sg.Generator().manual_seed(9))
    wanted = theirs.random_split(range(10), lengths, generator=torch.Generator().manual_seed(9))
    assert [list(part) for part in parts] == [list(part) for part in wanted]


def test_random_split_errors_and_warnings():
    with pytest.raises(ValueError, match="10 samples"):
        ours.random_split(range(10), [3, 3])
    with pytest.raises(ValueError, match="between 0 and 1"):
        ours.random_split(range(10), [1.5, -0.5])
    with pytest.warns(UserWarning, match="is 0"):
        ours.random_split(range(2), [0.9, 0.05, 0.05])


SAMPLERS = {
    "sequential": lambda lib, data: lib.SequentialSampler(data),
    "random": lambda lib, data: lib.RandomSampler(data),
    "fewer": lambda lib, data: lib.RandomSampler(data, num_samples=7),
    "more": lambda lib, data: lib.RandomSampler(data, num_samples=95),
    "replacement": lambda lib, data: lib.RandomSampler(data, replacement=True, num_samples=70),
    "subset": lambda lib, data: lib.SubsetRandomSampler([3, 5, 8, 13]),
    "weighted": lambda lib, data: lib.WeightedRandomSampler([0.1, 0.5, 2.0, 0.0, 1.0], 20),
    "weighted, no replacement": lambda lib, data: lib.WeightedRandomSampler(
        [0.1, 0.5, 2.0, 0.3], 3, replacement=False
    ),
    "batches": lambda lib, data: lib.BatchSampler(lib.RandomSampler(data), 7, drop_last=False),
    "full batches": lambda lib, data: lib.BatchSampler(lib.RandomSampler(data), 7, drop_last=True),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers_draw_what_torchs_draw(name):
    data = range(40)
    pair()
    sampler, wanted = SAMPLERS[name](ours, data), SAMPLERS[name](theirs, data)
    for _ in range(2):
        assert list(sampler) == list(wanted)
    assert len(sampler) == len(wanted)
    assert sg.rand(1).item() == torch.rand(1).item()


def test_samplers_with_a_generator_leave_it_where_torchs_leave_theirs():
    a, b = sg.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    for options in ({}, {"num_samples": 23}, {"replacement": True, "num_samples": 40}):
        for _ in range(2):
            assert list(ours.RandomSampler(range(10), generator=a, **options)) == list(
                theirs.RandomSampler(range(10), generator=b, **options)
            )
    assert sg.rand(1, generator=a).item() == torch.rand(1, generator=b).item()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda lib: lib.RandomSampler(range(3), replacement=1), TypeError),
        (lambda lib: lib.RandomSampler(range(3), num_samples=0), ValueError),
        (lambda lib: lib.RandomSampler([]), ValueError),
        (lambda lib: lib.WeightedRandomSampler([1.0], 0), ValueError),
        (lambda lib: lib.WeightedRandomSampler([1.0], 1, replacement="x"), ValueError),
        (lambda lib: lib.WeightedRandomSampler([[1.0]], 1), ValueError),
        (lambda lib: lib.BatchSampler(range(3), 0, False), ValueError),
        (lambda lib: lib.BatchSampler(range(3), 1, 2), ValueError),
    ],
)
def test_samplers_refuse_what_torchs_refuse(call, error):
    for lib in (ours, theirs):
        with pytest.raises(error):
            call(lib)


Point = collections.namedtuple("Point", "x y")


def samples(lib):
    t = lib.tensor
    return {
        "tensors": [t([1.0, 2.0]), t([3.0, 4.0])],
        "ints": [1, 2, 3],
        "floats": [1.0, 2.5],
        "bools": [True, False],
        "text": ["a", "b"],
        "tuples": [(t([1.0]), 2), (t([3.0]), 4)],
        "lists": [[1, "a"], [2, "b"]],
        "dicts": [{"a": 1, "b": (2.0, "x")}, {"a": 3, "b": (4.0, "y")}],
        "namedtuples": [Point(1, t(2)), Point(3, t(4))],
        "arrays": [np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32)],
        "numpy numbers": [np.float64(1.5), np.float64(2)],
        "numpy int32": [np.int32(1), np.int32(2)],
        "deques": [collections.deque([1, t(2)]), collections.deque([3, t(4)])],
        "ordered": [collections.OrderedDict(z=1, a=2)] * 2,
    }


def plain(value):
    if hasattr(value, "tolist"):
        return str(value.dtype).split(".")[-1], tuple(value.shape), value.tolist()
    if isinstance(value, dict):
        return type(value).__name__, {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, collections.deque)):
        return type(value).__name__, [plain(item) for item in value]
    return value


@pytest.mark.parametrize("name", list(samples(sg)))
def test_default_collate_and_convert(name):
    a, b = samples(sg)[name], samples(torch)[name]
    assert plain(ours.default_collate(a)) == plain(theirs.default_collate(b))
    assert plain(ours.default_convert(a)) == plain(theirs.default_convert(b))


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        ([object()], TypeError),
        ([None], TypeError),
        ([[1, 2], [1]], RuntimeError),
        ([np.array(["a"])], TypeError),
        ([sg.ones(2), sg.ones(3)], RuntimeError),
    ],
)
def test_what_cannot_be_collated(batch, error):
    with pytest.raises(error):
        ours.default_collate(batch)


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize(("samples", "replicas"), [(10, 2), (11, 3), (2, 5), (0, 2)])
def test_distributed_sampler(samples, replicas, shuffle, drop_last):
    for rank in range(replicas):
        mine, other = (
            library.DistributedSampler(range(samples), replicas, rank, shuffle, seed=3, drop_last=drop_last)
            for library in (ours, theirs)
        )
        for epoch in (0, 4):
            mine.set_epoch(epoch)
            other.set_epoch(epoch)
            assert list(mine) == list(other)
        assert (len(mine), mine.total_size) == (len(other), other.total_size)


def test_distributed_sampler_refusals():
    with pytest.raises(RuntimeError, match="required"):
        ours.DistributedSampler(range(3))
    for rank in (-1, 2):
        for library in (ours, theirs):
            with pytest.raises(ValueError, match="Invalid rank"):
                library.DistributedSampler(range(3), 2, rank)
