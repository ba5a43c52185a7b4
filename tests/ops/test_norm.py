"""Normalisation."""

from math import inf as INF
from math import nan as NAN

import pytest
import torch
import torch.nn.functional as F

import synapgrad
from synapgrad import _C

from .harness import FLOATS, OpRow, OpSuite, S, T, attempt, failed_alike, make, same, to_synapgrad

SOME = (*FLOATS, torch.int64)
X, W, B = T((4, 3, 5)), T((3,)), T((3,))
LONG = T((3, 2, 40))
MEAN, VAR = T((3,), grad=False), T((3,), low=0.5, high=2.0, grad=False)
BATCH = (0.1, 1e-5, True)

ROWS = [
    OpRow(
        "batch_norm",
        [
            S(X, W, B, None, None, True, *BATCH),
            S(X, W, None, MEAN, VAR, False, *BATCH),
            S(X, None, None, MEAN, VAR, False, *BATCH),
            S(LONG, T((2,)), T((2,)), None, None, True, *BATCH),
            S(LONG, T((2,)), T((2,)), T((2,), grad=False), T((2,), low=0.5, grad=False), False, *BATCH),
            S(T((2, 1, 3, 7)), None, None, None, None, True, *BATCH),
        ],
        SOME,
        errors=[
            S(X, T((2,)), None, None, None, True, *BATCH),
            S(X, W, T((5,)), None, None, True, *BATCH),
            S(X, W, B, None, None, False, *BATCH),
            S(X, W, B, T((2,)), VAR, True, *BATCH),
            *(S(X, W, B, T((3,)), VAR, training, *BATCH) for training in (True, False)),
            *(S(X, W, B, MEAN, T((3,), low=0.5), training, *BATCH) for training in (True, False)),
            S(T((3,)), None, None, None, None, True, *BATCH),
            S(X, T((3,), torch.float64), None, None, None, True, *BATCH),
        ],
    ),
    # Without a weight, PyTorch forgets the bias in the second derivative.
    OpRow("batch_norm", [S(X, None, B, None, None, True, *BATCH)], FLOATS, second=False),
    OpRow("layer_norm", [S(T((40, 6)), (6,), None, T((6,)))], FLOATS, second=False),
    # Of equal rows, which an expanded tensor has, the variance is 0 and only rounding is left.
    OpRow("batch_norm", [S(T((70, 3)), W, B, None, None, True, *BATCH)], FLOATS, layouts=False),
    OpRow("batch_norm", [S(T((0, 3)), W, B, None, None, True, *BATCH)], FLOATS[:2], layouts=False),
    OpRow(
        "instance_norm",
        [
            S(X, W, B, None, None, True, *BATCH),
            S(LONG, None, None, None, None, True, *BATCH),
            S(X, W, B, MEAN, VAR, False, *BATCH),
            S(T((2, 3, 4, 6)), W, B, None, None, True, *BATCH),
        ],
        FLOATS,
        errors=[
            S(X, T((2,)), None, None, None, True, *BATCH),
            S(X, None, None, None, None, False, *BATCH),
            S(X, None, None, T((2,)), VAR, True, *BATCH),
            *(S(X, W, B, T((3,)), VAR, training, *BATCH) for training in (True, False)),
            *(S(X, W, B, MEAN, T((3,), low=0.5), training, *BATCH) for training in (True, False)),
            S(T((3,)), None, None, None, None, True, *BATCH),
        ],
    ),
    OpRow(
        "group_norm",
        [
            S(T((2, 6, 5)), 3, T((6,)), T((6,))),
            S(T((3, 6)), 2, T((6,)), T((6,))),
            S(T((2, 4, 3, 6)), 2, T((4,))),
            S(T((2, 4, 20)), 1, None, T((4,)), 0.1),
            S(T((2, 3, 7)), 3),
        ],
        SOME,
        errors=[
            S(X, 2),
            S(X, 0),
            S(X, 3, T((4,))),
            S(X, 3, W, T((1, 3))),
            S(X, 3, T((3,), torch.float64)),
        ],
    ),
    OpRow("group_norm", [S(T((0, 3, 2)), 3, W, B)], FLOATS[:2]),
    OpRow(
        "layer_norm",
        [
            S(X, (5,)),
            S(X, (5,), T((5,)), T((5,))),
            S(X, (3, 5), T((3, 5)), T((3, 5)), 1e-2),
            S(T((3, 5)), [5], T((5,))),
            S(T((2, 1100)), (1100,), T((1100,)), T((1100,))),
            S(T((0, 3)), (3,), T((3,)), T((3,))),
        ],
        SOME,
        errors=[
            S(X, (4,)),
            S(X, ()),
            S(X, 5),
            S(X, (5,), T((4,))),
            S(X, (5,), None, T((1, 5))),
            S(X, (5,), T((5,), torch.float64)),
        ],
    ),
    OpRow(
        "rms_norm",
        [
            S(X, (5,)),
            S(X, (5,), T((5,))),
            S(X, (3, 5), T((3, 5)), 1e-2),
            S(T((2, 1100)), (1100,), T((1100,))),
            S(T((0, 3)), (3,), T((3,))),
        ],
        SOME,
        errors=[
            *(S(X, (4,)), S(X, ()), S(X, (5,), T((4,)))),
            *(S(T(), (3,)), S(T((3,)), (2, 3)), S(T((3,)), (2, 3), T((3,)))),
        ],
    ),
    OpRow(
        "local_response_norm",
        [S(X, 2), S(X, 3, 0.5, 0.75, 1.0), S(T((2, 4, 3, 2)), 4, 1.0, 2.0, 0.5), S(X, 1), S(T((0, 3, 2)), 2)],
        FLOATS,
        wider=FLOATS[2:],
        errors=[S(T((3, 4)), 2), S(X, 0), S(X, -1)],
    ),
    OpRow(
        "normalize",
        [S(X), S(X, 1.5, 2), S(X, dim=(0, 2)), S(X, 2.0, -1, 3.0), S(T((2, 3), values=0.0, grad=False))],
        FLOATS,
        errors=[S(T((2, 3), torch.int64)), S(X, 2.0, 3)],
    ),
]


class TestNorm(OpSuite):
    rows = ROWS

    def test_errors(self, row):
        # PyTorch's messages and ours name a parameter where it is the parameter that is wrong.
        for sample in row.errors:
            theirs = next(getattr(home, row.name) for home in (torch, F) if hasattr(home, row.name))
            values = [
                make(a, torch.float32, str(i)) if isinstance(a, T) else a for i, a in enumerate(sample.args)
            ]
            ours = [to_synapgrad(v) if isinstance(v, torch.Tensor) else v for v in values]
            expected, got = attempt(theirs, *values), attempt(getattr(_C, row.name), *ours)
            assert isinstance(expected, Exception), f"{row}{sample}: PyTorch takes this"
            failed_alike(expected, got, f"{row}{sample}")


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
@pytest.mark.parametrize("shape", [(5, 3, 4), (6, 3, 2, 20), (40, 3, 5)])
def test_running_averages(name, shape, dtype):
    x = make(T(shape, grad=False), dtype, "x")
    theirs = torch.zeros(3, dtype=dtype), torch.ones(3, dtype=dtype)
    ours = tuple(map(to_synapgrad, theirs))
    for momentum in (0.1, 0.5, 0.0):
        expected = getattr(torch, name)(x, None, None, *theirs, True, momentum, 1e-5, True)
        got = getattr(_C, name)(to_synapgrad(x), None, None, *ours, True, momentum, 1e-5, True)
        same(expected, got, name)
        for a, b in zip(theirs, ours):
            same(a, b, f"{name}: running average")
    # Nothing is learned in evaluation.
    before = ours[0].tolist()
    _C.batch_norm(to_synapgrad(x), None, None, *ours, False)
    assert ours[0].tolist() == before


def test_float32_parameters_beside_16_bits():
    for dtype in (torch.bfloat16, torch.float16):
        x = make(T((4, 3, 6)), dtype, "x")
        w, b = make(T((3,)), torch.float32, "w"), make(T((3,)), torch.float32, "b")
        rows = make(T((6,)), torch.float32, "w")
        calls = [
            lambda lib, x, w, b, r: lib.batch_norm(x, w, b, None, None, True, *BATCH),
            lambda lib, x, w, b, r: lib.group_norm(x, 3, w, b),
            lambda lib, x, w, b, r: lib.layer_norm(x, (6,), r, r),
            lambda lib, x, w, b, r: lib.rms_norm(x, (6,), r),
        ]
        for call in calls:
            theirs = [x, w, b, rows]
            ours = [to_synapgrad(t) for t in theirs]
            expected, got = call(torch, *theirs), call(_C, *ours)
            same(expected, got, "mixed")
            for tensor in theirs:
                tensor.grad = None
            expected.float().sum().backward()
            got.float().sum().backward()
            for a, b_ in zip(theirs, ours):
                if a.grad is not None and a.dtype == torch.float32:
                    assert b_.grad.dtype == synapgrad.float32
                    same(a.grad, b_.grad, "mixed: gradient") if a is not rows else None


def test_far_from_zero():
    """Mean 10⁴ and standard deviation 1 in float32: what cancels in E[x²] − E[x]² must not cancel here."""
    x = make(T((64, 3, 50), grad=False), torch.float64, "x")
    x = (x / x.std() + 1e4).float()
    exact = F.batch_norm(x.double(), None, None, training=True)
    got = _C.batch_norm(to_synapgrad(x), None, None, None, None, True)
    assert (torch.tensor(got.tolist()).double() - exact).abs().max() < 1e-3
    exact = F.layer_norm(x.double(), (50,))
    got = _C.layer_norm(to_synapgrad(x), (50,))
    assert (torch.tensor(got.tolist()).double() - exact).abs().max() < 1e-3


def test_names_in_the_graph():
    x, w = synapgrad.ones(4, 6, requires_grad=True), synapgrad.ones(6, requires_grad=True)
    tx, tw = torch.ones(4, 6, requires_grad=True), torch.ones(6, requires_grad=True)
    for call in (
        lambda lib, x, w: lib.batch_norm(x, w, w, None, None, True, *BATCH),
        lambda lib, x, w: lib.layer_norm(x, (6,), w, w),
        lambda lib, x, w: lib.group_norm(x, 2, w, w),
        lambda lib, x, w: lib.instance_norm(x.unsqueeze(-1).expand(4, 6, 2), w, w, None, None, True, *BATCH),
        lambda lib, x, w: lib.rms_norm(x, (6,), w),
        lambda lib, x, w: lib.dropout(x, 0.5, True),
        lambda lib, x, w: lib.alpha_dropout(x, 0.5, True),
        lambda lib, x, w: lib.embedding(x, lib.tensor([1])),
        lambda lib, x, w: lib.rrelu(x),
    ):
        assert call(synapgrad, x, w).grad_fn.name() == call(torch, tx, tw).grad_fn.name()


def test_one_value_per_channel():
    for shape in [(1, 3), (1, 3, 1)]:
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            _C.batch_norm(synapgrad.ones(*shape), training=True)
    running = synapgrad.zeros(3), synapgrad.ones(3)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        _C.batch_norm(synapgrad.ones(1, 3), None, None, *running, True)
    assert running[0].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="eps"):
        _C.batch_norm(synapgrad.ones(2, 3), training=True, eps=0.0)
    with pytest.raises(ValueError, match="neither"):
        _C.batch_norm(synapgrad.ones(2, 3), running_mean=running[0], training=True)


@pytest.mark.parametrize("shape", [(64, 3, 30, 30), (3000, 20), (70, 300, 5)])
def test_large(shape):
    """Enough for several threads and pieces."""
    torch.manual_seed(0)
    x = torch.randn(shape, requires_grad=True)
    w = torch.randn(shape[1], requires_grad=True)
    g = torch.randn(shape)
    ours = [synapgrad.from_numpy(t.detach().numpy().copy()) for t in (x, w)]
    for tensor in ours:
        tensor.requires_grad = True
    rows = [torch.randn(shape[-1], requires_grad=True)]
    rows.append(synapgrad.tensor(rows[0].tolist(), requires_grad=True))
    pairs = [
        lambda lib, x, w, r: lib.batch_norm(x, w, w, None, None, True, *BATCH),
        lambda lib, x, w, r: lib.layer_norm(x, (shape[-1],), r, r),
        lambda lib, x, w, r: lib.group_norm(x, 1, w, w),
    ]
    for call in pairs:
        for tensor in (x, w, rows[0], *ours, rows[1]):
            tensor.grad = None
        expected, got = call(torch, x, w, rows[0]), call(_C, *ours, rows[1])
        assert torch.allclose(torch.from_numpy(got.detach().numpy()), expected, atol=1e-4)
        expected.backward(g)
        got.backward(synapgrad.from_numpy(g.numpy().copy()))
        for a, b in zip((x, w, rows[0]), (*ours, rows[1])):
            if a.grad is not None:
                scale = a.grad.abs().max()
                assert torch.allclose(torch.from_numpy(b.grad.numpy()) / scale, a.grad / scale, atol=2e-5)


@pytest.mark.parametrize("value", [INF, -INF, NAN])
@pytest.mark.parametrize("inner", [(), (9,), (20,), (300,)])
def test_given_statistics_and_no_finite_input(value, inner):
    """The slope is that of a straight line, wherever the input is."""
    values = torch.ones(2, 3, *inner)
    values[0, 1] = value
    x, w = values.requires_grad_(), torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    ours = to_synapgrad(x), to_synapgrad(w)
    statistics = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.5, 1.0, 4.0])
    expected = F.batch_norm(x, *statistics, w)
    got = synapgrad.nn.functional.batch_norm(ours[0], *map(to_synapgrad, statistics), ours[1])
    same(expected.detach(), got.detach(), "batch_norm")
    for create_graph in (False, True):
        theirs = torch.autograd.grad(expected.sum(), x, create_graph=create_graph)
        mine = synapgrad.autograd.grad(got.sum(), ours[0], create_graph=create_graph, retain_graph=True)
        same(theirs[0].detach(), mine[0].detach(), "the gradient")
        expected = F.batch_norm(x, *statistics, w)
