"""Operations written in Python, compared with PyTorch."""

import gc
import weakref

import pytest
import torch

import synapgrad as sg

BOTH = pytest.mark.parametrize("lib", [sg, torch], ids=["synapgrad", "torch"])


def leaf(lib, *values):
    return lib.tensor(list(values), dtype=lib.float64, requires_grad=True)


def ones(lib, like):
    return lib.tensor([1.0] * like.shape[0], dtype=lib.float64)


def cube(lib):
    class Cube(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor, name="cube"):
            ctx.save_for_backward(x)
            ctx.factor = factor
            assert not lib.is_grad_enabled()
            return x * x * x * factor

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, False, False)
            return grad * 3 * x * x * ctx.factor, None, None

    return Cube


@BOTH
def test_first_and_second_derivative(lib):
    x = leaf(lib, 1.0, 2.0)
    y = cube(lib).apply(x, 2.0, "name")
    assert "CubeBackward" in y.grad_fn.name() and not y.is_leaf
    (first,) = lib.autograd.grad(y, x, ones(lib, x), create_graph=True)
    (second,) = lib.autograd.grad(first, x, ones(lib, x))
    assert (y.tolist(), first.tolist(), second.tolist()) == ([2.0, 16.0], [6.0, 24.0], [12.0, 24.0])
    assert lib.autograd.gradcheck(lambda x: cube(lib).apply(x, 2.0, "n"), (x,))
    assert lib.autograd.gradgradcheck(lambda x: cube(lib).apply(x, 2.0, "n"), (x,))


@BOTH
def test_without_gradients_nothing_is_recorded(lib):
    x = leaf(lib, 1.0)
    with lib.no_grad():
        assert not cube(lib).apply(x, 1.0, "").requires_grad
    assert not cube(lib).apply(x.detach(), 1.0, "").requires_grad


@BOTH
def test_backward_twice_is_refused(lib):
    x = leaf(lib, 1.0)
    y = cube(lib).apply(x, 1.0, "")
    y.backward(ones(lib, x), retain_graph=True)
    y.backward(ones(lib, x))
    with pytest.raises(RuntimeError, match="second time"):
        y.backward(ones(lib, x))
    assert x.grad.tolist() == [6.0]


@BOTH
def test_setup_context(lib):
    class Product(lib.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * y

        @staticmethod
        def setup_context(ctx, inputs, output):
            assert isinstance(inputs, tuple) and isinstance(output, lib.Tensor)
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y, grad * x

    x, y = leaf(lib, 2.0), leaf(lib, 3.0)
    Product.apply(x, y).backward(ones(lib, x))
    assert (x.grad.tolist(), y.grad.tolist()) == ([3.0], [2.0])


@BOTH
@pytest.mark.parametrize("materialize", [True, False])
def test_several_results_one_unused(lib, materialize):
    seen = []

    class Both(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(materialize)
            constant = x > 0
            rounded = x * 1
            ctx.mark_non_differentiable(constant, rounded)
            return x * 2, x * 3, constant, rounded, "text"

        @staticmethod
        def backward(ctx, *grads):
            seen.append([None if g is None else g.tolist() for g in grads])
            return grads[1] * 3

    x = leaf(lib, 1.0, -1.0)
    double, triple, constant, rounded, text = Both.apply(x)
    assert text == "text" and not constant.requires_grad and not rounded.requires_grad
    assert [t.output_nr for t in (double, triple)] == [0, 1]
    triple.backward(ones(lib, x))
    assert x.grad.tolist() == [3.0, 3.0]
    assert seen[0][:2] == [[0.0, 0.0] if materialize else None, [1.0, 1.0]]
    assert seen[0][4] is None


@BOTH
def test_an_argument_returned_unchanged(lib):
    class Identity(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 5

    x = leaf(lib, 1.0)
    y = Identity.apply(x)
    assert y is not x and x.is_leaf and not y.is_leaf
    y.backward(ones(lib, x))
    assert x.grad.tolist() == [5.0]


@BOTH
def test_mark_dirty(lib):
    class Double(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = leaf(lib, 1.0, 2.0)
    y = x * 3
    z = Double.apply(y)
    assert z is y and y.tolist() == [6.0, 12.0] and "DoubleBackward" in y.grad_fn.name()
    y.backward(ones(lib, x))
    assert x.grad.tolist() == [6.0, 6.0]
    with pytest.raises(RuntimeError, match="leaf"):
        Double.apply(x)


@BOTH
def test_saving_results_and_none(lib):
    class Exp(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(None, y)
            return y

        @staticmethod
        def backward(ctx, grad):
            nothing, y = ctx.saved_tensors
            assert nothing is None
            return grad * y

    x = leaf(lib, 0.5)
    assert lib.autograd.gradcheck(Exp.apply, (x,)) and lib.autograd.gradgradcheck(Exp.apply, (x,))


@BOTH
def test_a_saved_tensor_changed_in_place(lib):
    x = leaf(lib, 1.0)
    y = x * 2
    z = cube(lib).apply(y, 1.0, "")
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward(ones(lib, x))


def returning(lib, *values):
    class Wrong(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, number):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return values[0] if len(values) == 1 else values

    return Wrong


@BOTH
def test_what_backward_may_return(lib):
    x = leaf(lib, 1.0, 2.0)
    g = ones(lib, x)
    for values in [(g,), (g, None, g), ()]:
        with pytest.raises(RuntimeError, match="incorrect number of gradients"):
            returning(lib, *values).apply(x, 1).backward(g)
    with pytest.raises(RuntimeError, match="different than None"):
        returning(lib, g, g).apply(x, 1).backward(g)
    with pytest.raises(RuntimeError, match="invalid gradient at index 0"):
        returning(lib, lib.tensor([1.0, 2.0, 3.0], dtype=lib.float64), None).apply(x, 1).backward(g)
    with pytest.raises(RuntimeError, match="expected Variable or None"):
        returning(lib, 3, None).apply(x, 1).backward(g)
    returning(lib, g, None, None, None).apply(x, 1).backward(g)
    returning(lib, None, None).apply(x, 1).backward(g)
    assert x.grad.tolist() == [1.0, 1.0]


@BOTH
def test_exceptions_pass_through(lib):
    error = KeyError("mine")

    class Fails(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x, early):
            if early:
                raise error
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            raise error

    x = leaf(lib, 1.0)
    with pytest.raises(KeyError) as caught:
        Fails.apply(x, True)
    assert caught.value is error and lib.is_grad_enabled()
    with pytest.raises(KeyError) as caught:
        Fails.apply(x, False).backward(ones(lib, x))
    assert caught.value is error and lib.is_grad_enabled()


@BOTH
def test_misuse(lib):
    class Empty(lib.autograd.Function):
        pass

    x = leaf(lib, 1.0)
    with pytest.raises(NotImplementedError):
        Empty.apply(x)

    class Saves(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3)
            return x * 1

    with pytest.raises(TypeError, match="save_for_backward can only save variables"):
        Saves.apply(x)

    class Forward(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    with pytest.raises(NotImplementedError):
        Forward.apply(x).backward(ones(lib, x))


@BOTH
def test_once_differentiable(lib):
    from torch.autograd.function import once_differentiable as theirs

    from synapgrad.autograd.function import once_differentiable as ours

    class Square(lib.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @(ours if lib is sg else theirs)
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 * x

    x = leaf(lib, 3.0)
    Square.apply(x).backward(ones(lib, x))
    assert x.grad.tolist() == [6.0]
    g = ones(lib, x).requires_grad_()
    (first,) = lib.autograd.grad(Square.apply(x), x, g, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.backward(ones(lib, x))


def test_a_context_that_holds_its_result_does_not_leak():
    contexts = []

    class Holds(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x, ctx.y = x, x * 2
            ctx.save_for_backward(ctx.y)
            contexts.append(weakref.ref(ctx))
            return ctx.y

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = leaf(sg, 1.0)
    for backward in (True, False):
        y = Holds.apply(x)
        if backward:
            y.backward(ones(sg, x))
        assert contexts[-1]() is not None
        del y
        gc.collect()
        assert contexts[-1]() is None


def test_a_deep_chain_of_functions_is_freed():
    class Next(sg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = leaf(sg, 1.0)
    y = x
    for _ in range(50_000):
        y = Next.apply(y)
    y.backward(ones(sg, x))
    assert x.grad.tolist() == [1.0]
    del y
