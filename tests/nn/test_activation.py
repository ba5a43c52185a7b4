"""Every activation layer beside torch's."""

import warnings

import pytest
from helpers import LIBRARIES, same, same_error

LAYERS = {
    "Threshold": [(0.5, 2.0), (0.5, 2.0, True)],
    "ReLU6": [(), (True,)],
    "RReLU": [(), (0.2, 0.7), (0.2, 0.7, True)],
    "Hardtanh": [(), (-2.0, 0.5), (-2.0, 0.5, True)],
    "Hardsigmoid": [(), (True,)],
    "Hardswish": [(), (True,)],
    "Hardshrink": [(), (1.0,)],
    "ELU": [(), (0.5,), (0.5, True)],
    "CELU": [(), (0.5,), (0.5, True)],
    "GELU": [(), ("tanh",)],
    "GLU": [(), (0,)],
    "SiLU": [(), (True,)],
    "Mish": [(), (True,)],
    "Softplus": [(), (2.0, 1.0)],
    "Softsign": [()],
    "Softshrink": [(), (1.0,)],
    "Tanhshrink": [()],
    "PReLU": [(), (4, 0.5)],
    "Softmin": [(1,)],
    "LogSigmoid": [()],
}


@pytest.mark.parametrize(
    ("name", "arguments"), [(name, arguments) for name, all_ in LAYERS.items() for arguments in all_]
)
def test_activations(name, arguments):
    def program(lib, nn, _):
        layer = getattr(nn, name)(*arguments)
        x = lib.randn(6, 4).requires_grad_()
        y = layer(x * 2)
        (y * lib.rand(tuple(y.shape))).sum().backward()
        fields = sorted(field for field in vars(nn_layer(name, arguments)) if not field.startswith("_"))
        values = [getattr(layer, field) for field in fields if field != "training"]
        grads = [p.grad for p in layer.parameters()]
        return [layer, values, y, x.grad, grads, layer.state_dict(), layer.eval()(x.detach())]

    def nn_layer(name, arguments):
        return getattr(LIBRARIES[1][1], name)(*arguments)

    same(program, approximately=True)


def test_softmax2d():
    for shape in [(2, 3, 2, 2), (3, 2, 2)]:
        same(lambda lib, nn, _, shape=shape: nn.Softmax2d()(lib.randn(shape)), approximately=True)
    same_error(lambda lib, nn, _: nn.Softmax2d()(lib.ones(2, 3)), "Softmax2d: expected input to be 3D or 4D")
    same(lambda lib, nn, _: nn.Softmax2d())


def test_softmin_without_dim():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(lambda lib, nn, _: nn.Softmin()(lib.randn(3, 4)), approximately=True)


def test_refusals():
    same_error(lambda lib, nn, _: nn.Hardtanh(1.0, 1.0), "must be greater than min_val")
    same_error(lambda lib, nn, _: nn.GLU()(lib.ones(3)))
    same_error(lambda lib, nn, _: nn.PReLU(3)(lib.ones(2, 4)))
    same_error(lambda lib, nn, _: nn.GELU("fast")(lib.ones(2)))
    same_error(lambda lib, nn, _: nn.Softshrink(-1.0)(lib.ones(2)))
    same_error(lambda lib, nn, _: nn.RReLU(0.5, 0.1)(lib.ones(2)))
    same_error(lambda lib, nn, _: nn.CELU(0.0)(lib.ones(2)))
    same_error(lambda lib, nn, _: nn.Softmax("1"), "dim must be an int or None")
    same_error(lambda lib, nn, _: nn.LogSoftmax(True), "dim must be an int or None")


def test_old_keywords_of_hardtanh():
    for _, nn, _ in LIBRARIES:
        with pytest.warns(FutureWarning, match="min_val"):
            layer = nn.Hardtanh(min_value=-3.0, max_value=3.0)
        assert (layer.min_val, layer.max_val) == (-3.0, 3.0)
