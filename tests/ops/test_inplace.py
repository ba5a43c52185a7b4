"""Operations that exist only in place. The twins in place of others are tested with these."""

import math

import torch

from .harness import OpRow, OpSuite, S, T

#: A tensor to write into.
X = T((3, 4), grad=False)

# PyTorch fills a tensor whose elements share memory; here, whatever would write them is an error.
ROWS = [
    OpRow(
        "copy_",
        [
            S(X, T((3, 4))),
            S(X, T((4,))),
            S(X, T((3, 1))),
            S(X, T()),
            S(X, T((3, 4), torch.float64, grad=False)),
        ],
        errors=[S(X, T((2,))), S(X, T((1, 3, 4, 1))), S(X, "x"), S(T((3, 4)), T((3, 4)))],
        home="Tensor",
    ),
    OpRow(
        "fill_",
        [S(X, 2), S(X, 1.5), S(X, True), S(T((0, 3), grad=False), 1), S(T(grad=False), 3)],
        errors=[S(X, "x"), S(X, T((2,))), S(T((3, 4)), 1.0)],
        layouts=False,
        home="Tensor",
    ),
    OpRow(
        "fill_",
        [S(X, math.inf), S(X, math.nan)],
        (torch.float32, torch.float64),
        layouts=False,
        home="Tensor",
    ),
    OpRow(
        "zero_",
        [S(X), S(T(grad=False)), S(T((0, 3), grad=False))],
        errors=[S(T((3, 4)))],
        layouts=False,
        home="Tensor",
    ),
]


class TestInplace(OpSuite):
    rows = ROWS
