"""Reductions."""

import math

import pytest
import torch

import synapgrad

from .harness import ALL, FLOATS, INTS, OpRow, OpSuite, S, T

X, CUBE, ZERO_D, EMPTY = T((3, 4)), T((2, 3, 4)), T(), T((0, 3))
TIES = T((2, 3), values=[1.0, 3.0, 3.0, -2.0, -2.0, -2.0])
NANS = T((5,), values=[1.0, math.nan, -2.0, math.nan, 3.0])
ZEROS = T((2, 3), values=[1.0, 0.0, 3.0, 0.0, 2.0, 0.0])
REAL = [S(X), S(X, 0), S(CUBE, 1), S(CUBE, -1, True), S(CUBE, (0, 2)), S(ZERO_D), S(ZERO_D, 0)]
OUT_OF_RANGE = [S(X, 2), S(X, -3)]
TWICE = [S(X, (0, 0)), S(X, (0, -2))]

ROWS = [
    OpRow(
        "sum",
        [*REAL, S(EMPTY), S(EMPTY, 0), S(CUBE, (0, 1, 2)), S(X, axis=1, keepdims=True), S(X, ())],
        errors=[*OUT_OF_RANGE, *TWICE, S(X, "a")],
    ),
    OpRow(
        "sum",
        [
            S(X, dtype=torch.float64),
            S(T((3, 4), grad=False), 0, dtype=torch.int32),
            S(T((3, 4), grad=False), 1, dtype=torch.bool),
        ],
    ),
    OpRow("sum", [S(X)], FLOATS, errors=[S(X, 0, dtype=torch.int32), S(X, dtype=torch.bool)]),
    OpRow(
        "mean",
        [*REAL, S(EMPTY, smooth=False), S(EMPTY, 1), S(X, axis=1)],
        FLOATS,
        errors=[*OUT_OF_RANGE, *TWICE, S(T((3,), torch.int64))],
    ),
    OpRow(
        "mean", [S(X, dtype=torch.float64), S(X, dtype=torch.float32, smooth=False)]
    ),  # rounding to float32 is a jump
    OpRow("nansum", [*REAL, S(NANS, smooth=False), S(NANS, 0, smooth=False)], errors=OUT_OF_RANGE),
    OpRow("nanmean", [*REAL, S(NANS, smooth=False)], FLOATS, errors=[*OUT_OF_RANGE, S(T((3,), torch.int64))]),
    OpRow(
        "prod",
        [S(X), S(X, 0), S(CUBE, 1, True), S(ZERO_D), S(ZERO_D, 0), S(EMPTY), S(EMPTY, 0)],
        errors=[*OUT_OF_RANGE, S(X, (0, 1))],
    ),
    OpRow(
        "prod", [S(ZEROS), S(ZEROS, 0), S(ZEROS, 1), S(T((4,), values=[2.0, 0.0, 3.0, -1.0]))], second=False
    ),
    OpRow(
        "max",
        [S(X), S(X, 0), S(CUBE, 1, True), S(ZERO_D), S(ZERO_D, 0), S(T((3, 0)), 0), S(X, T((3, 4)))],
        errors=[*OUT_OF_RANGE, S(EMPTY), S(EMPTY, 0), S(X, (0, 1))],
    ),
    OpRow(
        "max",
        [S(TIES, smooth=False), S(TIES, 1, smooth=False), S(NANS, smooth=False), S(NANS, 0, smooth=False)],
        FLOATS,
    ),
    OpRow(
        "min",
        [S(X), S(X, 0), S(CUBE, 1, True), S(ZERO_D), S(ZERO_D, 0), S(X, T((3, 4)))],
        errors=[*OUT_OF_RANGE, S(EMPTY), S(EMPTY, 0)],
    ),
    OpRow(
        "min",
        [S(TIES, smooth=False), S(TIES, 1, smooth=False), S(NANS, smooth=False), S(NANS, 0, smooth=False)],
        FLOATS,
    ),
    OpRow("amax", [*REAL, S(T((3, 0)), 0)], errors=[*OUT_OF_RANGE, *TWICE, S(EMPTY), S(EMPTY, 0)]),
    OpRow("amax", [S(TIES, smooth=False), S(TIES, 1, smooth=False)], FLOATS),
    OpRow("amin", REAL, errors=[*OUT_OF_RANGE, *TWICE, S(EMPTY), S(EMPTY, 0)]),
    OpRow("amin", [S(TIES, smooth=False), S(TIES, 1, smooth=False)], FLOATS),
    OpRow(
        "argmax",
        [
            S(X),
            S(X, 0),
            S(CUBE, 1, True),
            S(CUBE, None, True),
            S(ZERO_D),
            S(TIES),
            S(TIES, 1),
            S(NANS),
            S(T((3, 0)), 0),
        ],
        errors=[*OUT_OF_RANGE, S(EMPTY), S(EMPTY, 0), S(T((2,), torch.bool))],
    ),
    OpRow(
        "argmin",
        [S(X), S(X, 0), S(CUBE, -1, True), S(ZERO_D), S(TIES), S(TIES, 1), S(NANS)],
        errors=[S(EMPTY)],
    ),
    OpRow(
        "aminmax",
        [S(X), S(X, dim=0), S(CUBE, dim=1, keepdim=True), S(ZERO_D)],
        errors=[S(EMPTY), S(EMPTY, dim=0)],
    ),
    OpRow("all", [*REAL[:5], S(ZEROS), S(ZEROS, 1), S(EMPTY), S(ZERO_D)], errors=OUT_OF_RANGE),
    OpRow("any", [*REAL[:5], S(ZEROS), S(ZEROS, 1), S(EMPTY), S(ZERO_D)], errors=OUT_OF_RANGE),
    OpRow("count_nonzero", [S(ZEROS), S(ZEROS, 0), S(CUBE, (0, 2)), S(NANS), S(EMPTY)], errors=OUT_OF_RANGE),
    OpRow(
        "var",
        [
            S(X),
            S(X, 0),
            S(CUBE, (0, 2), keepdim=True),
            S(X, False),
            S(X, 1, False),
            S(X, 0, correction=2),
            S(EMPTY, smooth=False),
            S(T((3, 1)), 1, smooth=False),
            S(T((1,)), smooth=False),
            S(X, correction=20, smooth=False),
        ],
        FLOATS,
        errors=[*OUT_OF_RANGE, S(T((3,), torch.int64))],
    ),
    OpRow(
        "std",
        [
            S(X),
            S(X, 0),
            S(CUBE, (0, 2), keepdim=True),
            S(X, False),
            S(X, 1, False),
            S(X, 0, correction=0),
            S(EMPTY, smooth=False),
            S(T((1,)), smooth=False),
        ],
        FLOATS,
        errors=[*OUT_OF_RANGE, S(T((3,), torch.int64))],
    ),
    OpRow("std", [S(T((2, 3), values=[1.0] * 6), 1, smooth=False)], FLOATS, second=False),
    OpRow("var_mean", [S(X), S(CUBE, 1, keepdim=True), S(X, 0, correction=0)], FLOATS, errors=OUT_OF_RANGE),
    OpRow("std_mean", [S(X), S(CUBE, 1, keepdim=True), S(X, 0, correction=0)], FLOATS, errors=OUT_OF_RANGE),
    OpRow(
        "norm",
        [
            S(X),
            S(X, 2, 0),
            S(X, 1),
            S(X, math.inf, 1),
            S(X, -math.inf),
            S(X, 0),
            S(X, 3, 1, True),
            S(X, 1.5),
            S(X, "fro"),
            S(X, "fro", (0, 1)),
            S(ZERO_D),
        ],
        FLOATS,
        errors=[S(X, 2, 2), S(T((0,)), math.inf), S(T((3,), torch.int64))],
    ),
    OpRow("norm", [S(T((3,), values=[0.0, 0.0, 0.0]), smooth=False)], FLOATS, second=False),
    OpRow("dist", [S(X, T((3, 4))), S(X, T((3, 4)), 3.0)], FLOATS, errors=[S(X, T((5,)))]),
    OpRow("dist", [S(X, T((4,)), 1)], FLOATS, second=False),
    OpRow(
        "logsumexp",
        [S(X, 0), S(CUBE, (0, 2), True), S(ZERO_D, 0), S(T((0,)), 0, smooth=False)],
        (*FLOATS, *INTS),
        errors=OUT_OF_RANGE,
    ),
    OpRow(
        "logsumexp",
        [
            S(T((2,), values=[-math.inf, 1000.0]), 0, smooth=False),
            S(T((2,), values=[math.inf, 1.0]), 0, smooth=False),
        ],
        FLOATS,
    ),
    OpRow(
        "trace",
        [S(X), S(T((4, 2))), S(T((0, 2)))],
        ALL,
        wider=(torch.float16, torch.bfloat16, torch.bool),
        errors=[S(T((2,)))],
    ),
    OpRow(
        "bincount",
        [
            S(T((6,), torch.int64, 0, 4)),
            S(T((6,), torch.int64, 0, 4), minlength=9),
            S(T((6,), torch.int64, 0, 4), T((6,), grad=False)),
        ],
        (torch.float32, torch.float64),
        layouts=False,
        errors=[S(T((2, 2), torch.int64, 0, 3)), S(T((3,), values=[-1], dtype=torch.int64))],
    ),
    OpRow(
        "histc",
        [S(T((30,), grad=False), 5), S(T((30,), grad=False), 4, -1, 2), S(T((), grad=False), 3)],
        (torch.float32, torch.float64),
        errors=[S(X, 0), S(X, 3, 2, 1)],
    ),
    OpRow(
        "vector_norm",
        [
            S(X),
            S(X, 1),
            S(X, 3.0),
            S(CUBE, 2, (0, 2), True),
            S(X, math.inf, 0),
            S(X, -math.inf, 1),
            S(X, 0, 1),
        ],
        FLOATS,
        errors=[*(S(X, 2, dim) for dim in (2, -3)), S(T((3,), torch.int64))],
        home="linalg",
    ),
]


class TestReduce(OpSuite):
    rows = ROWS


@pytest.mark.parametrize(
    "shape, dim", [((70000,), 0), ((3, 5000), 1), ((5000, 3), 0), ((40, 50, 60), 1), ((300, 1100), 0)]
)
@pytest.mark.parametrize("name", ["sum", "mean", "var", "amax", "argmax", "logsumexp", "norm"])
def test_large(name, shape, dim):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)) + 5
    y = synapgrad.tensor(x.tolist())
    call = {"norm": lambda t: t.norm(2, dim)}.get(name, lambda t: getattr(t, name)(dim))
    flat = call(y).flatten().tolist()
    expected = call(x.double()).flatten()
    assert torch.allclose(torch.tensor(flat, dtype=expected.dtype), expected, rtol=3e-6, atol=0)


def test_variance_far_from_zero():
    x = [1e8 + i for i in range(4)]
    y = synapgrad.tensor(x, dtype=synapgrad.float64).as_strided([4], [1])
    assert y.var().item() == pytest.approx(5 / 3, rel=1e-12)


@pytest.mark.parametrize("name", ["mean", "var"])
def test_the_second_derivative_of_nothing(name):
    """NaN comes from no element, and no gradient goes to any."""
    x, weight = (
        synapgrad.tensor([], dtype=synapgrad.float32).as_strided([0, 3], [3, 1]),
        synapgrad.tensor(1.0),
    )
    x.requires_grad = weight.requires_grad = True
    getattr(x, name)().backward(weight, create_graph=True)
    x.grad.backward(x.grad.detach())
    assert weight.grad.item() == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.sum(),
        lambda x: x.sum(0),
        lambda x: x.mean(),
        lambda x: x.mean(1),
        lambda x: x.prod(),
        lambda x: x.prod(1),
        lambda x: x.max(),
        lambda x: x.max(0)[0],
        lambda x: x.amax(),
        lambda x: x.var(),
        lambda x: x.std(0),
        lambda x: x.norm(),
        lambda x: x.logsumexp(0),
        lambda x: x.nansum(),
        lambda x: x.aminmax()[0],
    ],
)
def test_names_of_nodes(call):
    x = torch.ones(2, 3, requires_grad=True)
    y = synapgrad.tensor([1.0] * 6, dtype=synapgrad.float32).as_strided([2, 3], [3, 1])
    y.requires_grad = True
    if not hasattr(y, "grad_fn"):
        pytest.skip("no grad_fn yet")
    assert call(y).grad_fn.name() == call(x).grad_fn.name()
