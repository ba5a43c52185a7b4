"""Changing tensors that the graph knows: every program runs with both libraries and must do the same.

A program returns what is to be compared, or raises: then both must raise the same type.
"""

import pytest
import torch

import synapgrad as sg


def leaf(lib, *shape):
    values = [0.5 + i for i in range(6)]
    rows = {(6,): values, (2, 3): [values[:3], values[3:]]}[shape or (2, 3)]
    return lib.tensor(rows, dtype=lib.float64, requires_grad=True)


def ones(lib, *shape):
    return lib.ones(*shape, dtype=lib.float64)


def write_base_through_view(lib):
    x = leaf(lib)
    y = x * 2
    y[0].mul_(3)
    (y * y).sum().backward()
    return y.detach(), x.grad


def read_view_after_base_changed(lib):
    x = leaf(lib)
    y = x * 2
    v = y[1]
    y.mul_(x.detach())
    (v * 3).sum().backward()
    return v.detach(), x.grad


def sibling_views(lib):
    x = leaf(lib)
    y = x * 2
    a, b = y[0], y[:, 1]
    a.mul_(5)
    b.mul_(7)
    (a * b.sum()).sum().backward()
    return a.detach(), b.detach(), x.grad


def view_of_view(lib):
    x = leaf(lib)
    y = x * 1
    v = y.view(6)[1:5]
    w = v.view(2, 2)
    w.t().mul_(10)
    (y * y).sum().backward()
    return y.detach(), x.grad


def leaf_without_grad_gets_one_through_a_view(lib):
    x = leaf(lib)
    base = lib.zeros(2, 3, dtype=lib.float64)
    base[1].copy_(x[0])
    (base * base).sum().backward()
    return base.requires_grad, base.detach(), x.grad


def a_number_over_everything(lib):
    x = leaf(lib)
    y = x * 2
    y.fill_(3.0)
    z = y * x
    z.sum().backward()
    return y.requires_grad, x.grad


def zero_a_row(lib):
    x = leaf(lib)
    y = x * 2
    y[0].zero_()
    y.sum().backward()
    return x.grad


def copy_a_tracked_tensor(lib):
    x, w = leaf(lib), leaf(lib)
    y = x * 2
    z = w * 3
    y.copy_(z)
    (y * z).sum().backward()
    return y.grad_fn.name().rpartition("::")[2], x.grad, w.grad


def detached_memory_is_shared(lib):
    x = leaf(lib)
    y = x * 2
    d = y.detach()
    d.mul_(10)
    y.sum().backward()
    return y.detach(), x.grad


def through_data(lib):
    x = leaf(lib)
    x.data.mul_(2)
    (x * x).sum().backward()
    return x.detach(), x.grad, x.requires_grad


def leaf_in_no_grad(lib):
    x = leaf(lib)
    with lib.no_grad():
        x.mul_(2)
        x[0].add_(1)
        x.sqrt_()
    (x * x).sum().backward()
    return x.detach(), x.grad, x.is_leaf


def retained_after_a_change(lib):
    x = leaf(lib)
    y = x * 2
    y.retain_grad()
    y.mul_(5)
    (y * y).sum().backward()
    return y.grad, x.grad


def unrelated_to_what_was_saved(lib):
    x = leaf(lib)
    y = x * 2
    z = y + 1
    y.mul_(3)
    (z.sum() + y.sum()).backward()
    return x.grad


def with_itself(lib):
    x = leaf(lib)
    y = x * 2
    y.mul_(y.clone())
    y.sum().backward()
    return x.grad


def versions(lib):
    x = lib.zeros(3)
    v = x[1:]
    d = x.detach()
    seen = [x._version]
    x.add_(1)
    seen += [x._version, v._version, d._version]
    v.mul_(2)
    with lib.no_grad():
        d.zero_()
    seen += [x._version, v._version, d._version]
    return seen


def second_derivative(lib):
    x = leaf(lib)
    y = x * x
    y[0].mul_(x[1])
    (g,) = lib.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = lib.autograd.grad((g * g).sum(), x)
    return g.detach(), h


def saved_input_changed(lib):
    x = leaf(lib)
    y = x * 2
    z = y * y
    y.mul_(2)
    z.sum().backward()


def saved_output_changed(lib):
    y = leaf(lib).exp()
    y.mul_(2)
    y.sum().backward()


def saved_changed_through_a_view(lib):
    x = leaf(lib)
    y = x * 2
    z = y * y
    y[0].zero_()
    z.sum().backward()


def saved_changed_through_detach(lib):
    x = leaf(lib)
    y = x * 2
    z = y * y
    y.detach().zero_()
    z.sum().backward()


def a_leaf(lib):
    leaf(lib).mul_(2)


def a_view_of_a_leaf(lib):
    leaf(lib)[0].mul_(2)


def a_view_from_no_grad(lib):
    y = leaf(lib) * 2
    with lib.no_grad():
        v = y[0]
    v.mul_(2)


def one_of_many_views(lib):
    y = leaf(lib) * 2
    y.unbind(0)[0].mul_(2)


def an_expanded_tensor(lib):
    lib.zeros(1, dtype=lib.float64).expand(3).add_(1)


def a_shape_that_would_grow(lib):
    lib.zeros(3).add_(lib.zeros(2, 3))


def a_type_that_would_change(lib):
    lib.tensor([1, 2]).add_(1.5)


FINE = [
    write_base_through_view,
    read_view_after_base_changed,
    sibling_views,
    view_of_view,
    leaf_without_grad_gets_one_through_a_view,
    a_number_over_everything,
    zero_a_row,
    copy_a_tracked_tensor,
    detached_memory_is_shared,
    through_data,
    leaf_in_no_grad,
    retained_after_a_change,
    unrelated_to_what_was_saved,
    with_itself,
    versions,
    second_derivative,
]
REFUSED = [
    (saved_input_changed, "modified by an inplace operation"),
    (saved_output_changed, "modified by an inplace operation"),
    (saved_changed_through_a_view, "modified by an inplace operation"),
    (saved_changed_through_detach, "modified by an inplace operation"),
    (a_leaf, "leaf Variable that requires grad"),
    (a_view_of_a_leaf, "view of a leaf Variable that requires grad"),
    (a_view_from_no_grad, "no_grad mode"),
    (one_of_many_views, "multiple views"),
    (an_expanded_tensor, "single memory location"),
    (a_shape_that_would_grow, "doesn't match the broadcast shape"),
    (a_type_that_would_change, "can't be cast to the desired output type"),
]


def plain(value):
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return torch.tensor(value.tolist(), dtype=torch.float64) if hasattr(value, "tolist") else value


@pytest.mark.parametrize("program", FINE, ids=lambda program: program.__name__)
def test_allowed(program):
    ours, theirs = plain(program(sg)), plain(program(torch))
    torch.testing.assert_close(ours, theirs) if isinstance(theirs, torch.Tensor) else same(ours, theirs)


def same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs):
        if isinstance(b, torch.Tensor):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
        else:
            assert a == b


@pytest.mark.parametrize(("program", "text"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("lib", [sg, torch], ids=["synapgrad", "torch"])
def test_refused(program, text, lib):
    with pytest.raises(RuntimeError, match=text):
        program(lib)
