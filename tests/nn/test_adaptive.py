"""The adaptive softmax, modules on several devices, and modules that are not drawn, beside torch's."""

import pytest
from helpers import same, same_error

from synapgrad import nn as snn

OPTIONS = {"cutoffs": [3, 6], "div_value": 2.0, "head_bias": True}


def made(nn, **options):
    return nn.AdaptiveLogSoftmaxWithLoss(8, 12, **{**OPTIONS, **options})


@pytest.mark.parametrize(
    "target",
    [[0, 7, 4, 11, 2], [1, 2, 0, 0, 1], [6, 9, 11, 11, 6], [4, 4, 5, 3, 3], [5]],
    ids=["all", "shortlist", "last cluster", "first cluster", "one sample"],
)
@pytest.mark.parametrize(
    "options", [{}, {"cutoffs": (1, 2, 11), "head_bias": False}, {"cutoffs": [5]}], ids=str
)
def test_values_and_gradients(target, options):
    def program(lib, nn, optim):
        layer = made(nn, **options)
        optimizer = optim.SGD(layer.parameters(), lr=0.5)
        x = lib.randn(len(target), 8, requires_grad=True)
        seen = [layer, layer.state_dict(), layer.cutoffs, layer.head_size]
        for _ in range(2):
            optimizer.zero_grad()
            result = layer(input_=x, target_=lib.tensor(target))
            result.loss.backward()
            optimizer.step()
            seen += [result.output, result.loss, len(result), [p.grad for p in layer.parameters()]]
        seen += [x.grad, layer.log_prob(x), layer.predict(x), layer.predict(lib.randn(20, 8))]
        layer.reset_parameters()
        return [*seen, layer.state_dict()]

    same(program, approximately=True)


def test_one_sample_and_a_dtype():
    def program(lib, nn, _):
        layer = made(nn, dtype=lib.float64)
        x = lib.randn(8, dtype=lib.float64)
        return [list(layer(x, lib.tensor(7))), list(layer(x, lib.tensor(0)))]

    same(program, approximately=True)


def call(x, target):
    return lambda lib, nn, _: made(nn)(lib.ones(x), lib.tensor(target))


@pytest.mark.parametrize(
    ("program", "fragments"),
    [
        (lambda lib, nn, _: made(nn, cutoffs=[]), ["cutoffs should be a sequence of length larger than 0"]),
        *(
            (lambda lib, nn, _, c=cutoffs: made(nn, cutoffs=c), ["cutoffs should be a sequence of unique"])
            for cutoffs in ([0, 3], [3, 12], [6, 3], [3, 3], [2.5], [-1])
        ),
        (call((2, 8), [1, 12]), ["Target values should be in [0, 11], but values in range [1, 12]"]),
        (call((2, 8), [-1, 1]), ["Target values should be in [0, 11]"]),
        (call((3, 8), [1, 1]), ["should have the same size in the batch dimension"]),
        (call((2, 1, 8), [1, 1]), ["1D target tensor expects 2D input tensors, but found inputs with size"]),
        (call((1, 8), 1), ["0D target tensor expects 1D input tensors, but found inputs with size"]),
        (call((1, 8), [[1]]), ["multi-target not supported"]),
    ],
)
def test_refusals(program, fragments):
    same_error(program, *fragments)


def test_data_parallel():
    def program(lib, nn, optim):
        net = nn.DataParallel(nn.Sequential(nn.Linear(2, 3), nn.Identity()), device_ids=None, dim=0)
        y = net(lib.ones(4, 2))
        y.sum().backward()
        alone = nn.Linear(2, 3)
        alone.load_state_dict({k.removeprefix("module.0."): v for k, v in net.state_dict().items()})
        return [net, net.state_dict(), y, net.device_ids, alone(lib.ones(4, 2)), net.module[0].weight.grad]

    same(program)


def test_skip_init():
    def program(lib, nn, _):
        layer = nn.utils.skip_init(nn.Linear, 2, out_features=3, dtype=lib.float64)
        norm = nn.utils.skip_init(nn.BatchNorm1d, 2, device="cpu")
        shapes = [tuple(p.shape) for p in layer.parameters()]
        return [layer, norm, shapes, [p.requires_grad for p in layer.parameters()], lib.randn(2)]

    same(program)
    same_error(lambda lib, nn, _: nn.utils.skip_init(dict), "Expected a Module; got <class 'dict'>")
    same_error(lambda lib, nn, _: nn.utils.skip_init(nn.ReLU), "Module must support a 'device' arg")
    with pytest.raises(RuntimeError):
        snn.utils.skip_init(snn.Linear, 2, 3, device="cuda")


def test_conv_tbc():
    def program(lib, nn, _):
        x, weight, bias = (
            lib.randn(shape, dtype=lib.float64, requires_grad=True) for shape in ((5, 2, 3), (2, 3, 4), (4,))
        )
        seen = []
        for pad in (0, 1):
            y = nn.functional.conv_tbc(x, weight, bias, pad)
            (y * y).sum().backward()
            seen += [y, x.grad, weight.grad, bias.grad]
        return seen

    same(program, approximately=True)
    for shapes in (
        ((2, 3), (2, 3, 4), 4),
        ((5, 2, 3), (3, 4), 4),
        ((5, 2, 3), (2, 2, 4), 4),
        ((5, 2, 3), (2, 3, 4), 2),
    ):
        same_error(lambda lib, nn, _, s=shapes: nn.functional.conv_tbc(*(lib.ones(size) for size in s)))
