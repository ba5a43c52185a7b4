"""Lazy layers and tensors without a shape, beside torch's."""

import copy
import importlib
import pickle

import pytest
from helpers import same, same_error

from synapgrad import nn as snn

#: What makes the layer, and an input for it.
LAYERS = {
    "LazyLinear": ((3,), {}, (4, 2)),
    "LazyConv1d": ((3, 2), {}, (2, 4, 5)),
    "LazyConv2d": ((4, (2, 3)), {"stride": 2, "padding": 1, "groups": 2}, (1, 2, 5, 5)),
    "LazyConv3d": ((2, 2), {"dilation": 2}, (3, 4, 4, 4)),
    "LazyConvTranspose1d": ((3, 2), {}, (2, 5)),
    "LazyConvTranspose2d": ((4, 2), {"stride": 2, "output_padding": 1, "groups": 2}, (1, 2, 3, 3)),
    "LazyConvTranspose3d": ((2, 2), {"dilation": 2}, (1, 2, 2, 2, 2)),
    "LazyBatchNorm1d": ((), {}, (4, 2)),
    "LazyBatchNorm2d": ((), {"momentum": None}, (2, 3, 2, 2)),
    "LazyBatchNorm3d": ((0.1,), {}, (1, 2, 2, 2, 2)),
    "LazyInstanceNorm1d": ((), {}, (2, 3, 4)),
    "LazyInstanceNorm2d": ((), {"track_running_stats": False}, (1, 2, 3, 3)),
    "LazyInstanceNorm3d": ((), {"affine": False}, (1, 2, 2, 2, 2)),
}


def made(nn, name, **more):
    args, options, _ = LAYERS[name]
    return getattr(nn, name)(*args, **options, **more).double()


def an_input(lib, name):
    return lib.randn(LAYERS[name][2], dtype=lib.float64)


def described(layer):
    """What a layer without shapes shows."""
    shown = [repr(layer), type(layer).__name__, repr(layer.state_dict())]
    return [*shown, [name for name, _ in layer.named_buffers()]]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_the_first_call(name, bias):
    def program(lib, nn, optim):
        layer = made(nn, name, bias=bias)
        seen = [*described(layer), layer.has_uninitialized_params()]
        members = [*layer.parameters(), *layer.buffers()]
        if list(layer.parameters()):
            optimizer = optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(2):
            x = an_input(lib, name)
            y = layer(x)
            if list(layer.parameters()):
                optimizer.zero_grad()
                (y**2).sum().backward()
                optimizer.step()
            seen += [y, layer, layer.state_dict(), [p.grad for p in layer.parameters()]]
        kinds = [type(member).__name__ for member in members]
        same_objects = all(a is b for a, b in zip(members, [*layer.parameters(), *layer.buffers()]))
        ordinary = type(layer) is getattr(nn, name.removeprefix("Lazy"))
        layer.eval()
        return [*seen, kinds, same_objects, ordinary, layer(x), hasattr(layer, "_initialize_hook")]

    same(program, approximately=True)


def test_afterwards_calls_are_as_fast_as_those_of_ordinary_layers():
    import synapgrad

    layer = snn.LazyLinear(3)
    layer(synapgrad.ones(1, 2))
    assert layer._hooks is None
    layer = snn.LazyLinear(3)
    layer.register_forward_hook(lambda module, args, output: 5)
    assert layer(synapgrad.ones(1, 2)) == 5
    assert layer(synapgrad.ones(1, 2)) == 5


@pytest.mark.parametrize("name", ["LazyLinear", "LazyConvTranspose2d", "LazyBatchNorm2d"])
@pytest.mark.parametrize("assign", [False, True])
def test_loading(name, assign):
    def program(lib, nn, _):
        full, lazy = made(nn, name), made(nn, name)
        x = an_input(lib, name)
        full(x)
        seen = [repr(lazy.load_state_dict(made(nn, name).state_dict())), *described(lazy)]
        seen += [
            lazy.load_state_dict(full.state_dict(), assign=assign),
            type(lazy).__name__,
            lazy.state_dict(),
        ]
        seen += [lazy.has_uninitialized_params(), lazy(x), type(lazy).__name__, lazy.state_dict()]
        return seen

    same(program, approximately=True)


def test_the_size_is_known_after_loading():
    import synapgrad

    full, lazy = snn.LazyConv2d(3, 2), snn.LazyConv2d(3, 2)
    x = synapgrad.ones(1, 2, 4, 4)
    full(x)
    lazy.load_state_dict(full.state_dict())
    assert synapgrad.equal(lazy(x), full(x))
    assert lazy.in_channels == 2


def test_loading_a_part_and_what_does_not_fit():
    def program(lib, nn, _):
        lazy = nn.LazyLinear(3)
        return [lazy.load_state_dict({"weight": lib.ones(3, 2)}, strict=False), repr(lazy.state_dict())]

    same(program)
    same_error(
        lambda lib, nn, _: nn.Linear(2, 3).load_state_dict(nn.LazyLinear(3).state_dict()),
        "Can't access the shape of an uninitialized parameter or buffer",
    )

    def other_size(lib, nn, _):
        lazy = nn.LazyLinear(3)
        lazy.load_state_dict(nn.Linear(2, 3).state_dict())
        lazy(lib.ones(1, 4))

    same_error(other_size)


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_conversions_before_the_first_call(dtype):
    def program(lib, nn, _):
        layers = [nn.LazyLinear(3, dtype=getattr(lib, dtype)), nn.LazyBatchNorm1d(), nn.LazyConv1d(2, 1)]
        layers = [layer.to(getattr(lib, dtype)) for layer in layers]
        seen = [str(p.dtype).rpartition(".")[2] for layer in layers for p in layer.parameters()]
        seen += [str(b.dtype).rpartition(".")[2] for layer in layers for b in layer.buffers()]
        layers[1].double()(lib.ones(4, 2, dtype=lib.float64))
        layers[0].double()(lib.ones(4, 2, dtype=lib.float64))
        return [*seen, repr(layers[2].state_dict()), layers[1].state_dict(), layers[0].state_dict()]

    same(program)


def test_copies():
    def program(lib, nn, _):
        net = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(1, bias=False))
        twin, back = copy.deepcopy(net), pickle.loads(pickle.dumps(net))
        lib.manual_seed(3)
        x = lib.randn(4, 2)
        seen = [twin(x), twin, twin.state_dict(), net]
        lib.manual_seed(4)
        return [*seen, back(x), back, net(x), net, copy.deepcopy(net)(x)]

    same(program, approximately=True)


def test_training_of_a_network():
    def program(lib, nn, optim):
        net = nn.Sequential(
            nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(1)
        ).double()
        x = lib.randn(3, 2, 1, 4, 4, dtype=lib.float64)
        net(x[0])
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        for batch in x:
            optimizer.zero_grad()
            net(batch).sum().backward()
            optimizer.step()
        return [net, net.state_dict()]

    same(program, approximately=True)


# Tensors without a shape


@pytest.mark.parametrize(
    "program",
    [
        lambda t: t + 1,
        lambda t: 1 - t,
        lambda t: t @ t,
        lambda t: t == 1,
        lambda t: -t,
        lambda t: t[0],
        lambda t: len(t),
        lambda t: bool(t),
        lambda t: list(t),
        lambda t: t.numel(),
        lambda t: t.fill_(1),
        lambda t: t.clone(),
        lambda t: t.detach(),
        lambda t: t.sum(),
        lambda t: t.item(),
        lambda t: t.tolist(),
        lambda t: t.requires_grad_(False),
        lambda t: t.backward(),
        lambda t: t.shape,
    ],
)
@pytest.mark.parametrize("kind", ["UninitializedParameter", "UninitializedBuffer"])
def test_refusals_of_a_tensor_without_a_shape(kind, program):
    same_error(lambda lib, nn, _: program(getattr(nn.parameter, kind)()), "uninitialized parameter")


def test_what_a_tensor_without_a_shape_can_do():
    def program(lib, nn, _):
        from_module = nn.parameter
        weight, buffer = (
            nn.UninitializedParameter(requires_grad=False),
            nn.UninitializedBuffer(persistent=False),
        )
        seen = [
            repr(weight),
            str(buffer),
            weight.requires_grad,
            weight.grad,
            weight.is_leaf,
            buffer.persistent,
        ]
        seen += [
            isinstance(weight, nn.Parameter),
            isinstance(buffer, nn.Buffer),
            isinstance(buffer, lib.Tensor),
        ]
        seen += [from_module.is_lazy(each) for each in (weight, buffer, lib.ones(1), 5)]
        seen += [
            weight.is_floating_point(),
            repr(copy.deepcopy(weight)),
            repr(pickle.loads(pickle.dumps(weight))),
        ]
        weight.materialize((2, 3), dtype=lib.float64)
        buffer.materialize([2])
        seen += [type(weight).__name__, type(buffer) is lib.Tensor, tuple(weight.shape), weight.requires_grad]
        seen += [str(weight.dtype).rpartition(".")[2], tuple(buffer.shape)]
        module = nn.Module()
        module.weight = nn.UninitializedParameter()
        module.table = nn.UninitializedBuffer(persistent=False)
        return [*seen, list(module._parameters), list(module._buffers)]

    same(program)


def test_a_buffer_without_a_shape_is_copied():
    import synapgrad

    layer = copy.deepcopy(pickle.loads(pickle.dumps(snn.LazyBatchNorm1d())))
    assert repr(layer.running_mean) == "<UninitializedBuffer>"
    layer(synapgrad.ones(2, 3))
    assert layer.running_mean.shape == (3,)


@pytest.mark.parametrize(
    "fill", ["uniform_", "normal_", "ones_", "trunc_normal_", "xavier_normal_", "kaiming_uniform_"]
)
def test_nothing_is_filled_that_has_no_elements(fill):
    same_error(lambda lib, nn, _: getattr(nn.init, fill)(nn.LazyLinear(2).weight))


def mixin(lib):
    return importlib.import_module(f"{lib.__name__}.nn.modules.lazy").LazyModuleMixin


def test_a_lazy_module_of_ones_own():
    def program(lib, nn, _):
        class Scale(nn.Module):
            def __init__(self, size):
                super().__init__()
                self.factor = nn.Parameter(lib.ones(size))

            def forward(self, x, *, shift=0):
                return x * self.factor + shift

        class LazyScale(mixin(lib), Scale):
            cls_to_become = Scale

            def __init__(self):
                super().__init__(0)
                self.factor = nn.UninitializedParameter()

            def initialize_parameters(self, x, *, shift=0):
                self.factor.materialize(x.shape[-1:])
                self.factor.data.fill_(2.0 + shift)

        layer = LazyScale()
        return [layer, repr(layer.state_dict()), layer(lib.ones(1, 3), shift=1), layer, layer.state_dict()]

    same(program)


def test_errors():
    def unfinished(lib, nn, _):
        class Unfinished(nn.LazyLinear):
            def initialize_parameters(self, input):
                pass

        Unfinished(3)(lib.ones(1, 2))

    same_error(unfinished, "module Unfinished has not been fully initialized")

    def undefined(lib, nn, _):
        class Undefined(mixin(lib), nn.Linear):
            pass

        Undefined(2, 3)(lib.ones(1, 2))

    same_error(undefined, "initialize_parameters is not implemented for Undefined")
    same_error(
        lambda lib, nn, _: nn.LazyConv2d(3, 2)(lib.ones(2, 3)),
        "Expected 3D (unbatched) or 4D (batched) input",
    )
    same_error(
        lambda lib, nn, _: nn.LazyConv1d(4, 1, groups=2)(lib.ones(1, 3, 5)), "in_channels must be divisible"
    )
    same_error(lambda lib, nn, _: nn.LazyInstanceNorm1d()(lib.ones(4, 3)))
    same_error(lambda lib, nn, _: nn.LazyConv1d(4, 1, padding_mode="no"))
    same_error(lambda lib, nn, _: nn.LazyConvTranspose1d(4, 1, padding_mode="circular"), 'Only "zeros"')
    same_error(lambda lib, nn, _: nn.LazyLinear())
    for layer in (snn.LazyLinear, snn.LazyBatchNorm1d):
        with pytest.raises(RuntimeError):
            layer(3, device="cuda")


#: Functions of tensors that are given one without a shape.
USES = {
    "sum": lambda lib, p: lib.sum(p),
    "add": lambda lib, p: lib.ones(2) + p,
    "radd": lambda lib, p: 1 + p,
    "mul": lambda lib, p: lib.mul(lib.ones(2), p),
    "linear": lambda lib, p: importlib.import_module(f"{lib.__name__}.nn.functional").linear(
        lib.ones(2, 2), p
    ),
    "relu": lambda lib, p: lib.relu(p),
    "cat": lambda lib, p: lib.cat([p, p]),
    "stack": lambda lib, p: lib.stack((lib.ones(0), p)),
    "index": lambda lib, p: lib.ones(2)[p],
    "where": lambda lib, p: lib.where(lib.ones(2) > 0, p, p),
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("kind", ["UninitializedParameter", "UninitializedBuffer"])
def test_functions_refuse_what_has_no_shape(name, kind):
    def program(lib, nn, _):
        USES[name](lib, getattr(importlib.import_module(f"{lib.__name__}.nn.parameter"), kind)())

    same_error(program, "Attempted to use an uninitialized parameter")
