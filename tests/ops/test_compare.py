"""Comparisons and logic."""

import math

import torch

from .harness import OpRow, OpSuite, S, T
from .test_binary import EDGES, mixed, numbers, pairs

NAN, INF = math.nan, math.inf
X = T((3, 4))
NEAR = T(values=[1.0, 1.0, 1.0, NAN, INF, INF, 0.0, 1e-9])
FAR = T(values=[1.0, 1.00001, 1.1, NAN, INF, -INF, 1e-9, 0.0])
APART = [S(X, T((2, 3))), S(X, "x"), S(X, None), S(X, [1.0])]


def row(name, *values):
    samples = [*pairs(), *mixed(), *numbers(*values), EDGES]
    # PyTorch lets gradients pass logic in place unchanged, as if it had not been there.
    return OpRow(name, samples, errors=APART, in_place_gradient=not name.startswith("logical"))


ROWS = [
    *(row(name, 1, 0.5, True, 2**40, -1) for name in "eq ne lt le gt ge".split()),
    *(row(name) for name in "logical_and logical_or logical_xor".split()),
    *(
        OpRow(
            name,
            [
                S(NEAR, FAR),
                S(NEAR, FAR, equal_nan=True),
                S(NEAR, FAR, 0.2, 0.0),
                S(NEAR, FAR, rtol=0.0, atol=0.0),
                S(X, X),
                S(X, T((4,))),
                S(T((0, 3)), T((3,))),
                S(T(), T()),
            ],
            errors=[
                S(X, T((3, 4), torch.float64)),
                S(X, X, -1.0),
                S(X, X, 0.0, -1.0),
                S(X, T((2,))),
                S(X, 1.0),
            ],
        )
        for name in ("isclose", "allclose")
    ),
    OpRow(
        "equal",
        [
            S(X, X),
            S(T(values=[1, 2]), T(values=[1, 2])),
            S(T(values=[1, 2]), T(values=[1, 3])),
            S(X, T((4,))),
            S(T((0, 3)), T((0, 3))),
            S(T(values=[NAN]), T(values=[NAN])),
        ],
        errors=[S(X, 1.0), S(X, None)],
    ),
]


class TestCompare(OpSuite):
    rows = ROWS
