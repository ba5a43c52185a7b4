"""Hooks before and after a module's forward and backward pass."""

import copy
import warnings
from collections import OrderedDict

import pytest
from helpers import LIBRARIES, same, same_error

from synapgrad import nn


def test_forward_hooks_order_and_values():
    def program(lib, nn, _):
        module = lib.nn.modules.module
        calls = []

        class Double(nn.Module):
            def forward(self, x, scale=2):
                calls.append(("forward", x, scale))
                return x * scale

        def pre(name, result=None):
            def hook(m, args, *kwargs):
                calls.append((name, args, kwargs))
                return result

            return hook

        def post(name, result=None):
            def hook(m, args, *rest):
                calls.append((name, args, rest))
                return result

            return hook

        m = Double()
        handles = [
            m.register_forward_pre_hook(pre("pre 1", 10)),
            m.register_forward_pre_hook(pre("pre kwargs", ((7,), {"scale": 3})), with_kwargs=True),
            m.register_forward_pre_hook(pre("pre first", (4,)), prepend=True),
            m.register_forward_hook(post("post 1", 100)),
            m.register_forward_hook(post("post kwargs"), with_kwargs=True),
            m.register_forward_hook(post("post first"), prepend=True),
            module.register_module_forward_pre_hook(pre("global pre")),
            module.register_module_forward_hook(post("global post")),
        ]
        results = [m(1)]
        for handle in handles[::2]:
            handle.remove()
        results.append(m(1, scale=5))
        for handle in handles:
            handle.remove()
        results.append(m(x=1))
        return [results, calls, len(m._forward_hooks), len(m._forward_pre_hooks)]

    same(program)


def test_calls_are_fast_again_after_the_last_global_hook():
    from synapgrad.nn.modules import _hooks, module

    handle = module.register_module_forward_hook(lambda m, args, out: out + 1)
    assert nn.Identity()(1) == 2
    handle.remove()
    assert nn.Identity()(1) == 1
    assert _hooks.GLOBAL is None


def test_hook_dictionaries():
    def program(lib, nn, _):
        m = nn.Identity()
        m.register_forward_hook(lambda m, args, out: 5)
        seen = [m(1), len(m._forward_hooks), [hook(0, 0, 0) for hook in m._forward_hooks.values()]]
        m._forward_hooks.clear()
        seen.append(m(1))
        m.register_forward_hook(lambda m, args, out: 6)
        seen.append(m(1))
        m._forward_hooks = OrderedDict()
        with m.register_forward_pre_hook(lambda m, args: 8):
            seen.append(m(1))
        return [*seen, m(1), copy.deepcopy(m)(2)]

    same(program)


def test_always_call():
    def program(lib, nn, _):
        calls = []

        class Fails(nn.Module):
            def forward(self, x):
                raise ValueError("forward")

        m = Fails()
        m.register_forward_hook(lambda m, args, out: calls.append(("not called", out)))
        m.register_forward_hook(lambda m, args, out: calls.append(("always", out)) or 3, always_call=True)
        m.register_forward_hook(
            lambda m, args, kw, out: calls.append(("kwargs", kw, out)), always_call=True, with_kwargs=True
        )
        try:
            m(x=1)
        except ValueError as error:
            calls.append(str(error))
        m.register_forward_hook(lambda m, args, out: 1 / 0, always_call=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                m(1)
            except ValueError as error:
                calls.append(str(error))
        ok = nn.Identity()
        ok.register_forward_hook(lambda m, args, out: calls.append("first") or 1 / 0, always_call=True)
        ok.register_forward_hook(lambda m, args, out: calls.append("second"), always_call=True)
        try:
            ok(1)
        except ZeroDivisionError as error:
            calls.append(str(error))
        return [calls, len(caught)]

    same(program)


def test_pre_hook_result_is_checked():
    def program(lib, nn, _):
        m = nn.Identity()
        m.register_forward_pre_hook(lambda m, args, kwargs: 5, with_kwargs=True)
        m(1)

    same_error(program, "(new_args, new_kwargs), but got 5")


def backward_program(inputs_need_grad, change, outputs=1, unused=False):
    def program(lib, nn, _):
        module = lib.nn.modules.module
        calls = []

        class Two(nn.Module):
            def forward(self, x, other, number, flag=None):
                y = x * 2 if unused else x * other * number
                return y if outputs == 1 else (y, 7, x + 1)

        m = Two()
        m.register_full_backward_pre_hook(lambda m, out: calls.append(("pre", out)))
        m.register_full_backward_hook(lambda m, inp, out: calls.append(("post", inp, out)))
        if change:
            m.register_full_backward_pre_hook(lambda m, out: tuple(g if g is None else g * 10 for g in out))
            m.register_full_backward_hook(lambda m, inp, out: tuple(g if g is None else g * 100 for g in inp))
        m.register_full_backward_hook(lambda m, inp, out: calls.append(("first", inp, out)), prepend=True)
        handles = [
            module.register_module_full_backward_pre_hook(lambda m, out: calls.append(("global pre", out))),
            module.register_module_full_backward_hook(lambda m, inp, out: calls.append(("global", inp, out))),
        ]
        try:
            x = lib.tensor([1.0, 2.0], requires_grad="x" in inputs_need_grad)
            other = lib.tensor([3.0, 4.0], requires_grad="o" in inputs_need_grad)
            w = lib.tensor([1.0, 1.0], requires_grad=True)
            y = m(x, other, w if not inputs_need_grad else 2, flag=lib.tensor(1.0))
            y = y if outputs == 1 else y[0]
            y.sum().backward()
            with lib.no_grad():
                m(x, other, 1)
        finally:
            for handle in handles:
                handle.remove()
        return [calls, x.grad, other.grad, w.grad]

    return program


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("needs", ["x", "xo"])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("unused", [False, True])
def test_backward_hooks(needs, change, outputs, unused):
    same(backward_program(needs, change, outputs, unused))


def test_backward_hooks_where_no_input_requires_grad():
    def program(lib, nn, _):
        calls = []
        m = nn.Linear(2, 1)
        nn.init.ones_(m.weight)
        m.register_full_backward_hook(lambda m, inp, out: calls.append((inp, out)))
        m.register_full_backward_pre_hook(lambda m, out: calls.append(out) or (out[0] * 2,))
        m(lib.ones(1, 2)).sum().backward()
        return [calls, m.weight.grad]

    same(program)


def test_an_output_without_gradient():
    def program(lib, nn, _):
        class Split(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(lib.ones(2))

            def forward(self, x, y):
                return x * 2, y * self.weight

        m = Split()
        m.register_full_backward_pre_hook(lambda m, out: None)
        x, y = lib.ones(2, requires_grad=True), lib.ones(2, requires_grad=True)
        m(x, y)[0].sum().backward()
        return [x.grad, y.grad, m.weight.grad]

    same(program)


def test_backward_hook_errors():
    def wrong(kind):
        def program(lib, nn, _):
            m = nn.Identity()
            getattr(m, f"register_full_backward_{kind}")(lambda *args: (None, None))
            m(lib.ones(1, requires_grad=True)).sum().backward()

        return program

    same_error(wrong("hook"), "returned an invalid number of grad_input, got 2, but expected 1")
    same_error(wrong("pre_hook"), "returned an invalid number of grad_output, got 2, but expected 1")

    def no_input(lib, nn, _):
        m = nn.Linear(1, 1)
        m.register_full_backward_hook(lambda m, inp, out: (lib.ones(1),))
        m(lib.ones(1, 1)).sum().backward()

    same_error(no_input, "always return None or None for all gradients")


def test_backward_hook_of_a_temporary_module_and_twice():
    def program(lib, nn, _):
        calls = []

        def run(x):
            m = nn.Identity()
            m.register_full_backward_hook(lambda m, inp, out: calls.append((inp, out)))
            return m(x)

        x = lib.ones(2, requires_grad=True)
        y = (run(x) * 3).sum()
        y.backward(retain_graph=True)
        y.backward()
        return [calls, x.grad]

    same(program)


def test_backward_hook_and_an_output_that_is_no_tensor():
    for library, layers, _ in LIBRARIES:
        m = layers.Identity()
        m.register_full_backward_hook(lambda *args: None)
        with pytest.warns(UserWarning, match="backward hooks"):
            m({"x": library.ones(1, requires_grad=True)})
