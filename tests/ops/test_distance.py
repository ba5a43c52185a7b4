"""Distances, similarities and the bilinear form."""

import torch

from .harness import ALL, FLOATS, OpRow, OpSuite, S, T

X, Y = T((3, 4)), T((3, 4), low=-2.0)

ROWS = [
    OpRow(
        "cosine_similarity",
        [
            S(X, Y),
            S(X, T((4,))),
            S(T((2, 3, 2)), T((2, 3, 2)), -1),
            S(X, Y, 0, 4.0, smooth=False),
            S(T((0, 3)), T((0, 3))),
        ],
        ALL,
        errors=[S(X, T((3, 5))), S(X, Y, 2), S(T((2, 2), torch.int64), T((2, 2), torch.int64))],
    ),
    OpRow(
        "pairwise_distance",
        [
            S(X, Y),
            S(X, T((4,))),
            S(X, Y, 3.0, 0.1, True),
            S(T((3, 4), grad=False), T((4,), grad=False), 0.0),
        ],
        FLOATS,
        errors=[S(X, T((3, 5)))],
    ),
    # PyTorch stumbles over a zero of its own in the second derivative of sums and maxima of absolute values.
    OpRow("pairwise_distance", [S(X, Y, 1.0), S(X, Y, float("inf"))], FLOATS, second=False),
    OpRow(
        "bilinear",
        [
            S(T((2, 3)), T((2, 4)), T((5, 3, 4)), T((5,))),
            S(T((2, 2, 3)), T((2, 2, 4)), T((5, 3, 4))),
            S(T((3,)), T((4,)), T((1, 3, 4)), T((1,))),
            S(T((0, 3)), T((0, 4)), T((2, 3, 4)), T((2,))),
        ],
        FLOATS[:2],
        errors=[
            S(T((2, 3)), T((2, 4)), T((5, 3, 3))),
            S(T((2, 3)), T((3, 4)), T((5, 3, 4))),
            S(T((2, 3)), T((2, 4)), T((5, 3, 4)), T((4,))),
        ],
    ),
]


class TestDistance(OpSuite):
    rows = ROWS
