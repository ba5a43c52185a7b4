"""Softmax and its logarithm."""

import math

import torch

from .harness import ALL, FLOATS, OpRow, OpSuite, S, T

X, CUBE = T((3, 4)), T((2, 3, 5))
SAMPLES = [
    S(X, 0),
    S(X, -1),
    S(CUBE, 1),
    S(T((2, 70)), 1),
    S(T((3, 200)), 0),
    S(T(), 0),
    S(T((0, 3)), 1),
    S(T((3, 0)), 1),
    S(T((4,), values=[1000.0, 999.0, -math.inf, 0.0]), 0, smooth=False),
]
ERRORS = [S(X, 2), S(T((3,), torch.int64), 0)]

ROWS = [
    OpRow("softmax", SAMPLES, FLOATS, errors=ERRORS),
    OpRow("softmax", [S(X, 0, dtype=torch.float64)], ALL),
    # From float64 the gradient is as exact as float32, too little for the table's tolerance.
    OpRow(
        "softmax",
        [S(X, 1, torch.float32, smooth=False)],
        tuple(dtype for dtype in ALL if dtype is not torch.float64),
    ),
    OpRow("log_softmax", SAMPLES[:-1], FLOATS, errors=ERRORS),
    OpRow("log_softmax", [S(X, 0, dtype=torch.float64)], ALL),
    OpRow("softmin", [S(X, 0), S(CUBE, 1)], FLOATS, errors=[S(X, 2)]),
]


class TestSoftmax(OpSuite):
    rows = ROWS
