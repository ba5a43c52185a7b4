"""Activation functions."""

import torch

from .harness import ALL, OpRow, OpSuite, S, T
from .test_unary import FINITE, POINTS, over


def row(name, *arguments, edges=(), errors=(), **keywords):
    """Samples without arguments and with each of the given ones; the function has kinks at `edges`."""
    samples = over(-4, 4) if not arguments or arguments[0] != "required" else []
    for extra in (a for a in arguments if a != "required"):
        positional, named = ((), extra) if isinstance(extra, dict) else (extra, {})
        samples += [S(T((3, 4), low=-4, high=4), *positional, **named)]
        samples += [S(POINTS.args[0], *positional, smooth=False, **named)]
        samples += [S(T(values=list(edges)), *positional, smooth=False, **named)] * bool(edges)
    samples += [S(T(values=list(edges)), smooth=False)] * bool(
        edges and samples and "required" not in arguments
    )
    return OpRow(name, samples, errors=[S("x"), *errors], **keywords)


ROWS = [
    *map(row, "sigmoid logsigmoid relu selu silu mish".split()),
    # In PyTorch, these two are Python; an infinity gives NaN there, and 255 + 1 is 0.
    OpRow("softsign", over(-4, 4, FINITE), dtypes=[dtype for dtype in ALL if dtype is not torch.uint8]),
    OpRow("tanhshrink", over(-4, 4, FINITE)),
    row("relu6", edges=(0.0, 6.0)),
    # PyTorch computes a sixth in single precision even for float64, and has no second derivative.
    row(
        "hardsigmoid",
        edges=(-3.0, 3.0),
        second=False,
        dtypes=[dtype for dtype in ALL if dtype is not torch.float64],
    ),
    row("hardswish", edges=(-3.0, 3.0)),
    row("leaky_relu", (0.2,), {"negative_slope": -0.5}),
    row("elu", (0.7,)),
    row("celu", (0.5,), errors=[S(T((2,)), 0.0)]),
    OpRow(
        "gelu",
        [*over(-4, 4, FINITE), *over(-4, 4, FINITE, approximate="tanh")],
        errors=[S(T((2,)), approximate="fast")],
    ),
    row("softplus", (2.0, 3.0), {"beta": 0.5}, edges=(20.0, 25.0)),
    row(
        "hardtanh",
        (-2.0, 0.5),
        edges=(-2.0, -1.0, 0.5, 1.0),
        errors=[S(T((2,)), 1.0, -1.0)],
        dtypes=[d for d in ALL if d is not torch.uint8],
    ),
    row("threshold", "required", (0.5, 2.0), edges=(0.5,)),
    row("softshrink", (1.0,), edges=(0.5, -0.5, 1.0), errors=[S(T((2,)), -1.0)]),
    row("hardshrink", (1.0,), edges=(0.5, -0.5, 1.0)),
    OpRow(
        "prelu",
        [
            S(T((2, 3, 2)), T((3,))),
            S(T((2, 3)), T((3,))),
            S(T((4,)), T((1,))),
            S(T(), T((1,))),
            S(T((0, 3)), T((3,))),
            S(POINTS.args[0], T((1,)), smooth=False),
        ],
        errors=[S(T((2, 3)), T((2,))), S(T((3,)), T((3,))), S(T((2, 3)), 0.5)],
    ),
]


class TestActivation(OpSuite):
    rows = ROWS
