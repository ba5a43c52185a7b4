"""Losses.

PyTorch's are functions of `nn.functional` and have no methods. A warning that operands are broadcast is
tested in tests/nn.
"""

import math

import pytest
import torch

import synapgrad.nn.functional as F
from synapgrad.autograd import gradcheck, gradgradcheck

from .harness import FLOATS, OpRow, OpSuite, S, T, make, to_synapgrad

REDUCTIONS = ("mean", "sum", "none")
#: Inputs and targets of one shape, and some that broadcast.
PAIRS = [(T(shape), T(shape)) for shape in [(3, 4), (2, 3, 2), ()]]
NONE = T((0, 3)), T((0, 3))
BROADCAST = [(T((3, 4)), T((4,))), (T((3, 1)), T((2, 1, 4))), (T(), T((3,)))]
X, WHOLE, OTHER = T((3, 4)), T((3, 4), torch.int64), T((2,))
INF, NAN = math.inf, math.nan
#: Equal elements, elements as far apart as the bends of huber and smooth L1, and no numbers.
EDGES = (
    T(values=[1.0, 1.0, 1.0, 1.0, -2.0, INF, INF, NAN]),
    T(values=[1.0, 2.0, 0.0, 1.5, 1.0, INF, 0.0, 1.0]),
)


def reduced(*arguments, **keywords):
    """A call with each reduction."""
    return [S(*arguments, reduction=reduction, **keywords) for reduction in REDUCTIONS]


def regression(name, *options, dtypes=FLOATS, errors=(), **keywords):
    """A loss of numbers and numbers that broadcast, with each of the options."""
    samples = [sample for pair in PAIRS for sample in reduced(*pair)]
    samples += [S(*pair) for pair in BROADCAST]
    samples += reduced(*NONE, smooth=False)  # the mean of none is NaN
    samples += [sample for option in options for sample in reduced(X, T((3, 4)), **option)]
    samples += [
        S(*EDGES, reduction="none", smooth=False, **option)
        for option in ({}, *options)
        if name == "mse_loss" or "weight" not in option
    ]
    wrong = [S(X, OTHER), S(X, X, reduction="median"), S(X)]
    return OpRow(name, samples, dtypes, errors=[*wrong, *errors], home="nn.functional", **keywords)


def chances(shape):
    """Probabilities inside (0, 1), and targets between 0 and 1."""
    return T(shape, low=0.1, high=0.9), T(shape, low=0.0, high=1.0)


P, Y = chances((3, 4))
#: Certain and wrong, certain and right, and in doubt.
CERTAIN = [T(values=v, grad=False) for v in ([0.0, 0.0, 1.0, 1.0, 0.5], [0.0, 1.0, 0.0, 1.0, 0.25])]
#: So far from 0 that σ(x) is 0 or 1.
FAR = T(values=[0.0, 30.0, -30.0, 200.0, -200.0, INF]), T(values=[0.5, 1.0, 1.0, 0.0, 0.0, 1.0])
#: PyTorch has no derivative by these.
WEIGHTS = [T(shape, low=0.5, high=2.0, grad=False) for shape in [(3, 4), (4,), (3, 1)]]

ROWS = [
    regression(
        "mse_loss",
        {"weight": T((3, 4), low=0.5, high=2.0)},
        errors=[S(X, X, weight=T((4,))), S(WHOLE, WHOLE)],
    ),
    # PyTorch fails to derive the gradient of a sum of absolute values once more.
    regression(
        "l1_loss",
        {"weight": T((3, 4), low=0.5, high=2.0)},
        errors=[S(WHOLE, WHOLE), S(X, X, weight=T((4,)))],
        second=False,
    ),
    regression(
        "smooth_l1_loss",
        {"beta": 0.5},
        {"beta": 2.0},
        errors=[S(X, X, beta=-1.0), S(WHOLE, WHOLE)],
    ),
    OpRow("smooth_l1_loss", reduced(X, X, beta=0.0), FLOATS, home="nn.functional", second=False),
    regression(
        "huber_loss",
        {"delta": 0.5},
        {"delta": 2.0},
        {"weight": T((3, 4), low=0.5, high=2.0)},
        errors=[S(X, X, delta=0.0), S(X, X, delta=-1.0), S(X, X, weight=T((4,)))],
    ),
    OpRow(
        "binary_cross_entropy",
        [
            *reduced(P, Y),
            *(S(P, Y, weight, reduction=r) for weight, r in zip(WEIGHTS, REDUCTIONS)),
            *(S(*chances(shape)) for shape in [(2, 3, 2), ()]),
            *reduced(*NONE, smooth=False),
            S(*CERTAIN, reduction="none", smooth=False),
            S(*CERTAIN, smooth=False),
        ],
        FLOATS,
        errors=[
            S(P, OTHER),
            S(P, T((4,))),
            S(X, Y),
            S(T(values=[NAN]), T(values=[1.0])),
            S(P, Y, T((2,))),
            S(P, Y, reduction="median"),
            S(P, T((3, 4), torch.float64)),
        ],
        home="nn.functional",
    ),
    # At the ends the gradient is divided by 10⁻¹², which other dtypes than float32 round or lose.
    OpRow(
        "binary_cross_entropy",
        [S(*(T(values=t.values) for t in CERTAIN), reduction="none", smooth=False)],
        (torch.float32,),
        home="nn.functional",
    ),
    OpRow(
        "binary_cross_entropy_with_logits",
        [
            *reduced(X, Y),
            *(S(X, Y, weight, reduction=r) for weight, r in zip(WEIGHTS, REDUCTIONS)),
            *(S(X, Y, pos_weight=weight, reduction=r) for weight, r in zip(WEIGHTS, REDUCTIONS)),
            *reduced(X, Y, WEIGHTS[0], pos_weight=WEIGHTS[1]),
            *(S(T(shape), chances(shape)[1]) for shape in [(2, 3, 2), ()]),
            *reduced(*NONE, smooth=False),
            S(*FAR, reduction="none", smooth=False),
        ],
        FLOATS,
        errors=[
            S(X, OTHER),
            S(X, T((4,))),
            S(X, Y, T((2,))),
            S(X, Y, pos_weight=T((2,))),
            S(X, Y, reduction="median"),
        ],
        home="nn.functional",
    ),
]


@pytest.mark.filterwarnings("ignore:.*Using a target size")
class TestLoss(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights_have_derivatives_here(reduction):
    def tensor(low, high):
        shape = T((3, 4), low=low, high=high)
        return to_synapgrad(make(shape, torch.float64, f"{low}"))

    p, y, w, v = tensor(0.1, 0.9), tensor(0.0, 1.0), tensor(0.5, 2.0), tensor(0.7, 3.0)
    losses = [
        lambda *args: F.binary_cross_entropy(*args, reduction=reduction),
        lambda x, y, w, v: F.binary_cross_entropy_with_logits(x, y, w, pos_weight=v, reduction=reduction),
    ]
    for loss, arguments in zip(losses, [(p, y, w), (p, y, w, v)]):
        assert gradcheck(loss, arguments)
        assert gradgradcheck(loss, arguments)
