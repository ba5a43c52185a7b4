"""Matrix products."""

import torch

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T

NUMBERS = (*FLOATS, *INTS)
M, N = T((3, 4)), T((4, 2))

ROWS = [
    OpRow(
        "mm",
        [S(M, N), S(T((0, 4)), N), S(T((3, 0)), T((0, 2)))],
        NUMBERS,
        errors=[S(M, M), S(M, T((4,))), S(M, T((4, 2), torch.float64))],
    ),
    OpRow(
        "bmm",
        [S(T((2, 3, 4)), T((2, 4, 2))), S(T((0, 3, 4)), T((0, 4, 2)))],
        NUMBERS,
        errors=[S(T((2, 3, 4)), T((3, 4, 2))), S(M, N)],
    ),
    OpRow("mv", [S(M, T((4,))), S(T((3, 0)), T((0,)))], NUMBERS, errors=[S(M, T((3,))), S(M, N)]),
    OpRow(
        "dot",
        [S(T((4,)), T((4,))), S(T((0,)), T((0,)))],
        NUMBERS,
        errors=[S(T((4,)), T((3,))), S(M, T((4,)))],
    ),
    OpRow(
        "matmul",
        [
            S(M, N),
            S(T((4,)), T((4,))),
            S(M, T((4,))),
            S(T((3,)), M),
            S(T((2, 3, 4)), N),
            S(T((2, 3, 4)), T((2, 4, 5))),
            S(T((5, 1, 3, 4)), T((2, 4, 2))),
            S(T((4,)), T((2, 4, 3))),
            S(T((2, 3, 4)), T((4,))),
            S(M, T((2, 4, 3))),
        ],
        NUMBERS,
        errors=[
            S(M, M),
            S(T(), M),
            S(T((2, 3, 4)), T((3, 4, 2))),
            S(M, T((3,))),
            S(T((4,)), T((3,))),
            S(T((3,)), N),
        ],
    ),
    OpRow(
        "linear",
        [
            S(M, T((5, 4))),
            S(M, T((5, 4)), T((5,))),
            S(T((4,)), T((5, 4)), T((5,))),
            S(T((2, 3, 4)), T((5, 4)), T((5,))),
            S(T((0, 4)), T((5, 4)), T((5,))),
            S(M, T((4,))),
        ],
        NUMBERS,
        errors=[S(M, T((5, 3))), S(M, T((5, 4)), T((4,))), S(M, T((5, 4), torch.float64)), S(M, 1.0)],
        home="nn.functional",
    ),
]


class TestMatmul(OpSuite):
    rows = ROWS
