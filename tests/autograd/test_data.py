"""``x.data``: memory shared with x behind autograd's back, with a count of changes of its own; beside torch's."""

import pytest
import torch

import synapgrad


def changed_input(t):
    x = t.ones(3, requires_grad=True)
    y = (x * x).sum()
    x.data.mul_(5)
    y.backward()
    return x.grad, x, x._version


def changed_result(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    y.data.mul_(3)
    y.sum().backward()
    return x.grad, y


def counts(t):
    x = t.ones(3)
    data = x.data
    data.add_(1)
    seen = [x._version, data._version, data[0]._version, data.detach()._version, x.data._version]
    x.add_(1)
    return *seen, x._version, data._version, data, data.requires_grad, data.is_leaf


def detached(t):
    x = t.ones(3, requires_grad=True)
    y = x.exp()
    y.detach().mul_(3)
    y.sum().backward()


def view_of_data(t):
    x = t.ones(4, requires_grad=True)
    y = (x * x).sum()
    x.data[:2].zero_()
    y.backward()
    return x.grad, x, x[:2]._version


def exchanged(t):
    x = t.ones(3, requires_grad=True)
    y = (x * x).sum()
    x.data = t.full((3,), 7.0)
    y.backward()
    return x.grad, x, x._version, x.is_leaf


def exchanged_twice(t):
    x = t.ones(3, requires_grad=True)
    y = (x * x).sum()
    x.data = t.full((3,), 7.0)
    x.data = t.full((3,), 9.0)
    y.backward()
    (x * x).sum().backward()
    return x.grad, x


def exchanged_for_the_gradient_of_the_gradient(t):
    x = t.ones(3, requires_grad=True)
    y = (x**3).sum()
    x.data = t.full((3,), 2.0)
    (first,) = t.autograd.grad(y, x, create_graph=True)
    first.sum().backward()
    return first, x.grad


def exchanged_then_changed(t):
    x = t.ones(3, requires_grad=True)
    y = (x * x).sum()
    x.data = t.full((3,), 7.0)
    with t.no_grad():
        x.add_(1)
    y.backward()


def versions_of_exchanged(t):
    x, z = t.ones(3), t.zeros(3)
    x.add_(1)
    z.add_(1).add_(1).add_(1)
    x.data = z
    seen = [x._version, z._version]
    x.add_(1)
    return *seen, x._version, z._version, z


def exchanged_form(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.zeros(2, 2, dtype=t.float64)
    (x + 1).sum().backward()
    return x, x.grad, x.requires_grad


def exchanged_for_integers(t):
    x = t.ones(3, requires_grad=True)
    x.data = t.ones(3, dtype=t.int64)


def exchanged_view(t):
    base = t.ones(4)
    view = base[:2]
    view.data = t.zeros(3)
    return view, base


PROGRAMS = [value for value in list(globals().values()) if callable(value) and value.__module__ == __name__]


def outcome(t, program):
    try:
        result = program(t)
    except RuntimeError as error:
        return type(error).__name__
    plain = lambda value: value.tolist() if hasattr(value, "tolist") else value  # noqa: E731
    return [plain(value) for value in result]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_the_same_as_in_pytorch(program):
    assert outcome(synapgrad, program) == outcome(torch, program)
