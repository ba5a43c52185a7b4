"""backward, grad, hooks and nodes, compared with PyTorch."""

import gc
import weakref

import pytest
import torch

import synapgrad as sg

LIBS = [sg, torch]
BOTH = pytest.mark.parametrize("lib", LIBS, ids=["synapgrad", "torch"])


def leaf(lib, *values):
    return lib.tensor(list(values), dtype=lib.float64, requires_grad=True)


def ones(lib, like):
    return lib.tensor([1.0] * like.shape[0], dtype=lib.float64)


def agree(program):
    """Run a program with both libraries and compare what it returns (tensors as lists)."""

    def plain(value):
        if isinstance(value, (list, tuple)):
            return [plain(item) for item in value]
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        return value.tolist() if hasattr(value, "tolist") else value

    ours, theirs = (plain(program(lib)) for lib in LIBS)
    assert ours == theirs
    return ours


def test_gradients_accumulate():
    def program(lib):
        x = leaf(lib, 1.0, 2.0)
        for _ in range(3):
            (x * x).backward(ones(lib, x))
        return x.grad

    assert agree(program) == [6.0, 12.0]


def test_backward_with_inputs_and_hooks():
    def program(lib):
        x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
        y = x * w
        y.retain_grad()
        z = y * y
        log = []
        y.register_hook(lambda g: log.append(g.tolist()))
        z.backward(ones(lib, x), inputs=[x, y])
        return x.grad, y.grad, w.grad, log

    agree(program)


def test_grad():
    def program(lib):
        x, w, unused = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0), leaf(lib, 0.0)
        y = x * w
        z = y * y * x
        first = lib.autograd.grad(z, (x, y, unused), ones(lib, x), allow_unused=True, create_graph=True)
        second = lib.autograd.grad(first[0], [w, x], ones(lib, x), retain_graph=True)
        zeros = lib.autograd.grad(z, unused, ones(lib, x), materialize_grads=True)
        return first[0].detach(), first[1].detach(), first[2], second, zeros, x.grad, w.grad

    agree(program)


def test_gradients_of_several_outputs_and_the_same_input_twice():
    def program(lib):
        x = leaf(lib, 1.0, 2.0)
        return lib.autograd.grad([x * 2, x * 3, x], [x, x], [ones(lib, x)] * 3)

    agree(program)


def test_create_graph_then_backward_again():
    def program(lib):
        x = leaf(lib, 1.0, 2.0)
        (x * x * x).backward(ones(lib, x), create_graph=True)
        first = x.grad
        x.grad = None
        first.backward(ones(lib, x))
        return first.detach(), x.grad

    agree(program)


@BOTH
@pytest.mark.parametrize(
    "program",
    [
        lambda lib, x: (x * x).backward(),
        lambda lib, x: x.detach().backward(ones(lib, x)),
        lambda lib, x: (x * x).backward(lib.tensor([1.0], dtype=lib.float64)),
        lambda lib, x: lib.autograd.grad(x * x, leaf(lib, 1.0), ones(lib, x)),
        lambda lib, x: lib.autograd.grad(x * x, x.detach(), ones(lib, x)),
        lambda lib, x: [y.backward(ones(lib, x)) for y in [x * x] * 2],
        lambda lib, x: (x * x).backward(ones(lib, x), inputs=[]),
        lambda lib, x: x.detach().register_hook(print),
        lambda lib, x: x.detach().retain_grad(),
        lambda lib, x: (x * x).register_post_accumulate_grad_hook(print),
    ],
    ids=lambda program: None,
)
def test_errors_of_kind_runtime(lib, program):
    with pytest.raises(RuntimeError) as caught:
        program(lib, leaf(lib, 1.0, 2.0))
    assert type(caught.value) is RuntimeError


def test_what_cannot_be_done_is_said():
    x = leaf(sg, 1.0)
    with pytest.raises(NotImplementedError, match="is_grads_batched"):
        sg.autograd.grad(x * x, x, is_grads_batched=True)
    with pytest.raises(NotImplementedError, match="saved_tensors_hooks"):
        sg.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x)
    with pytest.raises(TypeError):
        sg.autograd.backward("x")


def test_hooks_replace_remove_and_order():
    def program(lib):
        x = leaf(lib, 1.0, 2.0)
        y = x * 3
        log = []
        handle = x.register_hook(lambda g: log.append(("x1", g.tolist())))
        x.register_hook(lambda g: g * 10)
        y.register_hook(lambda g: g + 1)
        y.register_hook(lambda g: log.append(("y", g.tolist())))
        y.retain_grad()
        x.register_post_accumulate_grad_hook(lambda t: log.append(("after", t.grad.tolist(), t is x)))
        (y * 1).backward(ones(lib, x))
        handle.remove()
        handle.remove()
        with x.register_hook(lambda g: log.append("inside")):
            (x * 1).backward(ones(lib, x))
        (x * 1).backward(ones(lib, x))
        return log, x.grad, y.grad

    agree(program)


def test_a_hook_fires_though_its_tensor_is_gone():
    x = leaf(sg, 1.0)
    log = []
    y = x * 2
    y.register_hook(log.append)
    z = y * 2
    del y
    gc.collect()
    z.backward(ones(sg, x))
    assert [g.tolist() for g in log] == [[2.0]]


@pytest.mark.parametrize("where", ["leaf", "result", "post", "node", "prehook"])
def test_exceptions_of_hooks_pass_through(where):
    class Mine(Exception):
        pass

    error = Mine("as it was")

    def hook(*args):
        raise error

    x = leaf(sg, 1.0)
    y = x * 2
    if where == "leaf":
        x.register_hook(hook)
    elif where == "result":
        y.register_hook(hook)
    elif where == "post":
        x.register_post_accumulate_grad_hook(hook)
    elif where == "node":
        y.grad_fn.register_hook(hook)
    else:
        y.grad_fn.register_prehook(hook)
    with pytest.raises(Mine) as caught:
        y.backward(ones(sg, x))
    assert caught.value is error
    assert any(entry.name == "hook" for entry in caught.traceback)


@BOTH
def test_a_hook_may_not_change_the_shape(lib):
    x = leaf(lib, 1.0, 2.0)
    x.register_hook(lambda g: lib.tensor([1.0], dtype=lib.float64))
    with pytest.raises(RuntimeError, match="hook .*has changed the size"):
        (x * 1).backward(ones(lib, x))


def test_a_hook_must_return_a_tensor():
    x = leaf(sg, 1.0)
    x.register_hook(lambda g: 3)
    with pytest.raises(TypeError):
        (x * 1).backward(ones(sg, x))


def test_hooks_of_nodes():
    def program(lib):
        x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
        y = x * w
        log = []

        def lists(grads):
            return [g if g is None else g.tolist() for g in grads]

        y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
        y.grad_fn.register_hook(lambda inputs, outputs: log.append((lists(inputs), lists(outputs))))
        y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1, inputs[1]))
        y.backward(ones(lib, x))
        return log, x.grad, w.grad

    agree(program)


def test_nodes():
    def program(lib):
        x, c = leaf(lib, 1.0, 2.0), lib.tensor([1.0, 1.0], dtype=lib.float64)
        y = (x * c).exp()
        node = y.grad_fn
        below = node.next_functions[0][0]
        node.metadata["note"] = 1
        return [
            node.name(),
            below.name(),
            [(f is None, i) for f, i in below.next_functions],
            below.next_functions[0][0].name().rpartition("::")[2],
            below.next_functions[0][0].variable,
            below.next_functions[0][0].next_functions,
            y.grad_fn.metadata,
            y.output_nr,
            x.grad_fn,
            y.grad_fn == y.grad_fn,
            repr(node).partition(" ")[0],
        ]

    agree(program)


def test_the_graph_keeps_its_leaves():
    y = leaf(sg, 1.0, 2.0) * 3
    y.backward(ones(sg, y))
    assert y.grad_fn.next_functions[0][0].variable.grad.tolist() == [3.0, 3.0]


def test_saved_tensors_of_a_node():
    x = leaf(sg, 1.0, 2.0)
    y = x.exp()
    (saved,) = y.grad_fn.saved_tensors
    assert saved.tolist() == y.tolist()
    y.backward(ones(sg, y))
    with pytest.raises(RuntimeError, match="already been freed"):
        _ = y.grad_fn.saved_tensors


def test_detach_():
    def program(lib):
        x = leaf(lib, 1.0, 2.0)
        y = x * 2
        y.detach_()
        return y.requires_grad, y.is_leaf, y.grad_fn, (y * 2).requires_grad

    agree(program)


def test_gradients_are_not_shared():
    def program(lib):
        x, y = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
        g = ones(lib, x)
        (x + y).backward(g)
        x.grad.mul_(5)
        return x.grad, y.grad, g

    agree(program)


def test_a_graph_is_freed_with_its_last_tensor():
    x = leaf(sg, 1.0)
    token = type("Token", (), {})()
    alive = weakref.ref(token)
    y = x * 2
    y.register_hook(lambda g, token=token: None)
    del token
    assert alive() is not None
    del y
    gc.collect()
    assert alive() is None
