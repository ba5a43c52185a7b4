"""Cumulative operations."""

import math

import torch

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T

X, CUBE, ZERO_D, EMPTY = T((3, 4)), T((2, 3, 4)), T(), T((0, 3))
SAMPLES = [S(X, 0), S(X, -1), S(CUBE, 1), S(ZERO_D, 0), S(EMPTY, 0), S(EMPTY, 1)]
OUT_OF_RANGE = [S(X, 2), S(X)]
ZEROS = [
    S(T((6,), values=[2.0, 3.0, 0.0, 4.0, 5.0, 0.0]), 0),
    S(T((3, 2), values=[0.0, 2.0, 3.0, 0.0, 1.5, 2.5]), 0),
    S(T((4,), values=[1.0, 0.0, 2.0, -3.0]), 0),
]
TIES = T((5,), values=[1.0, 1.0, 3.0, 3.0, 2.0])
NANS = T((5,), values=[1.0, 2.0, math.nan, 3.0, math.nan])

ROWS = [
    OpRow("cumsum", SAMPLES, errors=OUT_OF_RANGE),
    OpRow("cumsum", [S(X, 0, dtype=torch.float64), S(X, axis=1)], in_place=False),
    OpRow("cumsum", [S(X, 0, dtype=torch.float64)]),
    OpRow("cumsum", [S(X, 0)], FLOATS, errors=[S(X, 0, dtype=torch.int32), S(X, 0, dtype=torch.bool)]),
    OpRow("cumprod", SAMPLES, errors=OUT_OF_RANGE),
    OpRow("cumprod", ZEROS, FLOATS),
    OpRow("cumprod", [S(X, 0, dtype=torch.float64), S(T((), values=0.0), 0)], in_place=False),
    OpRow("cummax", [*SAMPLES, S(TIES, 0, smooth=False), S(NANS, 0, smooth=False)], errors=OUT_OF_RANGE),
    OpRow("cummin", [*SAMPLES, S(TIES, 0, smooth=False), S(NANS, 0, smooth=False)], errors=OUT_OF_RANGE),
    OpRow("logcumsumexp", SAMPLES[:4], (*FLOATS, *INTS), errors=OUT_OF_RANGE),
    OpRow("logcumsumexp", [S(T((3,), values=[-math.inf, 800.0, 801.0]), 0, smooth=False)], FLOATS),
    OpRow(
        "diff",
        [S(X), S(X, 1, 0), S(X, 2), S(X, 5), S(T((1,))), S(CUBE, 1, 1)],
        errors=[S(ZERO_D), S(X, 1, 2), S(X, -1)],
    ),
    *(
        OpRow(
            name,
            [
                *(S(T((3, 4)), dim=dim) for dim in (0, 1)),
                S(T((5,)), dx=2),
                S(T((3, 4)), dx=0.5, dim=0),
                S(T((3, 4)), T((4,))),
                S(T((3, 4)), T((3,)), dim=0),
                S(T((3, 4)), T((3, 4))),
                S(T((2, 3, 4)), T((3, 4)), dim=1),
                S(T((3, 1))),
                S(T((3, 0))),
                S(T((0, 3))),
            ],
            errors=[
                S(T()),
                S(T((3, 4)), dim=2),
                S(T((3, 4)), T((3,))),
                S(T((3, 4)), T((3, 5))),
                S(T((3, 4)), T((4,)), dx=1.0),
                S(T((3, 4)), dx=True),
                S(T((3,)), T((3,), torch.bool)),
                S(T((3,)), "x"),
                S(1.0),
            ],
        )
        for name in ("trapezoid", "cumulative_trapezoid")
    ),
]


class TestCumulative(OpSuite):
    rows = ROWS
