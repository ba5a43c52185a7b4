"""The padding layers beside torch's."""

import warnings

import pytest
from helpers import same, same_error

SHAPES = {1: [(3, 5), (2, 3, 5)], 2: [(2, 4, 5), (2, 3, 4, 5)], 3: [(2, 3, 4, 5), (2, 1, 3, 4, 5)]}
PADDINGS = {1: [2, (1, 0), (-1, 2)], 2: [1, (2, 0, 1, 3), (-1, 1, 0, -2)], 3: [1, (0, 1, 2, 0, 1, 2)]}
KINDS = ["Constant", "Zero", "Reflection", "Replication", "Circular"]


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_layers(kind, dims):
    value = (3.5,) if kind == "Constant" else ()

    def program(lib, nn, _):
        results = []
        for padding in PADDINGS[dims]:
            layer = getattr(nn, f"{kind}Pad{dims}d")(padding, *value)
            results += [layer, layer.padding, dict(layer.state_dict())]
            for shape in SHAPES[dims]:
                x = lib.randn(shape).requires_grad_()
                y = layer(x * 1)
                (y * lib.rand(tuple(y.shape))).sum().backward()
                results += [y, x.grad]
        return results

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(program, approximately=True)


def test_other_ways_to_give_the_padding():
    same(lambda lib, nn, _: nn.ConstantPad1d([1, 2], 0).padding)
    same(lambda lib, nn, _: nn.ZeroPad2d((1, 2))(lib.ones(1, 2)))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_zeros_are_a_constant(dims):
    def program(lib, nn, _):
        layer = getattr(nn, f"ZeroPad{dims}d")(1)
        return [isinstance(layer, getattr(nn, f"ConstantPad{dims}d")), layer.value, layer.padding]

    same(program)


def test_errors():
    same_error(lambda lib, nn, _: nn.CircularPad2d(1)(lib.zeros(2, 2)), "expected 3D or 4D input")
    same_error(lambda lib, nn, _: nn.ReflectionPad1d(1)(lib.zeros(2)))
    same_error(lambda lib, nn, _: nn.ReflectionPad2d(3)(lib.zeros(1, 3, 3)), "less than")
    same_error(lambda lib, nn, _: nn.ConstantPad1d(1.5, 0)(lib.zeros(2)))
    same_error(lambda lib, nn, _: nn.ConstantPad1d(1))
