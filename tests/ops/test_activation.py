"""Activation functions."""

import math

import pytest
import torch

import synapgrad
import synapgrad.nn.functional as F

from .harness import ALL, FLOATS, INTS, OpRow, OpSuite, S, T, make, same, same_gradients, to_synapgrad
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
    ),
    OpRow("hardtanh", [S(T((3, 4)), low, high) for low, high in [(-300, 2), (-2.5, 1.5), (1, 500)]], INTS),
    row("threshold", "required", (0.5, 2.0), (-1, -3), edges=(0.5,)),
    *[
        OpRow("threshold", [S(T((3, 4)), *numbers, smooth=False)], ALL[:-1])
        for numbers in [(1, 300), (300, 1), (1, -200), (1, 1e6), (1e6, 1), (1, 1e30)]
    ],
    OpRow(
        "glu",
        [S(T((3, 4))), S(T((4, 3, 2)), 0), S(T((2, 6)), dim=1), S(T((0, 4)))],
        errors=[S(T((3, 3))), S(T(())), S(T((2, 2)), 2)],
    ),
    OpRow(
        "gumbel_softmax",
        [S(T((3, 4))), S(T((3, 4)), 0.5, dim=0), S(T((3, 4)), hard=True, smooth=False)],
        FLOATS,
        errors=[S(T((3, 4)), dim=2), S(T((2,), torch.int64))],
        home="nn.functional",
        layouts=False,
    ),
    row("rrelu", (0.1, 0.3), (0.2, 0.2), errors=[S(T((2,)), 0.5, 0.1), S(T((2,)), 0.5, 0.1, True)]),
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


@pytest.mark.parametrize("name", ["elu", "selu", "celu"])
@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
def test_second_derivatives_of_exponentials(name, dtype):
    """Where eˣ overflows, and at the bend."""
    values = [-math.inf, -1e4, -1.0, -0.0, 0.0, 1.0, 100.0, 1e4, math.inf, math.nan]
    theirs = make(T(values=values), dtype, "x")
    ours = to_synapgrad(theirs)
    expected, got = getattr(torch.nn.functional, name)(theirs), getattr(F, name)(ours)
    same_gradients(expected, got, [(theirs, ours)], name, second=True)


def test_second_derivative_of_prelu_at_the_bend():
    results = []
    for lib in (torch, synapgrad):
        x = lib.tensor([0.0, 1.0, -1.0], requires_grad=True)
        w = lib.tensor([0.25], requires_grad=True)
        (slope,) = lib.autograd.grad(lib.nn.functional.prelu(x, w).sum(), w, create_graph=True)
        results.append([slope.tolist(), lib.autograd.grad(slope, x)[0].tolist()])
    assert results[0] == results[1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
@pytest.mark.parametrize("transposed", [False, True])
def test_random_slopes(dtype, transposed):
    theirs = make(T((5, 7)), dtype, "x")
    theirs = theirs.detach().t().requires_grad_() if transposed else theirs
    ours = to_synapgrad(theirs)
    for bounds in ((1 / 8, 1 / 3), (0.25, 0.25)):
        torch.manual_seed(2)
        synapgrad.manual_seed(2)
        expected = torch.rrelu(theirs, *bounds, True)
        got = synapgrad.rrelu(ours, *bounds, True)
        same(expected, got, "rrelu")
        same_gradients(expected, got, [(theirs, ours)], "rrelu", second=False)
        a, b = theirs.detach().clone(), to_synapgrad(theirs.detach())
        same(torch.rrelu_(a, *bounds, True), synapgrad.rrelu_(b, *bounds, True), "rrelu_")
    assert torch.get_rng_state().tolist() == synapgrad.get_rng_state().tolist()


@pytest.mark.parametrize("dtype", FLOATS[:2], ids=str)
@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("dim", [-1, 0])
def test_gumbel_softmax(dtype, hard, dim):
    theirs = make(T((4, 6)), dtype, "x")
    ours = to_synapgrad(theirs)
    torch.manual_seed(2)
    synapgrad.manual_seed(2)
    expected = torch.nn.functional.gumbel_softmax(theirs, 0.7, hard, dim=dim)
    got = F.gumbel_softmax(ours, 0.7, hard, dim=dim)
    same(expected, got, "gumbel_softmax")
    same_gradients(expected, got, [(theirs, ours)], "gumbel_softmax", second=False)
    with pytest.warns(UserWarning, match="eps"):
        F.gumbel_softmax(ours, eps=1.0)
