"""Functions of two numbers."""

import math

import torch

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T

INF, NAN = math.inf, math.nan
LEFT = [0.0, -0.0, 1.0, -1.0, 2.5, -2.5, INF, -INF, NAN, 0.0, 3.0, 3.0, -3.0, 0.0]
RIGHT = [1.0, 2.0, 1.0, 1.0, -1.5, -1.5, 1.0, INF, 1.0, NAN, 3.0, -2.0, 2.0, -3.0]
#: Kinks, ties, zeros and the infinities.
EDGES = S(T(values=LEFT), T(values=RIGHT), smooth=False)

#: Shapes that broadcast.
PAIRS = [
    ((3, 4), (3, 4)),
    ((3, 4), (4,)),
    ((3, 1), (1, 4)),
    ((), (3,)),
    ((2, 3), ()),
    ((), ()),
    ((2, 1, 3), (4, 1)),
    ((0, 3), (3,)),
]
MIXED = (torch.int32, torch.float64, torch.bool, torch.float16)


def pairs(low=-3.0, high=3.0, low2=None, high2=None):
    low2, high2 = low if low2 is None else low2, high if high2 is None else high2
    return [S(T(a, low=low, high=high), T(b, low=low2, high=high2)) for a, b in PAIRS]


def mixed(low=-3.0, high=3.0, others=MIXED):
    """The dtype under test with others, and with tensors without dimensions, which are weaker."""
    for dtype in others:
        yield S(T((2, 3), low=low, high=high), T((3,), dtype, low=1, high=high, grad=False), smooth=False)
        yield S(T((2, 3), low=low, high=high), T((), dtype, low=1, high=high, grad=False), smooth=False)


def numbers(*values, low=-3.0, high=3.0):
    return [S(T((3, 2), low=low, high=high), value, smooth=0 < abs(value) < 1e6) for value in values]


APART = [S(T((3, 4)), T((2, 3))), S(T((2,)), "x"), S(T((2,)), None), S(T((2,)), [1.0, 2.0]), S(T((2,)))]
ARITHMETIC = [2, -3, 2.5, True, 2**40]
ZERO = [
    S(T((2,), torch.int64), 0),
    S(T((2,), torch.int64), T((2,), torch.int32, values=[1, 0])),
    S(T((2,), torch.uint8), 0),
]


def row(
    name,
    *values,
    low=-3.0,
    high=3.0,
    low2=None,
    high2=None,
    extra=(),
    errors=(),
    smooth=True,
    others=MIXED,
    **keywords,
):
    samples = [
        *pairs(low, high, low2, high2),
        *mixed(low, high, others),
        *numbers(*values, low=low, high=high),
        *extra,
        EDGES,
    ]
    for sample in samples:
        sample.smooth &= smooth
    return OpRow(name, samples, errors=[*APART, *errors], **keywords)


ROWS = [
    row(
        "add",
        *ARITHMETIC,
        extra=[S(T((3,)), T((3,)), alpha=2), S(T((3,)), 3, alpha=2), S(T((3,)), T((3,)), alpha=0.5)],
    ),
    row(
        "sub",
        *ARITHMETIC,
        extra=[S(T((3,)), T((3,)), alpha=2), S(T((3,)), 3, alpha=2), S(T((3,)), T((3,)), alpha=0.5)],
    ),
    row("rsub", *ARITHMETIC, extra=[S(T((3,)), T((3,)), alpha=2)]),
    row("mul", *ARITHMETIC),
    OpRow(
        "div",
        [
            *pairs(low2=0.5),
            *mixed(),
            *numbers(*ARITHMETIC, 0),
            EDGES,
            *(
                S(T((3, 4), low=-9, high=9), T((4,), low=1, high=3), rounding_mode=m, smooth=False)
                for m in ("floor", "trunc")
            ),
            *(
                S(T((3, 4), low=-9, high=9), 2, rounding_mode=mode, smooth=False)
                for mode in ("floor", "trunc")
            ),
            S(T((3,)), T((3,)), rounding_mode=None),
        ],
        errors=[*APART, S(T((2,)), 1, rounding_mode="up")],
    ),
    *(
        row(name, 2, -3, 2.5, True, low=-9, high=9, low2=1, high2=4, errors=ZERO, smooth=False)
        for name in ("remainder", "fmod")
    ),
    # Between two jumps, where ⌊a/b⌋ is 2.
    *(
        OpRow(name, [S(T((3, 4), low=1.1, high=1.4), T((4,), low=0.5, high=0.54))], FLOATS)
        for name in ("remainder", "fmod")
    ),
    row("floor_divide", 2, -3, 2.5, True, low=-9, high=9, low2=1, high2=4, errors=ZERO, smooth=False),
    OpRow(
        "pow",
        [
            *pairs(0.2, 3.0, -2.0, 3.0),
            *mixed(1, 3, MIXED[:2]),
            *numbers(0, 1, 2, 3, 5, 0.5, -0.5, 1.5, -1, -2, -3, 2.0, 3.0, True, 4.0, low=0.2),
            *(S(number, T((3, 2))) for number in (2, 0.5, 3.0, 1, True)),
            *(S(number, T((3, 2)), smooth=False) for number in (0, 0.0, -2, -1.5)),
            *(S(T(values=LEFT), number, smooth=False) for number in (0, 1, 2, 3, 0.5, -1, -2, 2.5, -3)),
            S(
                T(values=[0, 1, 2, 3, -2, -1, 1, -1, 5]),
                T(values=[3, -2, -1, 40, 3, -3, 0, -4, 0]),
                smooth=False,
            ),
            EDGES,
        ],
        errors=[S(T((2,), dtype=torch.int64), -1), *APART],
    ),
    OpRow("float_power", [*pairs(0.2, 3.0), *numbers(2, 0.5, 2.5, low=0.2), EDGES], errors=APART),
    row("atan2", others=MIXED[:2]),
    row("hypot"),
    row("maximum"),
    row("minimum"),
    row("fmax"),
    row("fmin"),
    row("logaddexp", others=MIXED[:2]),
    row("logaddexp2", others=MIXED[:2]),
    row("copysign", 2.0, -0.0, -1, smooth=False),
    # Away from the jump at b = 0.
    OpRow(
        "copysign",
        [S(T((3, 4), low=0.5), T((4,), low=0.5)), S(T((3, 4), high=-0.5), T((4,), low=0.5))],
        FLOATS,
    ),
    row("nextafter", smooth=False, others=(), dtypes=(*FLOATS[:2], *INTS)),
    OpRow("nextafter", [S(T((3, 4), low=0.1, high=0.9), T((4,), low=4.0, high=5.0))], FLOATS[:2]),
    OpRow(
        "heaviside",
        [*(S(T(a), T(b), smooth=False) for a, b in PAIRS), EDGES],
        errors=[*APART, S(T((2,)), T((2,), torch.int64))],
    ),
    row("xlogy", 2, 0.5, low2=0.1),
    row("xlog1py", 2, 0.5, low2=-0.5),
    OpRow("ldexp", [*pairs(high2=3.0)], dtypes=(*FLOATS, *INTS), errors=[S(T((3, 4)), T((2, 3)))]),
    row("gcd", low=-30, high=60),
    row("lcm", low=-30, high=60),
    *(row(name, 3, 2.5, True, low=-30, high=60) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *(row(name, 3, 70, low2=-2, high2=70) for name in ("bitwise_left_shift", "bitwise_right_shift")),
]


class TestBinary(OpSuite):
    rows = ROWS
