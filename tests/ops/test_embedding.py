"""Embeddings."""

import pytest
import torch
import torch.nn.functional as F

import synapgrad as sg
import synapgrad.nn.functional as ours_F

from .harness import FLOATS, OpRow, OpSuite, S, T, make, same, same_gradients, to_synapgrad

TABLE = T((5, 3))
INDEX = T((2, 4), torch.int64, low=0, high=4)
VECTOR = T(values=[1, 4, 1, 0, 1], dtype=torch.int64)

ROWS = [
    OpRow(
        "embedding",
        [
            S(TABLE, INDEX),
            # What these two options leave out or divide is no derivative any more.
            S(TABLE, VECTOR, 1, smooth=False),
            S(TABLE, VECTOR, -1, True, smooth=False),
            S(TABLE, VECTOR, 4, True, smooth=False),
            S(TABLE, T((3,), torch.int32, low=0, high=4)),
            S(TABLE, T(values=2, dtype=torch.int64)),
            S(TABLE, T((0,), torch.int64), smooth=False),
        ],
        (*FLOATS, torch.int64),
        errors=[
            S(TABLE, T(values=[5], dtype=torch.int64)),
            S(TABLE, T(values=[-1], dtype=torch.int64)),
            S(TABLE, T((2,))),
            S(TABLE, T((2,), torch.int16, low=0, high=1)),
            S(T((3,)), VECTOR),
            S(T((3, 2, 2)), VECTOR),
        ],
    ),
    OpRow(
        "embedding_renorm_",
        [S(T((5, 3), grad=False), VECTOR, 1.5, 2.0), S(T((5, 3), grad=False), INDEX, 0.5, 1.0)],
        FLOATS,
        errors=[S(T((5, 3), grad=False), T(values=[7], dtype=torch.int64), 1.0, 2.0)],
        layouts=False,
    ),
    OpRow(
        "embedding_bag",
        [S(INDEX, TABLE, mode=mode) for mode in ("sum", "mean", "max")]
        + [S(VECTOR, TABLE, T(values=[0, 2, 2], dtype=torch.int64))],
        FLOATS,
        errors=[S(VECTOR, TABLE), S(INDEX, TABLE, mode="min"), S(INDEX, T((2, 3)))],
        home="nn.functional",
        second=False,
    ),
]


class TestEmbedding(OpSuite):
    rows = ROWS


BAGS = [
    ([1, 4, 1, 0, 2, 2], [0, 2, 2, 5], {}),
    ([[1, 4], [0, 0], [3, 1]], None, {}),
    ([1, 4, 1, 0], [0, 1, 4], dict(include_last_offset=True)),
    ([1, 4, 1, 0, 2, 2], [0, 2, 5], dict(padding_idx=2)),
    ([1, 4, 1, 0, 2, 2], [0, 2, 5], dict(padding_idx=-4)),
    ([1, 4, 1, 0, 2, 2], [0, 3], dict(scale_grad_by_freq=True)),
]


def bag(lib, functions, table, indices, offsets, **options):
    weights = options.pop("weights", None)
    offsets = None if offsets is None else lib.tensor(offsets)
    return functions.embedding_bag(lib.tensor(indices), table, offsets, per_sample_weights=weights, **options)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize(("indices", "offsets", "options"), BAGS)
def test_bags(indices, offsets, options, mode, dtype):
    if mode == "max" and "scale_grad_by_freq" in options:
        with pytest.raises(ValueError, match="frequency"):
            bag(sg, ours_F, sg.ones(5, 3), indices, offsets, mode=mode, **options)
        return
    theirs = make(T((5, 3)), dtype, "table")
    ours = to_synapgrad(theirs)
    expected = bag(torch, F, theirs, indices, offsets, mode=mode, **options)
    got = bag(sg, ours_F, ours, indices, offsets, mode=mode, **options)
    what = f"embedding_bag({indices}, {offsets}, {mode}, {options})"
    same(expected, got, what)
    same_gradients(expected, got, [(theirs, ours)], what, second=False)


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_weighted_bags(dtype):
    for padding in (None, 1):
        theirs = make(T((5, 3)), dtype, "table"), make(T((5,)), dtype, "weights")
        ours = tuple(map(to_synapgrad, theirs))
        options = dict(indices=[1, 4, 1, 0, 2], offsets=[0, 2], mode="sum", padding_idx=padding)
        expected = bag(torch, F, theirs[0], weights=theirs[1], **options)
        got = bag(sg, ours_F, ours[0], weights=ours[1], **options)
        same(expected, got, "weighted bags")
        same_gradients(expected, got, list(zip(theirs, ours)), "weighted bags", second=False)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_second_derivatives_of_bags(mode):
    table = sg.randn(4, 2, dtype=sg.float64, requires_grad=True)
    weights = sg.rand(5, dtype=sg.float64, requires_grad=True) if mode == "sum" else None
    index, offsets = sg.tensor([0, 3, 3, 1, 0]), sg.tensor([0, 2])

    def f(table, *weights):
        factors = weights[0] if weights else None
        return ours_F.embedding_bag(index, table, offsets, mode=mode, per_sample_weights=factors) ** 2

    inputs = (table,) if weights is None else (table, weights)
    assert sg.autograd.gradcheck(f, inputs)
    assert sg.autograd.gradgradcheck(f, inputs)


REFUSED = {
    "no offsets": lambda lib, F: F.embedding_bag(lib.tensor([1]), lib.ones(3, 2)),
    "offsets of a matrix": lambda lib, F: F.embedding_bag(lib.tensor([[1]]), lib.ones(3, 2), lib.tensor([0])),
    "first offset": lambda lib, F: F.embedding_bag(lib.tensor([1]), lib.ones(3, 2), lib.tensor([1])),
    "last offset": lambda lib, F: F.embedding_bag(lib.tensor([1]), lib.ones(3, 2), lib.tensor([0, 3])),
    "mode": lambda lib, F: F.embedding_bag(lib.tensor([[1]]), lib.ones(3, 2), mode="min"),
    "weights of means": lambda lib, F: F.embedding_bag(
        lib.tensor([[1]]), lib.ones(3, 2), per_sample_weights=lib.ones(1, 1)
    ),
    "shape of weights": lambda lib, F: F.embedding_bag(
        lib.tensor([[1]]), lib.ones(3, 2), mode="sum", per_sample_weights=lib.ones(1, 2)
    ),
    "dtype of weights": lambda lib, F: F.embedding_bag(
        lib.tensor([[1]]), lib.ones(3, 2), mode="sum", per_sample_weights=lib.ones(1, 1, dtype=lib.float64)
    ),
    "bag out of range": lambda lib, F: F.embedding_bag(lib.tensor([[3]]), lib.ones(3, 2)),
    "padding": lambda lib, F: F.embedding(lib.tensor([1]), lib.ones(3, 2), padding_idx=3),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch, F)
    with pytest.raises(theirs.type):
        REFUSED[name](sg, ours_F)


def test_decreasing_offsets_are_refused():
    # PyTorch reads past the end of the indices and complains, or not, of what it finds there.
    with pytest.raises(RuntimeError, match="offsets must not decrease"):
        ours_F.embedding_bag(sg.tensor([1, 1, 1]), sg.ones(3, 2), sg.tensor([0, 2, 1]))


def test_sparse_is_refused():
    with pytest.raises(NotImplementedError, match="sparse"):
        ours_F.embedding(sg.tensor([0]), sg.ones(1, 1), sparse=True)
    with pytest.raises(NotImplementedError, match="sparse"):
        ours_F.embedding_bag(sg.tensor([[0]]), sg.ones(1, 1), sparse=True)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0])
def test_renormalisation(norm_type):
    table = make(T((5, 3)), torch.float32, "table")
    ours = to_synapgrad(table)
    for index in ([4, 1, 1], []):
        expected = F.embedding(torch.tensor(index, dtype=torch.int64), table, None, 1.5, norm_type)
        got = ours_F.embedding(sg.tensor(index, dtype=sg.int64), ours, None, 1.5, norm_type)
        same(expected, got, "looked up")
        same(table.detach(), ours.detach(), "the table")
    assert ours.is_leaf and ours.requires_grad
