"""Functions of three numbers: choosing, clamping, blending."""

import math

import torch

from .harness import ALL, OpRow, OpSuite, S, T
from .test_unary import POINTS

MASK = T((3, 4), torch.bool)
X = T((3, 4))
POINT = POINTS.args[0]
#: Three tensors that broadcast.
TRIPLES = [
    ((3, 4), (3, 4), (3, 4)),
    ((3, 4), (4,), (3, 1)),
    ((), (3,), (2, 1)),
    ((), (), ()),
    ((0, 3), (3,), ()),
]


def triples(low3=-3.0, high3=3.0, **keywords):
    return [S(T(a), T(b), T(c, low=low3, high=high3), **keywords) for a, b, c in TRIPLES]


NAN = float("nan")

ROWS = [
    OpRow(
        "addcmul",
        [*triples(), *triples(value=2), *triples(value=0.5)],
        errors=[S(X, X, T((2,))), S(X, X, 1.0), S(X, X)],
    ),
    *[
        OpRow("addcmul", [S(X, X, X, value=value, smooth=False)], ALL[:-1], layouts=False)
        for value in (-1, 300, -200, 1e30)
    ],
    OpRow("addcdiv", [*triples(0.5), *triples(0.5, value=2)], errors=[S(X, X, T((2,))), S(X, X, 1.0)]),
    OpRow(
        "lerp",
        [*triples(0.0, 1.0), S(X, X, 0.3), S(X, T((4,)), 0.7), S(T(), T((2,)), 1), S(X, X, -2.0)],
        errors=[S(X, T((3, 4), torch.float64), 0.5), S(X, T((2,)), 0.5), S(X, 1.0, 0.5)],
    ),
    OpRow(
        "clamp",
        [
            *(S(X, low, high) for low, high in [(-1, 1), (0.5, None), (None, -0.5), (1.5, -1.5), (-1, 0.5)]),
            S(X, min=0),
            S(X, max=1.5),
            *(S(X, low, high, smooth=False) for low, high in [(NAN, None), (None, NAN), (NAN, 1), (0, NAN)]),
            S(T(values=[1.0, NAN, -1.0]), -0.5, 0.5, smooth=False),
            S(POINT, -1, 1, smooth=False),
            S(POINT, 0.5, smooth=False),
            S(POINT, None, 2.0, smooth=False),
            S(X, T((4,), low=-2, high=0), T((4,), low=0, high=2)),
            S(X, T((4,)), T((3, 1))),
            S(X, T(()), None),
            S(X, None, T((4,))),
            S(X, T((), torch.float64), T((4,), torch.int32), smooth=False),
            S(
                T(values=[1.0, 2.0, 3.0, 0.0]),
                T(values=[1.0, 1.0, 4.0, 1.0]),
                T(values=[1.0, 2.0, 3.0, 1.0]),
                smooth=False,
            ),
            S(T((0, 3)), -1, 1),
        ],
        errors=[S(X), S(X, "a"), S(X, T((2,))), S(X, None, None)],
    ),
    OpRow(
        "clamp_min",
        [S(X, 0.5), S(X, 1), S(X, T((4,))), S(POINT, 1.0, smooth=False)],
        errors=[S(X, "a"), S(X, T((2,)))],
    ),
    OpRow(
        "clamp_max",
        [S(X, 0.5), S(X, 1), S(X, T((4,))), S(POINT, 1.0, smooth=False)],
        errors=[S(X, "a"), S(X, T((2,)))],
    ),
    OpRow(
        "where",
        [
            S(MASK, X, X),
            S(MASK, T((4,)), T((3, 1))),
            S(T((), torch.bool), X, 2.0),
            S(MASK, 1, X),
            S(MASK, 1, 2),
            S(MASK, 1.5, 2),
            S(MASK, True, False),
            S(MASK, X, T((), torch.float64, grad=False), smooth=False),
            S(MASK, X, T((3, 4), torch.int16), smooth=False),
            S(T((0, 3), torch.bool), T((0, 3)), 1.0),
        ],
        errors=[
            S(X, X, X),
            S(T((3, 4), torch.int64), X, X),
            S(MASK, X, T((2,))),
            S(MASK, X, "a"),
            S(1.0, X, X),
        ],
    ),
    OpRow(
        "masked_fill",
        [
            *(S(X, MASK, value) for value in (0, 1, 2.5, True, -1)),
            S(X, T((4,), torch.bool), T(())),
            S(X, MASK, T((), torch.float64, low=0, grad=False), smooth=False),
            S(X, MASK, math.inf, smooth=False),
            S(T((4,)), MASK, 1),
            S(T(()), T((), torch.bool), 1),
            S(T((0, 3)), T((3,), torch.bool), 1),
        ],
        errors=[
            S(X, X, 1),
            S(X, MASK, T((4,))),
            S(X, MASK, "a"),
            S(X, T((2,), torch.bool), 1),
            S(X, None, 1),
        ],
    ),
    *[
        OpRow("masked_fill", [S(X, MASK, value, smooth=False)], layouts=False)
        for value in (300, -200, -256, 1e6, 1e60, 2**31, T(values=300, dtype=torch.int64))
    ],
]


class TestTernary(OpSuite):
    rows = ROWS
