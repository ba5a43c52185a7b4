"""Order: sorting, ranks, distinct values, searching."""

import math

import pytest
import torch

import synapgrad

from .harness import (
    ALL,
    FLOATS,
    INTS,
    Call,
    OpRow,
    OpSuite,
    S,
    T,
    same_gradients,
    same_results,
    to_synapgrad,
    to_torch,
)

X, CUBE, ZERO_D, EMPTY = T((3, 4)), T((2, 3, 5)), T(), T((0, 3))
NANS = T((5,), values=[1.0, math.nan, -2.0, math.nan, 3.0])
#: Without ties, where the choice of an index is free.
DISTINCT = (torch.float32, torch.float64)

ROWS = [
    OpRow(
        "sort",
        [S(X), S(X, 0), S(CUBE, 1, True), S(ZERO_D), S(EMPTY), S(T((2, 50)), stable=True)],
        FLOATS,
        errors=[S(X, 2)],
    ),
    OpRow(
        "sort",
        [
            S(X, stable=True, dim=0),
            S(T((40,)), stable=True, dim=0, descending=True),
            S(NANS, stable=True, dim=0, smooth=False),
        ],
        ALL,
    ),
    OpRow("argsort", [S(X), S(X, 0, True), S(ZERO_D), S(EMPTY)], DISTINCT, errors=[S(X, 2)]),
    OpRow("msort", [S(X), S(CUBE)]),
    OpRow(
        "topk",
        [S(X, 2), S(X, 2, 0, False), S(CUBE, 3, 1), S(X, 0), S(ZERO_D, 1), S(X, 4)],
        DISTINCT,
        errors=[S(X, 5), S(X, -1), S(X, 1, 2)],
    ),
    OpRow(
        "kthvalue",
        [S(X, 2), S(CUBE, 1, 1, True), S(ZERO_D, 1)],
        DISTINCT,
        errors=[S(X, 5), S(X, 0), S(EMPTY, 1, 0), S(EMPTY, 4), S(X, 1, 2)],
    ),
    OpRow(
        "median",
        [S(X), S(X, 1), S(CUBE, 1, True), S(ZERO_D), S(T((0,)), smooth=False), S(NANS, smooth=False)],
        DISTINCT,
        errors=[S(EMPTY, 0), S(X, 2)],
    ),
    OpRow("median", [S(X), S(T((7,)))], (*FLOATS, *INTS)),
    OpRow("nanmedian", [S(X), S(X, 1), S(CUBE, 1, True), S(NANS, smooth=False)], DISTINCT, errors=[S(X, 2)]),
    # PyTorch reads past the only element of an expanded vector here.
    *[
        OpRow(name, [S(NANS, 0, smooth=False), S(NANS, -1, True, smooth=False)], DISTINCT, layouts=False)
        for name in ("median", "nanmedian")
    ],
    OpRow(
        "mode",
        [
            S(X),
            S(X, 0),
            S(CUBE, 1, True),
            S(ZERO_D),
            S(T((6,), values=[3.0, 1.0, 3.0, 1.0, 2.0, 2.0]), smooth=False),
        ],
        DISTINCT,
        errors=[S(EMPTY, 0), S(X, 2)],
    ),
    OpRow(
        "unique",
        [
            S(T((3, 4), grad=False)),
            S(T((20,), grad=False), return_inverse=True),
            S(T((20,), grad=False), True, True, True),
            S(T((0,), grad=False)),
            S(T((6, 2), low=0, high=1, grad=False), dim=0),
            S(T((2, 6), low=0, high=1, grad=False), return_inverse=True, return_counts=True, dim=1),
        ],
        wider=(torch.float16, torch.bfloat16),
        errors=[S(T((2, 2), grad=False), dim=2)],
    ),
    OpRow(
        "unique_consecutive",
        [
            S(T((20,), low=0, high=2, grad=False)),
            S(T((20,), low=0, high=2, grad=False), True, True),
            S(T((6, 2), low=0, high=1, grad=False), dim=0),
        ],
        wider=(torch.float16, torch.bfloat16),
    ),
    OpRow(
        "searchsorted",
        [
            S(T((4,), values=[-1.0, 0.0, 1.0, 2.0], grad=False), T((3, 4), grad=False)),
            S(
                T((4,), values=[0.0, 1.0, 1.0, 2.0], grad=False),
                T((6,), values=[-1.0, 0.0, 1.0, 1.5, 2.0, 3.0], grad=False),
                right=True,
            ),
            S(T((4,), values=[0.0, 1.0, 1.0, 2.0], grad=False), 1),
            S(
                T((4,), values=[0.0, 1.0, 1.0, 2.0], grad=False),
                T((3,), grad=False),
                side="right",
                out_int32=True,
            ),
        ],
        (torch.float32, torch.float64, torch.int64, torch.int32),
        layouts=False,
        errors=[S(T((2, 3)), T((3, 3))), S(T((3,)), T((3,)), side="up"), S(T(), T((3,)))],
    ),
    OpRow(
        "searchsorted",
        [
            S(
                T((3,), values=[-1, 0, 2], dtype=a, grad=False),
                T((4,), values=[-1.5, 0.5, 2, 3], dtype=b, grad=False),
            )
            for a in (torch.int32, torch.float32)
            for b in (torch.int64, torch.float64, torch.bfloat16)
        ],
        (torch.float32,),
        layouts=False,
    ),
    OpRow(
        "bucketize",
        [
            S(T((3, 4), grad=False), T((3,), values=[-1.0, 0.0, 1.0], grad=False)),
            S(T((3, 4), grad=False), T((3,), values=[-1.0, 0.0, 1.0], grad=False), right=True),
        ],
        (torch.float32, torch.float64, torch.int64),
        layouts=False,
        errors=[S(T((3,)), T((2, 2)))],
    ),
    OpRow(
        "isin",
        [
            S(T((3, 4), grad=False), T((5,), grad=False)),
            S(T((3, 4), grad=False), T((5,), grad=False), invert=True),
            S(T((3,), grad=False), 1),
            S(2, T((5,), grad=False)),
            S(T((3,), grad=False), T((0,), grad=False)),
        ],
        (torch.float32, torch.int64, torch.uint8, torch.int32),
    ),
    OpRow(
        "quantile",
        [
            S(X, 0.3),
            S(X, 0.5, 0),
            S(CUBE, 0.25, 1, True),
            S(X, T((3,), values=[0.1, 0.5, 0.9], grad=False), 1),
            S(X, T((2,), values=[0.0, 1.0], grad=False), None, True),
            *[S(X, 0.4, 1, interpolation=how) for how in ("lower", "higher", "midpoint", "nearest")],
            S(T((5,), values=[1.0, math.nan, -2.0, math.nan, 3.0], grad=False), 0.5),
        ],
        (torch.float32, torch.float64),
        layouts=False,
        errors=[
            S(X, 1.5),
            S(T((0,)), 0.5),
            S(X, 0.5, 2),
            S(X, 0.5, interpolation="x"),
            S(T((3,), torch.int64), 0.5),
        ],
    ),
    OpRow(
        "nanquantile",
        [S(X, 0.3), S(NANS, 0.4, smooth=False), S(NANS, 0.4, 0, smooth=False)],
        (torch.float32, torch.float64),
        layouts=False,
    ),
]


class TestSort(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("layout", ["transposed", "strided"])
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantiles_in_other_layouts(name, layout):
    """An expanded tensor holds equal elements, of which PyTorch's quantiles choose any."""
    for sample in (S(X, 0.3), S(CUBE, 0.25, 1, True), S(X, T((3,), values=[0.1, 0.5, 0.9], grad=False), 1)):
        call = Call(sample, torch.float64, layout)
        theirs, ours = call.run(getattr(torch, name), getattr(synapgrad, name))
        same_results(theirs, ours, f"{name}{sample}, {layout}")
        same_gradients(theirs, ours, call.leaves, f"{name}{sample}, {layout}", second=True)


def test_a_quantile_among_equals():
    """Whichever of the equal elements is chosen, the whole gradient goes to them."""
    x = to_synapgrad(torch.tensor([5.0, 2.0, 2.0, 2.0, 2.0, 1.0], requires_grad=True))
    q = synapgrad.quantile(x, 0.5)
    q.backward()
    assert q.item() == 2.0
    grad = to_torch(x.grad)
    assert grad.sum() == 1 and grad[0] == grad[5] == 0
