"""Functions of two and of three numbers."""

import math

import torch

from .harness import ALL, FLOATS, INTS, OpRow, OpSuite, S, T

INF, NAN = math.inf, math.nan
LEFT = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, INF, -INF, NAN, 0.0, 3.0, 3.0, -3.0, 0.0]
RIGHT = [1.0, 2.0, 1.0, 1.0, -1.5, -1.5, 1.0, INF, 1.0, NAN, 3.0, -2.0, 2.0, -3.0]
#: Kinks, ties, zeros and the infinities.
EDGES = S(T(values=LEFT), T(values=RIGHT), smooth=False)

#: Shapes that broadcast.
PAIRS = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (3,)), ((2, 3), ()), ((), ()), ((2, 1, 3), (4, 1)), ((0, 3), (3,))]
MIXED = (torch.int32, torch.float64, torch.bool, torch.float16)


def pairs(low=-3.0, high=3.0, low2=None, high2=None):
    low2, high2 = low if low2 is None else low2, high if high2 is None else high2
    return [S(T(a, low=low, high=high), T(b, low=low2, high=high2)) for a, b in PAIRS]


def mixed(low=-3.0, high=3.0):
    """The dtype under test with others, and with tensors without dimensions, which are weaker."""
    for dtype in MIXED:
        yield S(T((2, 3), low=low, high=high), T((3,), dtype=dtype, low=1, high=high), smooth=False)
        yield S(T((2, 3), low=low, high=high), T((), dtype=dtype, low=1, high=high), smooth=False)


def numbers(*values, low=-3.0, high=3.0):
    return [S(T((3, 2), low=low, high=high), value) for value in values]


APART = [S(T((3, 4)), T((2, 3))), S(T((2,)), "x"), S(T((2,)), None), S(T((2,)), [1.0, 2.0]), S(T((2,)))]
ARITHMETIC = [2, -3, 2.5, True, 2**40]
WHOLE = [2, 3, True]


def row(name, *values, low=-3.0, high=3.0, low2=None, high2=None, edges=True, extra=(), **keywords):
    samples = [*pairs(low, high, low2, high2), *mixed(low2 or low, high), *numbers(*values, low=low, high=high), *extra]
    return OpRow(name, samples + [EDGES] * edges, errors=APART, **keywords)


ROWS = [
    row("add", *ARITHMETIC, extra=[S(T((3,)), T((3,)), alpha=2), S(T((3,)), 3, alpha=2), S(T((3,)), T((3,)), alpha=0.5)]),
    row("sub", *ARITHMETIC, extra=[S(T((3,)), T((3,)), alpha=2), S(T((3,)), 3, alpha=2), S(T((3,)), T((3,)), alpha=0.5)]),
    row("rsub", *ARITHMETIC, extra=[S(T((3,)), T((3,)), alpha=2)]),
    row("mul", *ARITHMETIC),
    row("div", *ARITHMETIC, 0, low2=0.5),
]


class TestBinary(OpSuite):
    rows = ROWS
