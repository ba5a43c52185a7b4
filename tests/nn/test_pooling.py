"""The pooling layers beside torch's."""

import warnings

import pytest
from helpers import same, same_error

SHAPES = {1: [(3, 8), (2, 3, 9)], 2: [(2, 6, 7), (2, 3, 8, 9)], 3: [(2, 4, 5, 6), (2, 1, 4, 6, 5)]}
#: The class without its dimensions, how it is made, and for which numbers of dimensions.
LAYERS = [
    ("MaxPool", (2,), {}, (1, 2, 3)),
    ("MaxPool", (3, 2), dict(padding=1, return_indices=True, ceil_mode=True), (1, 2, 3)),
    ("MaxPool", ((3, 2), (1, 2)), dict(dilation=(1, 2)), (2,)),
    ("AvgPool", (2,), {}, (1, 2, 3)),
    ("AvgPool", (3, 2, 1, True, False), {}, (1, 2, 3)),
    ("AvgPool", (2,), dict(divisor_override=3), (2, 3)),
    ("AvgPool", ((2, 3),), dict(stride=(1, 2), padding=(1, 0)), (2,)),
    ("LPPool", (2, 2), {}, (1, 2, 3)),
    ("LPPool", (3.0, 3), dict(stride=2, ceil_mode=True), (1, 2)),
    ("AdaptiveMaxPool", (3,), {}, (1, 2, 3)),
    ("AdaptiveMaxPool", ((None, 3),), dict(return_indices=True), (2,)),
    ("AdaptiveAvgPool", (3,), {}, (1, 2, 3)),
    ("AdaptiveAvgPool", (1,), {}, (1, 2, 3)),
    ("AdaptiveAvgPool", ((2, None),), {}, (2,)),
]


@pytest.mark.parametrize(
    ("name", "arguments", "keywords"),
    [(f"{name}{n}d", a, k) for name, a, k, dims in LAYERS for n in dims],
    ids=str,
)
def test_layers(name, arguments, keywords):
    def program(lib, nn, _):
        layer = getattr(nn, name)(*arguments, **keywords)
        options = {key: value for key, value in vars(layer).items() if not key.startswith("_")}
        results = [layer, options, dict(layer.state_dict())]
        for shape in SHAPES[int(name[-2])]:
            x = lib.rand(shape).requires_grad_()
            y = layer(x * 1)
            values = y[0] if isinstance(y, tuple) else y
            (values * lib.rand(tuple(values.shape))).sum().backward()
            results += [y, x.grad]
        return results

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(program, approximately=True)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_unpool(n):
    def program(lib, nn, _):
        x = lib.randn(SHAPES[n][1]).requires_grad_()
        pool = getattr(nn, f"MaxPool{n}d")(2, return_indices=True)
        layer = getattr(nn, f"MaxUnpool{n}d")(2)
        y, indices = pool(x)
        whole = layer(y, indices, output_size=tuple(x.shape))
        (whole * whole).sum().backward()
        even = lib.zeros(2, 4, 8, 6)[tuple([0] * (3 - n))]
        return [layer, layer.stride, whole, x.grad, layer(*pool(even))]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(program, approximately=True)


def test_errors():
    same_error(lambda lib, nn, _: nn.MaxPool2d(0)(lib.ones(1, 4, 4)))
    same_error(lambda lib, nn, _: nn.MaxPool2d(2)(lib.ones(4, 4)))
    same_error(lambda lib, nn, _: nn.MaxPool2d((2, 2, 2))(lib.ones(1, 4, 4)))
    same_error(lambda lib, nn, _: nn.AdaptiveAvgPool2d(None)(lib.ones(1, 4, 4)))
    same_error(lambda lib, nn, _: nn.LPPool2d(0, 2), "norm_type must be a non-zero value")
    same_error(lambda lib, nn, _: nn.functional.lp_pool2d(lib.ones(1, 4, 4), 0, 2))
    same_error(lambda lib, nn, _: nn.AvgPool2d(2, divisor_override=0)(lib.ones(1, 4, 4)))
