"""Negative log likelihood and cross entropy beside PyTorch's."""

import pytest
import torch

import synapgrad
import synapgrad.nn.functional as ours

from .harness import FLOATS, OpRow, OpSuite, S, T

I = torch.int64


def classes(shape, values, dtype=I):
    """A target of classes; `values` may contain an index that is ignored."""
    return T(shape, dtype, values=values)


X = T((5, 4))
Y = classes((5,), [0, 3, 1, 1, 2])
MAP = T((2, 3, 2, 2))
SPOTS = classes((2, 2, 2), [0, 2, 1, 1, 0, 0, 2, 1])
#: More classes than fit into a vector register, more positions than are taken together.
MANY = T((3, 37))
LONG = T((1, 3, 70))
ONES = classes((1, 70), [1] * 70)
WEIGHT = T((4,), low=0.2, high=2.0, grad=False)
WEIGHT3 = T((3,), low=0.2, high=2.0, grad=False)
IGNORED = classes((5,), [0, -100, 1, 2, -100])
SOME = [
    S(X, Y),
    *[S(X, Y, weight=WEIGHT, reduction=r) for r in ("mean", "sum", "none")],
    *[S(X, IGNORED, reduction=r) for r in ("mean", "none")],
    S(X, Y, weight=WEIGHT, ignore_index=1),
    S(X, classes((5,), [0, 1, 2, 3, 0], torch.uint8)),
    S(MANY, classes((3,), [36, 0, 17])),
    S(T((4,)), T((), I, values=2)),
    # PyTorch has no gradient of this.
    S(T((4,), grad=False), classes((1,), [3]), weight=WEIGHT, reduction="none"),
    S(T((0, 4)), T((0,), I), reduction="sum"),
    S(T((0, 4)), T((0,), I), reduction="none"),
]
MAPS = [
    *[S(MAP, SPOTS, reduction=r) for r in ("mean", "sum", "none")],
    S(MAP, SPOTS, weight=WEIGHT3, ignore_index=0),
    S(LONG, ONES, weight=WEIGHT3),
    S(T((2, 3, 2)), classes((2, 2), [0, 2, -100, 1]), reduction="none"),
]
ERRORS = [
    S(T((3, 4)), T((2,), I, values=[0, 1])),
    S(T((3, 4)), T((3, 1), I, values=[0, 1, 0])),
    S(T((3, 4)), T((3,), I, values=[0, 4, 0])),
    S(T((3, 4)), T((3,), I, values=[0, -1, 0])),
    S(T((3, 4)), T((3,), torch.float32)),
    S(T((3, 4)), T((3,), torch.int32, values=[0, 1, 0])),
    S(T((3, 4)), T((3,), I, values=[0, 1, 0]), weight=T((3,), grad=False)),
    S(T((3, 4)), T((3,), I, values=[0, 1, 0]), weight=T((1, 4), grad=False)),
    S(T((3, 4)), T((3,), I, values=[0, 1, 0]), weight=T((4,), torch.float64, grad=False)),
    S(T((3, 4)), T((3,), I, values=[0, 1, 0]), weight=T((4,))),
    S(T((3, 4, 5)), T((3, 4), I, low=0, high=2)),
    S(T((3, 4, 5, 2)), T((3, 4, 2), I, low=0, high=2)),
    S(T((3, 4, 5, 2)), T((2, 5, 2), I, low=0, high=2)),
    S(T((3, 4, 5, 2)), T((3, 5), I, low=0, high=2)),
    S(T((4,)), T((2,), I, values=[0, 1])),
    S(T((2, 3), I), T((2,), I, values=[0, 1])),
]
SHARES = T((5, 4), low=0.0, high=1.0)
SMOOTH = dict(label_smoothing=0.2)

#: Options, each once; and what runs through all dtypes and memory layouts.
OPTIONS = [
    *[S(X, Y, weight=WEIGHT, reduction=r, **SMOOTH) for r in ("mean", "sum", "none")],
    S(X, IGNORED, weight=WEIGHT, **SMOOTH),
    S(X, IGNORED, reduction="none", **SMOOTH),
    S(MAP, SPOTS, weight=WEIGHT3, ignore_index=2, **SMOOTH),
    S(LONG, ONES, reduction="none", **SMOOTH),
    S(X, Y, label_smoothing=1.0),
    S(T((4,)), T((), I, values=2), **SMOOTH),
    *[S(X, SHARES, reduction=r) for r in ("mean", "sum", "none")],
    S(X, SHARES, weight=WEIGHT, **SMOOTH),
    S(X, SHARES, weight=T((4,), low=0.2, high=2.0), reduction="none"),
    S(MANY, T((3, 37), low=0.0, high=1.0, grad=False)),
    *[S(MAP, T((2, 3, 2, 2), low=0.0, high=1.0), reduction=r, **SMOOTH) for r in ("mean", "none")],
    S(LONG, T((1, 3, 70), low=0.0, high=1.0), weight=WEIGHT3),
    S(T((4,)), T((4,), low=0.0, high=1.0)),
    S(T((0, 4)), T((0, 4)), smooth=False),
]
THROUGH = [S(X, Y, weight=WEIGHT), S(X, IGNORED, reduction="none")]
TWO = FLOATS[:2]

ROWS = [
    OpRow("nll_loss", THROUGH, dtypes=FLOATS, errors=[*ERRORS, S(T(()), T((), I, values=0))]),
    # PyTorch's gradient of a map refuses inputs that are not contiguous.
    OpRow("nll_loss", [*SOME, *MAPS], dtypes=TWO, layouts=False),
    OpRow(
        "cross_entropy",
        [*THROUGH, S(MAP, SPOTS), S(X, SHARES, **SMOOTH)],
        dtypes=FLOATS,
        errors=[
            *ERRORS,
            S(T(()), T((), values=0.5)),
            S(T(()), T((), I, values=0)),
            S(T(()), T((1,), I, values=[0])),
            S(T((3, 4)), T((3, 4), I)),
            S(T((3, 4)), T((3, 4)), weight=T((3,))),
            S(T((3, 4)), T((3, 4)), ignore_index=2),
            S(T((3, 4)), T((3, 4)), label_smoothing=1.5),
            S(T((3, 4)), T((3,), I, values=[0, 1, 9]), label_smoothing=0.1),
        ],
    ),
    OpRow("cross_entropy", [*SOME, *MAPS, *OPTIONS], dtypes=TWO, layouts=False),
]


class TestClassificationLosses(OpSuite):
    rows = ROWS


@pytest.mark.parametrize(
    ("name", "options"), [("nll_loss", {}), ("cross_entropy", {}), ("cross_entropy", SMOOTH)]
)
@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 5), (4,)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_nothing_but_ignored_targets_has_no_mean(name, options, shape, create_graph):
    """But a gradient of 0, and so has that."""
    results = []
    for lib in (torch, synapgrad):
        x = lib.ones(*shape, requires_grad=True)
        at = lib.full(shape[:1] + shape[2:] if len(shape) > 1 else (), 2)
        loss = getattr(lib.nn.functional, name)(x, at, ignore_index=2, **options)
        assert loss.isnan()
        (gradient,) = lib.autograd.grad(loss, x, create_graph=create_graph)
        results.append([gradient.tolist()])
        if create_graph and name == "cross_entropy":
            results[-1].append(lib.autograd.grad(gradient.sum(), x)[0].tolist())
    assert results[0] == results[1]


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_targets_without_weight_have_no_mean(weights, smoothing):
    for lib in (torch, synapgrad):
        x = lib.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
        loss = lib.nn.functional.cross_entropy(
            x, lib.tensor([0]), weight=lib.tensor(weights), label_smoothing=smoothing
        )
        loss.backward()
        assert loss.isnan() and x.grad.isnan().all()


@pytest.mark.parametrize(
    ("name", "reduction"), [("nll_loss", "sum"), *(("cross_entropy", r) for r in ("mean", "sum", "none"))]
)
def test_a_loss_beyond_the_range_of_its_dtype_is_infinite(name, reduction):
    results = []
    for lib in (torch, synapgrad):
        x = lib.tensor([[-6e4, 6e4], [-6e4, 6e4]], dtype=lib.float16, requires_grad=True)
        loss = getattr(lib.nn.functional, name)(x, lib.tensor([0, 0]), reduction=reduction)
        loss.sum().backward()
        results.append([loss.dtype == lib.float16, loss.tolist(), x.grad.tolist()])
    assert results[0] == results[1]


def test_negative_smoothing_is_refused():
    """PyTorch takes it for none."""
    with pytest.raises(RuntimeError, match="between 0.0 and 1.0"):
        ours.cross_entropy(synapgrad.ones(3, 4), synapgrad.tensor([0, 1, 2]), label_smoothing=-0.1)
