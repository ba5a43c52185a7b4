"""Functions of one number."""

import math

from .harness import OpRow, OpSuite, S, T

INF, NAN = math.inf, math.nan

#: Where functions have kinks, jumps, poles and edges.
POINTS = S(T(values=[0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.5, -2.5, INF, -INF, NAN]), smooth=False)


def over(low, high, points=POINTS.args[0].values, **keywords):
    """Samples of several shapes between `low` and `high`, in the function's domain, and special points."""
    shapes = [(3, 4), (2, 3, 2), (), (0, 3)]
    return [
        *(S(T(shape, low=low, high=high), **keywords) for shape in shapes),
        S(T(values=points), smooth=False, **keywords),
    ]


WRONG = [S(1.0), S("x"), S(None), S([1.0]), S(T((2,)), 1, 2, 3, 4)]


def row(name, low=-3.0, high=3.0, points=POINTS.args[0].values, **keywords):
    return OpRow(name, over(low, high, points), errors=WRONG, **keywords)


#: Without infinities, where PyTorch's Bessel functions are NaN.
FINITE = [0.0, 1.0, -1.0, 0.5, -2.5, 10.0, 40.0, NAN]
#: Without poles, of which PyTorch misses some by rounding.
NO_POLES = [0.0, 1.0, 2.0, 0.5, -0.5, 3.5, -2.5, INF, NAN]
#: Without −0, in which PyTorch's vector loop and its plain one differ.
NO_MINUS = [0.0, 1.0, 0.5, -0.5, 2.0, INF, -INF, NAN]


ROWS = [
    *map(row, "neg abs sign sgn square exp exp2 expm1 sin cos sinh cosh tanh atan sinc".split()),
    *map(row, "erf erfc deg2rad rad2deg floor ceil trunc frac ndtr".split()),
    *map(row, "signbit isnan isinf isposinf isneginf isfinite isreal bitwise_not positive".split()),
    row("tan", -1.2, 1.2),
    *(row(name, 0.1, 4.0) for name in "reciprocal sqrt rsqrt log log2 log10 entr".split()),
    *(row(name, 0.1, 4.0, NO_POLES) for name in ("lgamma", "digamma")),
    *(row(name, points=FINITE[:-2]) for name in ("i0", "i1", "i0e", "i1e")),
    row("logical_not", in_place_gradient=False),
    row("asinh", in_place_gradient=False),
    *(row(name, -0.9, 0.9) for name in "asin acos erfinv log1p".split()),
    row("atanh", -0.9, 0.9, in_place_gradient=False),
    row("acosh", 1.1, 4.0, in_place_gradient=False),
    OpRow(
        "round",
        [*over(-30, 30), *over(-30, 30, decimals=1), *over(-300, 300, decimals=-2)],
        errors=[S(T((2,), low=-9), decimals="x"), S(T((2,)), decimals=1.5)],
    ),
    OpRow(
        "logit",
        [
            *over(0.05, 0.95, NO_MINUS),
            *over(-0.4, 1.4, NO_MINUS, eps=0.2),
            *over(0.3, 0.6, NO_MINUS, eps=0.25),
        ],
        errors=WRONG,
    ),
    OpRow(
        "nan_to_num",
        [*over(-3, 3), *over(-3, 3, nan=1.0, posinf=2.0, neginf=-3.0), S(T(values=[INF, NAN]), posinf=7.0)],
    ),
    OpRow(
        "polygamma",
        [S(n, T((3, 4), low=0.3, high=4.0)) for n in range(4)],
        errors=[S(-1, T((2,))), S(1.5, T((2,)))],
    ),
]


class TestUnary(OpSuite):
    rows = ROWS
