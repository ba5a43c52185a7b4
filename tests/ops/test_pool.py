"""Pooling: largest elements, means, norms, and the way back."""

import math

import pytest
import torch

import synapgrad

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T

L, HW, DHW = T((2, 2, 7)), T((2, 2, 5, 6)), T((1, 2, 4, 5, 4))
WIDE = T((1, 2, 9, 24))
NUMBERS = (*FLOATS, *INTS)
#: Ties, NaN and −∞ in one plane.
ODD = T(
    (1, 1, 4, 4),
    values=[1, 1, 0, math.nan, 1, 1, 2, 3, -math.inf, -math.inf, 5, 4, -math.inf, -math.inf, 4, 5],
)


def whole(values):
    """`values` in the shape of ODD."""
    return T((1, 4, 4), values=values)


#: Every argument of the windows, by the number of dimensions.
WINDOWS = {
    1: [S(L, 2), S(L, 3, 2, 1), S(T((2, 24)), 3, 1), S(L, 2, 2, 0), S(T((0, 2, 7)), 2)],
    2: [
        S(HW, 2),
        S(HW, (3, 2), (1, 2), (1, 0)),
        S(T((2, 5, 6)), 3, 2, 1),
        S(WIDE, 2),
        S(WIDE, 3, 1, 1),
        S(WIDE, 3, 2, 1),
        S(WIDE, 2, 3),
        S(T((0, 2, 5, 6)), 2),
    ],
    3: [S(DHW, 2), S(DHW, (1, 2, 3), 1, (0, 1, 1)), S(T((2, 4, 5, 4)), 2, 2, 1)],
}
WRONG = {
    1: [S(L, 0), S(L, 2, 0), S(L, 2, 2, 2), S(L, 9), S(L, (2, 2)), S(T((7,)), 2), S(T((2, 0)), 2), S(L, 2.5)],
    2: [
        S(HW, 0),
        S(HW, 2, 0),
        S(HW, 2, 2, 2),
        S(HW, 9),
        S(HW, (2, 2, 2)),
        S(T((2, 0, 5, 6)), 2),
        S(HW, 2, 2, -1),
        *(S(T((5, 6)[:n]), 2) for n in (1, 2)),
    ],
    3: [S(DHW, 0), S(DHW, 2, 0), S(DHW, 2, 2, 2), S(DHW, 9), S(DHW, (2, 2)), S(T((4, 4, 4)), 2)],
}


def places(shape, *values):
    """Where maxima stood."""
    return T(shape, torch.int64, values=list(values))


#: Maxima, and where in the larger tensor they go.
UNPOOLED = {
    1: [S(T((1, 2, 3)), places((1, 2, 3), 0, 2, 5, 1, 3, 4), 2)],
    2: [
        S(T((1, 1, 2, 2)), places((1, 1, 2, 2), 0, 3, 9, 14), 2),
        S(T((1, 2, 2)), places((1, 2, 2), 1, 2, 7, 8), 2, 1),
    ],
    3: [S(T((1, 1, 2, 1, 2)), places((1, 1, 2, 1, 2), 0, 7, 20, 31), 2)],
}


def rows(n):
    windows, pooled = WINDOWS[n], {1: L, 2: HW, 3: DHW}[n]
    half = () if n == 1 else (S(pooled, 2, divisor_override=-3),)
    three = FLOATS[2:] if n == 3 else ()
    sizes = [S(pooled, 3), S(pooled, (4,) * n), S(pooled, 1), S(T((*pooled.shape[1:],)), 9)]
    refused = [S(pooled, -1), S(pooled, (2,) * (n + 1)), *([S(pooled, (2,))] if n > 1 else [])]
    return [
        OpRow(
            f"max_pool{n}d",
            [
                *windows,
                S(pooled, 2, 1, 1, 2),
                S(pooled, 3, 2, ceil_mode=True),
            ],
            NUMBERS,
            wider=INTS if n == 1 else (),
            errors=[*WRONG[n], S(pooled, 2, dilation=0), S(T(pooled.shape, torch.bool), 2)],
        ),
        OpRow(
            f"avg_pool{n}d",
            [*windows, S(pooled, 3, 2, 1, True), S(pooled, 3, 2, 1, count_include_pad=False), *half],
            NUMBERS,
            wider=three,
            errors=[*WRONG[n], S(pooled, 2, divisor_override=0)],
        ),
        OpRow(f"adaptive_avg_pool{n}d", sizes, NUMBERS, errors=refused),
        OpRow(
            f"adaptive_max_pool{n}d",
            sizes,
            FLOATS,
            errors=refused,
            home="nn.functional",
        ),
        OpRow(f"max_unpool{n}d", UNPOOLED[n], FLOATS[:2], layouts=False, home="nn.functional"),
        OpRow(
            f"lp_pool{n}d",
            [S(T(pooled.shape, low=0.5), 2, 2), S(T(pooled.shape, low=0.5), 3.0, 2, 1, True)],
            FLOATS,
            wider=three,
            errors=[S(pooled, 0, 2), *([S(T((5, 6)), 2, 2)] if n == 2 else [])],
        ),
    ]


class TestPool(OpSuite):
    rows = [row for n in (1, 2, 3) for row in rows(n)]


def same(ours, theirs):
    assert [t.tolist() for t in ours] == [t.tolist() for t in theirs]


def test_ties_and_nan():
    for kernel, stride in ((2, 2), (2, 1), (3, 1)):
        x = torch.tensor(ODD.values).reshape(1, 4, 4)
        mine = synapgrad.nn.functional.max_pool2d(
            synapgrad.tensor(ODD.values).reshape(1, 4, 4), kernel, stride, return_indices=True
        )
        theirs = torch.nn.functional.max_pool2d(x, kernel, stride, return_indices=True)
        assert str(mine[0].tolist()) == str(theirs[0].tolist())
        assert mine[1].tolist() == theirs[1].tolist()


def test_adaptive_max_pooling():
    F, G = synapgrad.nn.functional, torch.nn.functional
    for n, shape in ((1, (2, 7)), (2, (2, 2, 5, 6)), (3, (2, 4, 5, 4))):
        x = torch.randn(shape)
        for size in (1, 3, [4] * n, [None] * n if n > 1 else 2):
            mine = getattr(F, f"adaptive_max_pool{n}d")(synapgrad.tensor(x.tolist()), size, True)
            same(mine, getattr(G, f"adaptive_max_pool{n}d")(x, size, True))


def test_sizes_of_adaptive_pooling_are_an_int_or_a_tuple():
    for size in (range(2, 4), "ab", 1.5, {2: 3}):
        with pytest.raises(TypeError):
            synapgrad.nn.functional.adaptive_avg_pool2d(synapgrad.ones(1, 4, 4), size)


def test_windows_of_more_elements_than_a_byte_counts():
    x = torch.randn(2, 20, 30, requires_grad=True)
    y = synapgrad.tensor(x.tolist(), requires_grad=True)
    theirs = torch.nn.functional.max_pool2d(x, (18, 20), 3, return_indices=True)
    mine = synapgrad.nn.functional.max_pool2d(y, (18, 20), 3, return_indices=True)
    same(mine, theirs)
    theirs[0].sum().backward()
    mine[0].sum().backward()
    assert y.grad.tolist() == x.grad.tolist()


def test_many_planes_in_parallel():
    x = torch.randn(64, 8, 17, 18, requires_grad=True)
    y = synapgrad.tensor(x.tolist(), requires_grad=True)
    theirs, mine = torch.nn.functional.max_pool2d(x, 3, 2), synapgrad.nn.functional.max_pool2d(y, 3, 2)
    same([mine], [theirs])
    theirs.square().sum().backward()
    mine.square().sum().backward()
    assert torch.allclose(torch.tensor(y.grad.tolist()), x.grad)


def test_unpooling():
    F, G = synapgrad.nn.functional, torch.nn.functional
    x, at = torch.randn(2, 3, 3), torch.randperm(36)[:18].reshape(2, 3, 3)
    cases = [
        (at, (2,), {}),
        (at, ((3, 2), (2, 3), (1, 0)), {}),
        (at, (2,), dict(output_size=(7, 5))),
        (at, (2,), dict(output_size=(2, 7, 7))),
        (at, (2,), dict(output_size=(8, 6))),
        (at * 9, (2,), {}),
        (-at, (2,), {}),
        (at.int(), (2,), {}),
        (at[:1], (2,), {}),
    ]
    for indices, arguments, keywords in cases:
        results = []
        for library, functions in ((synapgrad, F), (torch, G)):
            a = library.tensor(x.tolist(), requires_grad=True)
            dtype = getattr(library, str(indices.dtype).removeprefix("torch."))
            b = library.tensor(indices.tolist(), dtype=dtype)
            try:
                whole = functions.max_unpool2d(a, b, *arguments, **keywords)
                (whole * whole).sum().backward()
                results.append((whole.tolist(), a.grad.tolist()))
            except Exception as error:  # noqa: BLE001
                results.append(type(error))
        assert results[0] == results[1], (arguments, keywords)
