"""Losses.

PyTorch's are functions of `nn.functional` and have no methods. A warning that operands are broadcast is
tested in tests/nn.
"""

import itertools
import math

import pytest
import torch

import synapgrad
import synapgrad.nn.functional as F

from .harness import (
    FLOATS,
    OpRow,
    OpSuite,
    S,
    T,
    attempt,
    dtype,
    failed_alike,
    make,
    same,
    same_gradients,
    to_synapgrad,
    to_torch,
)

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
            S(P, Y, T((3, 4), low=0.5, high=2.0)),
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
            S(X, Y, pos_weight=T((2,), grad=False)),
            S(X, Y, T((3, 4), low=0.5, high=2.0)),
            S(X, Y, pos_weight=T((4,), low=0.5, high=2.0)),
            S(X, WHOLE),
            S(X, Y, reduction="median"),
        ],
        home="nn.functional",
    ),
]


@pytest.mark.filterwarnings("ignore:.*Using a target size")
class TestLoss(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["huber_loss", "smooth_l1_loss"])
def test_second_derivatives_at_bends(name, reduction):
    x = make(T(values=[1.0, -1.0, 0.5, 2.0, -2.0, 0.0]), torch.float64, "")
    y, mine = torch.zeros_like(x), to_synapgrad(x)
    expected = getattr(torch.nn.functional, name)(x, y, reduction=reduction)
    got = getattr(F, name)(mine, to_synapgrad(y.detach()), reduction=reduction)
    same_gradients(expected, got, [(x, mine)], name, second=True)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_hinges_at_their_bends(reduction):
    """A pair that is exactly as far apart as the margin says is not pushed."""
    ones, y = T(values=[1.0, 1.0, 1.0]), [1.0, -1.0, 0.0]
    for name, tensors, more in [
        ("hinge_embedding_loss", [ones], ()),
        ("margin_ranking_loss", [ones, T(values=[1.0, 1.0, 1.5])], ()),
        ("margin_ranking_loss", [ones, T(values=[0.5, 1.5, 1.5])], (0.5,)),
    ]:
        theirs = [make(t, torch.float32, "") for t in tensors]
        ours = [to_synapgrad(t) for t in theirs]
        expected = getattr(torch.nn.functional, name)(*theirs, torch.tensor(y), *more, reduction=reduction)
        got = getattr(F, name)(*ours, synapgrad.tensor(y), *more, reduction=reduction)
        same(expected.detach(), got.detach(), name)
        same_gradients(expected, got, list(zip(theirs, ours)), name, second=False)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "poisson_nll_loss"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("type_", FLOATS, ids=str)
def test_a_loss_beyond_the_range_of_its_dtype_is_infinite(name, reduction, type_):
    large = 0.5 * torch.finfo(type_).max
    x, y = T(values=[large, -large, large]), T(values=[-large / 2, large / 4, 0.0])
    theirs = make(x, type_, ""), make(y, type_, "")
    ours = to_synapgrad(theirs[0]), to_synapgrad(theirs[1])
    expected = getattr(torch.nn.functional, name)(*theirs, reduction=reduction)
    got = getattr(F, name)(*ours, reduction=reduction)
    if reduction == "sum":
        assert got.isinf()
    # PyTorch adds float32 in float32 and so may be infinite where the mean is in range.
    if got.isinf().all():
        same(expected.detach(), got.detach(), name)
    if name == "l1_loss":
        same_gradients(expected, got, list(zip(theirs, ours)), name, second=False)


#: Losses, some of which have the dtype of one operand, some that in which both meet.
TWO_DTYPES = (
    "mse_loss l1_loss smooth_l1_loss huber_loss kl_div soft_margin_loss hinge_embedding_loss "
    "binary_cross_entropy binary_cross_entropy_with_logits multilabel_soft_margin_loss"
).split()


@pytest.mark.parametrize("name", TWO_DTYPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.filterwarnings("ignore:.*divides:UserWarning")
def test_operands_of_two_dtypes(name, reduction):
    dtypes = (*FLOATS, torch.int64, torch.uint8, torch.bool)
    for first, second in itertools.product(dtypes, dtypes):
        x, y = make(T((2, 3), low=0.1, high=0.9), first, "x"), make(T((2, 3), low=0, high=1), second, "y")
        y = y.detach()
        mine = to_synapgrad(x)
        what = f"{name} of {first} and {second}"
        expected = attempt(getattr(torch.nn.functional, name), x, y, reduction=reduction)
        got = attempt(getattr(F, name), mine, to_synapgrad(y), reduction=reduction)
        if failed_alike(expected, got, what):
            continue
        assert dtype(expected) == got.dtype, what
        # PyTorch computes some steps in the one dtype and some in the other.
        precision = max(torch.finfo(d).eps for d in (first, second, torch.float64) if d in FLOATS)
        expected, value = expected.detach().double(), to_torch(got.detach()).double()
        torch.testing.assert_close(value, expected, rtol=4 * precision, atol=4 * precision, msg=what)
        if first in FLOATS:
            got.sum().backward()
            assert mine.grad.dtype == mine.dtype, what


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_chances_of_infinite_scores(reduction):
    for target in (0.0, 0.25, 1.0):
        for x in (INF, -INF):
            theirs = torch.tensor([[x, 1.0]], requires_grad=True)
            ours = to_synapgrad(theirs)
            losses = []
            for lib, x_ in ((torch, theirs), (synapgrad, ours)):
                y = lib.tensor([[target, 1.0]])
                losses.append(lib.nn.functional.multilabel_soft_margin_loss(x_, y, reduction=reduction))
            same(losses[0].detach(), losses[1].detach(), f"{x} at {target}")
            same_gradients(*losses, [(theirs, ours)], f"{x} at {target}", second=False)
