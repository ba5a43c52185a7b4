"""Dropout: PyTorch's noise for the same seed, and what becomes of gradients."""

import pytest
import torch

import synapgrad as sg

from .harness import FLOATS, LAYOUTS, OpRow, OpSuite, S, T, make, same, same_gradients, to_synapgrad

NAMES = ("dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout")
X = T((2, 3, 4))

ROWS = [
    OpRow(
        name,
        [S(X, 0.3, True), S(X, 0.5, False), S(X, 1.0, True), S(T((3, 40)), 0.2, True)],
        FLOATS,
        errors=[S(X, 1.5, True), S(X, -0.1, False)],
    )
    for name in NAMES
]


class TestDropout(OpSuite):
    rows = ROWS


OTHERS = {
    **LAYOUTS,
    "permuted and strided": lambda x: x.new_zeros(*x.shape, 2).copy_(x[..., None])[..., 0].transpose(0, 1),
}


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0, 0.0])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_the_same_elements_are_dropped(name, dtype, p):
    for shape in ((2, 3), (3, 5, 4), (2, 3, 21, 17)):
        for layout, lay_out in OTHERS.items():
            theirs = lay_out(make(T(shape), dtype, "x").detach()).requires_grad_()
            ours = to_synapgrad(theirs)
            torch.manual_seed(5)
            sg.manual_seed(5)
            expected, got = getattr(torch, name)(theirs, p, True), getattr(sg, name)(ours, p, True)
            what = f"{name}({p}) of {shape}, {layout}"
            same(expected, got, what)
            assert ((expected == 0).tolist()) == (got == 0).tolist(), what
            same_gradients(expected, got, [(theirs, ours)], what, second=False)
            assert torch.get_rng_state().tolist() == sg.get_rng_state().tolist(), what


@pytest.mark.parametrize("name", NAMES)
def test_in_place(name):
    for tracked in (False, True):
        results = []
        for lib in (torch, sg):
            lib.manual_seed(1)
            x = lib.arange(24, dtype=lib.float32).reshape(4, 6).requires_grad_(tracked)
            y = x * 1 if tracked else x
            assert getattr(lib, f"{name}_")(y, 0.4, True) is y
            if tracked:
                (y * y).sum().backward()
            results.append([y.tolist(), x.grad.tolist() if tracked else None])
        assert torch.tensor(results[0][0]).allclose(torch.tensor(results[1][0]))
        if tracked:
            assert torch.tensor(results[0][1]).allclose(torch.tensor(results[1][1]))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_do(name):
    x = sg.ones(2, 3)
    drop = getattr(sg, name)
    assert drop(x, 0.5, False) is x and drop(x, 0.0, True) is x
    assert drop(sg.ones(0, 3), 0.5, True).shape == (0, 3)


@pytest.mark.parametrize("name", NAMES)
def test_refusals(name):
    for arguments in (
        lambda lib: (lib.ones(2, 3), 1.5, True),
        lambda lib: (lib.ones(2, 3), -0.5, True),
        lambda lib: (lib.ones(2, 3), float("nan"), True),
        lambda lib: (lib.ones(2, 3, dtype=lib.int64), 0.5, True),
        lambda lib: (lib.ones(3), 0.5, True) if "feature" in name else (None, 0.5, True),
    ):
        before = sg.get_rng_state().tolist()
        with pytest.raises(Exception) as theirs:
            getattr(torch, name)(*arguments(torch))
        with pytest.raises(theirs.type):
            getattr(sg, name)(*arguments(sg))
        assert sg.get_rng_state().tolist() == before


def test_the_gradient_can_be_differentiated():
    x = sg.tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
    sg.manual_seed(3)
    y = sg.dropout(x, 0.5, True)
    (g,) = sg.autograd.grad((y * y * y).sum(), x, create_graph=True)
    (h,) = sg.autograd.grad(g.sum(), x)
    mask = (y.detach() != 0).float()
    assert h.tolist() == (6 * x.detach() * 8 * mask).tolist()
