"""Divergences, likelihoods, margins and sequences: losses that are neither regression nor plain classes."""

import math

import pytest
import torch

import synapgrad
import synapgrad.nn.functional as F
from synapgrad.autograd import gradcheck, gradgradcheck

from .harness import FLOATS, OpRow, OpSuite, S, T, to_synapgrad

REDUCTIONS = ("mean", "sum", "none")
I, TWO = torch.int64, FLOATS[:2]
X, Z, OTHER, VECTOR = T((3, 4)), T((3, 4)), T((2,)), T((4,))
SHARES = T((3, 4), low=0.1, high=1.0)
SIGNS = T(values=[1, -1, 1, 0], grad=False)
WRONG = dict(reduction="median")
NONE = T((0, 4))


def reduced(*arguments, **keywords):
    """A call with each reduction."""
    return [S(*arguments, reduction=reduction, **keywords) for reduction in REDUCTIONS]


def row(name, samples, errors, dtypes=FLOATS, **keywords):
    return OpRow(name, samples, dtypes, errors=errors, home="nn.functional", **keywords)


COUNTS = T((3, 4), low=0.0, high=4.0, grad=False)
RATES = T((3, 4), low=0.2, high=4.0)
VARIANCES = [T(shape, low=0.5, high=2.0) for shape in [(3, 4), (3, 1), (3,)]]
CLASSES = T((3,), I, values=[0, 3, 1])
LABELS = T((3, 4), I, values=[3, 0, -1, 1, 0, 2, 0, -1, -1, 0, 0, 0])
WEIGHT = T((4,), low=0.5, high=2.0, grad=False)

ROWS = [
    row(
        "kl_div",
        [
            *reduced(X, SHARES),
            S(X, SHARES, reduction="batchmean"),
            *reduced(X, Z, log_target=True),
            S(X, Z, reduction="batchmean", log_target=True),
            S(X, T((4,), low=0.1, high=1.0)),
            S(T(()), T((), low=0.1, high=1.0), reduction="batchmean"),
            S(X, T((3, 4), values=[0.0] * 5 + [1.0] * 7, grad=False)),
            *reduced(NONE, NONE, smooth=False),
        ],
        [S(X, OTHER), S(X, SHARES, **WRONG), S(T((2,), I), T((2,), I))],
    ),
    row(
        "poisson_nll_loss",
        [
            *reduced(X, COUNTS),
            *reduced(X, COUNTS, full=True),
            *reduced(RATES, COUNTS, log_input=False),
            S(RATES, COUNTS, log_input=False, full=True, eps=0.1),
            S(X, T((4,), low=1.5, high=4.0)),
            S(X, T((4,), low=1.5, high=4.0), full=True),
            *reduced(NONE, NONE, smooth=False),
        ],
        [S(X, OTHER), S(X, COUNTS, **WRONG)],
    ),
    row("poisson_nll_loss", [S(X, T((3, 4), I, low=0, high=4), full=True)], [], FLOATS[:1]),
    row(
        "gaussian_nll_loss",
        [
            *(sample for var in VARIANCES for sample in reduced(X, Z, var)),
            *reduced(X, Z, VARIANCES[0], full=True),
            S(X, Z, 0.5, full=True),
            S(X, VECTOR, VARIANCES[0]),
            # The derivative by a variance below eps is that at eps, which is no derivative.
            S(X, Z, T((3, 4), low=0.0, high=0.4), eps=0.5, smooth=False),
        ],
        [
            S(X, Z, T((3, 2))),
            S(X, Z, T((4,))),
            S(X, Z, T((3, 4), low=-2.0, high=-1.0)),
            S(X, Z, -1.0),
            S(X, Z, "1"),
            S(X, Z, VARIANCES[0], **WRONG),
        ],
        TWO,
    ),
    row(
        "hinge_embedding_loss",
        [
            *reduced(X, SIGNS),
            *reduced(X, SIGNS, margin=0.5),
            S(X, T((4,), I, values=[1, -1, 0, -1])),
            S(T((3,), I, values=[2, 0, -1]), T((3,), I, values=[1, -1, -1]), reduction="sum"),
            S(T((3,), I, values=[2, 0, -1]), T((3,), I, values=[1, -1, -1]), reduction="none"),
            *reduced(NONE, NONE, smooth=False),
        ],
        [S(X, OTHER), S(X, SIGNS, **WRONG), S(T((2,), I), T((2,), I))],
    ),
    row(
        "margin_ranking_loss",
        [
            *reduced(X, Z, T((3, 4), values=[1.0, -1.0] * 6, grad=False)),
            S(X, Z, T((3, 4)), margin=0.5),
            S(T((4,)), T((1,)), SIGNS, margin=0.1),
        ],
        [S(X, Z, OTHER), S(X, T((3, 5)), Z), S(X, Z, Z, **WRONG)],
    ),
    row(
        "soft_margin_loss",
        [
            *reduced(X, SIGNS),
            S(X, T((4,), I, values=[1, -1, 0, -1])),
            *reduced(NONE, T((0, 4), grad=False), smooth=False),
        ],
        [S(X, T((2,), grad=False)), S(X, SIGNS, **WRONG), S(T((2,), I), T((2,), I)), S(X, T((3, 4)))],
    ),
    row(
        "multilabel_soft_margin_loss",
        [
            *reduced(X, T((3, 4), low=0.0, high=1.0)),
            *reduced(X, T((3, 4), low=0.0, high=1.0), WEIGHT),
            S(T((2, 3, 4)), T((4,), low=0.0, high=1.0)),
            *reduced(VECTOR, T((4,), low=0.0, high=1.0)),
        ],
        [S(T(()), T(())), S(X, OTHER), S(X, Z, OTHER), S(X, Z, **WRONG)],
    ),
    row(
        "cosine_embedding_loss",
        [
            *reduced(X, Z, T((3,), I, values=[1, -1, 0])),
            *reduced(X, Z, T((3,), values=[-1, -1, 1], grad=False), margin=0.3),
            S(VECTOR, VECTOR, T((), I, values=-1), smooth=False),
        ],
        [
            S(X, Z, T((), I, values=1)),
            S(X, VECTOR, T((3,), I, values=[1, 1, 1])),
            S(X, T((2, 4)), T((3,), I, values=[1, 1, 1])),
            S(VECTOR, VECTOR, T((1,), I, values=[1])),
            S(X, Z, T((3,), I, values=[1, 1, 1]), **WRONG),
        ],
        TWO,
    ),
    row(
        "triplet_margin_loss",
        [
            *reduced(X, Z, T((3, 4), low=-1.0, high=1.0)),
            *reduced(X, Z, T((3, 4), low=-1.0, high=1.0), swap=True, margin=2.0),
            # PyTorch fails to derive the gradient of a sum of absolute values once more.
            S(X, Z, T((1, 4)), p=1, margin=3.0, smooth=False),
            S(X, Z, T((3, 4), low=-1.0, high=1.0), p=3.0, eps=0.1),
            S(VECTOR, VECTOR, T((4,), low=-1.0, high=0.0)),
        ],
        [
            S(X, Z, VECTOR),
            S(X, Z, T((3, 5))),
            S(X, Z, X, margin=0.0),
            S(X, Z, X, **WRONG),
        ],
        TWO,
    ),
    row(
        "triplet_margin_with_distance_loss",
        [
            *reduced(X, Z, T((3, 4), low=-1.0, high=1.0)),
            *reduced(X, Z, T((3, 4), low=-1.0, high=1.0), swap=True, margin=2.0),
            S(X, Z, X, swap=True, distance_function=lambda x, z: ((x - z) * (x - z)).sum(-1)),
        ],
        [S(X, Z, VECTOR), S(X, Z, X, margin=-1.0), S(X, Z, X, **WRONG)],
        TWO,
    ),
    row(
        "multi_margin_loss",
        [
            *reduced(X, CLASSES),
            *reduced(X, CLASSES, p=2, margin=0.5, weight=WEIGHT),
            S(VECTOR, T((), I, values=2), reduction="none"),
            S(VECTOR, T((1,), I, values=[2]), weight=WEIGHT, reduction="none"),
            S(T(()), T((), I, values=0)),
        ],
        [
            S(X, CLASSES, p=3),
            S(X, CLASSES, weight=T((3,), grad=False)),
            S(X, CLASSES, weight=T((2, 2), grad=False)),
            S(X, CLASSES, weight=VECTOR),
            S(X, CLASSES, weight=T((4,), torch.float64, grad=False)),
            S(X, T((3,), I, values=[0, 1, 4])),
            S(X, T((2,), I, values=[0, 1])),
            S(X, T((3,), torch.int32, values=[0, 1, 2])),
            S(T((3, 4, 5)), T((3,), I, values=[0, 1, 2])),
            S(T((2, 0)), T((2,), I, values=[0, 0])),
            S(X, CLASSES, **WRONG),
        ],
        FLOATS,
        second=False,
    ),
    row(
        "multilabel_margin_loss",
        [
            *reduced(X, LABELS),
            S(VECTOR, T((4,), I, values=[2, 2, -1, 0]), reduction="none"),
            S(T(()), T((), I, values=0)),
        ],
        [
            S(VECTOR, LABELS),
            S(X, T((2, 4), I)),
            S(X, T((3, 4), torch.int32, low=0, high=3)),
            S(X, T((3, 4), I, values=[4] * 12)),
            S(X, T((3, 4), I, values=[-2] * 12)),
            S(X, LABELS, **WRONG),
        ],
        FLOATS,
        second=False,
    ),
]


@pytest.mark.filterwarnings("ignore:.*reduction.*mean.*divides")
class TestMarginLoss(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("p", [1, 2])
def test_multi_margin_has_second_derivatives_here(p):
    x = to_synapgrad(torch.linspace(-2, 2, 12, dtype=torch.float64).reshape(3, 4).requires_grad_())
    target = synapgrad.tensor([0, 3, 1])
    assert gradcheck(lambda x: F.multi_margin_loss(x, target, p), (x,))
    assert gradgradcheck(lambda x: F.multi_margin_loss(x, target, p), (x,))


def test_soft_margin_stays_finite():
    """PyTorch's overflows: e¹⁰⁰ has no place in float32."""
    x = synapgrad.tensor([-100.0, 100.0], requires_grad=True)
    loss = F.soft_margin_loss(x, synapgrad.tensor([1.0, 1.0]), reduction="sum")
    loss.backward()
    assert loss.item() == 100 and x.grad.tolist() == pytest.approx([-1, 0])


# ---- sequences ----

PADDED = torch.tensor([[1, 2, 2], [3, 1, 4]])


def spelled(targets, times, sizes, dtype=torch.float64, shape=(6, 2, 5), **options):
    """Loss and gradient of random scores in both libraries."""
    torch.manual_seed(1)
    scores = torch.randn(shape, dtype=dtype)
    results = []
    for library in (torch, synapgrad):
        x = scores.clone().requires_grad_() if library is torch else to_synapgrad(scores).requires_grad_()
        spell = library.nn.functional.ctc_loss
        arguments = [targets, times, sizes]
        if library is synapgrad:
            arguments = [to_synapgrad(a) if isinstance(a, torch.Tensor) else a for a in arguments]
        logs = library.log_softmax(x, -1)
        logs.retain_grad()
        loss = spell(logs, *arguments, **options)
        (loss * loss).sum().backward()
        results.append([torch.tensor(t.tolist(), dtype=torch.float64) for t in (loss, x.grad, logs.grad)])
    return results


@pytest.mark.parametrize("dtype", TWO)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(
    ("targets", "times", "sizes", "options"),
    [
        (PADDED, (6, 5), (3, 2), {}),
        (PADDED, torch.tensor([6, 5]), torch.tensor([3, 2]), {}),
        (PADDED.int(), torch.tensor([6, 3]).int(), torch.tensor([1, 0]), {}),
        (torch.tensor([1, 2, 2, 3, 1]), (6, 5), (3, 2), {}),
        (torch.tensor([[0, 2, 3], [3, 1, 1]]), (4, 6), (2, 3), dict(blank=4)),
        (PADDED, (2, 5), (3, 2), dict(zero_infinity=True)),
    ],
)
def test_ctc(targets, times, sizes, options, reduction, dtype):
    theirs, ours = spelled(targets, times, sizes, dtype, reduction=reduction, **options)
    for a, b in zip(theirs, ours):
        precision = (1e-9, 1e-11) if dtype is torch.float64 else (1e-4, 1e-5)
        torch.testing.assert_close(b, a, rtol=precision[0], atol=precision[1])


def test_ctc_without_a_batch():
    theirs, ours = spelled(PADDED[0], (6,), (3,), shape=(6, 5), reduction="none")
    for a, b in zip(theirs, ours):
        torch.testing.assert_close(b, a)


def test_ctc_of_the_impossible_is_infinite():
    logs = synapgrad.ones(2, 1, 3, requires_grad=True)
    loss = F.ctc_loss(logs.log_softmax(-1), synapgrad.tensor([[1, 1]]), (2,), (2,))
    loss.backward()
    assert loss.item() == math.inf and logs.grad.isnan().all()


def test_ctc_derivative_and_difference_quotient():
    x = to_synapgrad(torch.randn(4, 2, 3, dtype=torch.float64).requires_grad_())
    target = synapgrad.tensor([[1, 2], [2, 2]])
    assert gradcheck(lambda x: F.ctc_loss(x.log_softmax(-1), target, (4, 3), (2, 2)), (x,))
    loss = F.ctc_loss(x.log_softmax(-1), target, (4, 3), (2, 2))
    (gradient,) = synapgrad.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="not implemented"):
        gradient.sum().backward()


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        (dict(reduction="foo"), "foo"),
        (dict(targets=torch.tensor([1, 2, 2, 3])), "targets"),
        (dict(targets=PADDED[:1]), "targets"),
        (dict(targets=PADDED[None]), "targets"),
        (dict(input_lengths=torch.tensor([6.0, 5.0]), target_lengths=torch.tensor([3, 2])), "integral"),
        (dict(input_lengths=(6,)), "input_lengths"),
        (dict(input_lengths=(7, 5)), "input_lengths"),
        (dict(input_lengths=(6, -5)), "input_lengths"),
        (dict(target_lengths=(3, 2, 1)), "target_lengths"),
        (dict(target_lengths=(4, 2)), "ctc_loss"),
        (dict(target_lengths=(3, -1)), "target_lengths"),
        (dict(blank=5), "blank"),
        (dict(blank=-1), "blank"),
        (dict(log_probs=torch.zeros(6, 2, 5).half()), "ctc_loss"),
        (dict(log_probs=torch.zeros(6, 2, 5).long()), "ctc_loss"),
        (dict(log_probs=torch.zeros(5)), "log_probs"),
        (
            dict(log_probs=torch.zeros(6, 0, 5), targets=PADDED[:0], input_lengths=(), target_lengths=()),
            "empty",
        ),
        (dict(input_lengths=6, target_lengths=3), ""),
        (
            dict(log_probs=torch.zeros(6, 5), targets=PADDED[0], input_lengths=(6,), target_lengths=(2,)),
            "target",
        ),
    ],
)
def test_ctc_refusals(change, fragment):
    arguments = dict(
        log_probs=torch.zeros(6, 2, 5), targets=PADDED, input_lengths=(6, 5), target_lengths=(3, 2)
    )
    arguments |= change
    with pytest.raises(Exception) as theirs:
        torch.nn.functional.ctc_loss(**arguments)
    mine = {k: to_synapgrad(v) if isinstance(v, torch.Tensor) else v for k, v in arguments.items()}
    with pytest.raises(Exception, match=fragment) as ours:
        F.ctc_loss(**mine)
    assert isinstance(ours.value, theirs.type)


@pytest.mark.parametrize("label", [-1, 5])
def test_ctc_refuses_letters_that_are_no_classes(label):
    """PyTorch reads what lies beside the row."""
    targets = synapgrad.tensor([[1, label]])
    with pytest.raises(RuntimeError, match="between 0 and 4"):
        F.ctc_loss(synapgrad.zeros(6, 1, 5), targets, (6,), (2,))
