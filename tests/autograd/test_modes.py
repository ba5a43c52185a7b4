"""no_grad and its siblings: context managers, decorators, generators, threads, exceptions."""

import threading
import timeit

import pytest
import torch

import synapgrad as sg

BOTH = pytest.mark.parametrize("lib", [sg, torch], ids=["synapgrad", "torch"])


@BOTH
def test_what_the_modes_switch(lib):
    seen = []
    with lib.no_grad():
        seen.append(lib.is_grad_enabled())
        with lib.enable_grad():
            seen.append(lib.is_grad_enabled())
            with lib.inference_mode():
                seen += [lib.is_grad_enabled(), lib.is_inference_mode_enabled()]
                with lib.inference_mode(False):
                    seen += [lib.is_grad_enabled(), lib.is_inference_mode_enabled()]
        with lib.set_grad_enabled(True):
            seen.append(lib.is_grad_enabled())
        seen.append(lib.is_grad_enabled())
    seen += [lib.is_grad_enabled(), lib.is_inference_mode_enabled()]
    assert seen == [False, True, False, True, True, False, True, False, True, False]


@BOTH
def test_results_of_a_mode(lib):
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    with lib.no_grad():
        y = x * 2
    assert not y.requires_grad and y.is_leaf and y.grad_fn is None
    assert (x * 2).requires_grad


@BOTH
def test_set_grad_enabled_as_a_function(lib):
    try:
        lib.set_grad_enabled(False)
        assert not lib.is_grad_enabled()
    finally:
        lib.set_grad_enabled(True)
    assert lib.is_grad_enabled()

    @lib.set_grad_enabled(False)
    def f():
        return lib.is_grad_enabled()

    assert lib.is_grad_enabled() and f() is False and lib.is_grad_enabled()


@BOTH
def test_decorators(lib):
    @lib.no_grad()
    def called():
        """What it says."""
        return lib.is_grad_enabled()

    @lib.no_grad
    def bare():
        return lib.is_grad_enabled()

    @lib.inference_mode
    def inference():
        return lib.is_inference_mode_enabled()

    @lib.inference_mode()
    def inference_called():
        return lib.is_inference_mode_enabled()

    class Thing:
        @lib.no_grad()
        def method(self):
            return self, lib.is_grad_enabled()

    thing = Thing()
    assert not called() and not bare() and inference() and inference_called()
    assert thing.method() == (thing, False)
    assert (called.__name__, called.__doc__) == ("called", "What it says.")
    assert lib.is_grad_enabled() and not lib.is_inference_mode_enabled()


@BOTH
def test_a_recursive_decorated_function(lib):
    @lib.no_grad()
    def f(n):
        if n:
            with lib.enable_grad():
                f(n - 1)
        return lib.is_grad_enabled()

    assert f(5) is False and lib.is_grad_enabled()


@BOTH
def test_generators(lib):
    log = []

    @lib.no_grad()
    def steps():
        try:
            got = yield lib.is_grad_enabled()
            log.append((got, lib.is_grad_enabled()))
            try:
                yield 1
            except KeyError:
                log.append(lib.is_grad_enabled())
            yield 2
        finally:
            log.append(("closed", lib.is_grad_enabled()))

    generator = steps()
    assert next(generator) is False and lib.is_grad_enabled()
    assert generator.send("hello") == 1 and lib.is_grad_enabled()
    assert generator.throw(KeyError()) == 2 and lib.is_grad_enabled()
    generator.close()
    assert log == [("hello", False), False, ("closed", False)] and lib.is_grad_enabled()

    @lib.no_grad()
    def returning():
        yield 1
        return 7

    def outer():
        return (yield from returning())

    generator = outer()
    next(generator)
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == 7


@BOTH
def test_exceptions_restore_the_mode(lib):
    with pytest.raises(ZeroDivisionError), lib.no_grad():
        _ = 1 / 0
    assert lib.is_grad_enabled()


def test_one_object_can_be_entered_again_inside_itself():
    mode = sg.no_grad()
    with mode:
        with sg.enable_grad(), mode:
            assert not sg.is_grad_enabled()
        assert not sg.is_grad_enabled()
    assert sg.is_grad_enabled()


@BOTH
def test_a_mode_belongs_to_its_thread(lib):
    seen = []
    with lib.no_grad():
        thread = threading.Thread(target=lambda: seen.append(lib.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_retain_grads():
    x = sg.tensor([5.0, 3.0], requires_grad=True)
    with sg.retain_grads():
        y = x * x
        z = y * 2
    w = z * 3
    w.backward(sg.tensor([1.0, 1.0]))
    assert y.retains_grad and z.retains_grad and not w.retains_grad
    assert (y.grad.tolist(), z.grad.tolist()) == ([6.0, 6.0], [3.0, 3.0])
    assert x.grad.tolist() == [60.0, 36.0]

    @sg.retain_grads
    def f(x):
        return x * 2

    assert f(x).retains_grad and not (x * 2).retains_grad


def test_entering_and_leaving_costs_little():
    def enter():
        with sg.no_grad():
            pass

    assert min(timeit.repeat(enter, number=1000, repeat=7)) / 1000 < 2e-6


def test_arguments_are_checked():
    with pytest.raises(TypeError):
        sg.set_grad_enabled("yes")
    with pytest.raises(TypeError):
        sg.no_grad(3)
