"""Normalisation layers beside torch's."""

import pickle
import warnings

import pytest
from helpers import LIBRARIES, same, same_error

import synapgrad
from synapgrad import nn as snn


def passes(make, *shapes, learned=True):
    """A program: the layer trained on inputs of the shapes, in turn, and then evaluated."""

    def program(lib, nn, _):
        layer = make(nn)
        if learned:
            for p in layer.parameters():
                p.data = lib.randn(tuple(p.shape))
        seen = [layer]
        for shape in shapes:
            x = lib.randn(tuple(shape)).requires_grad_()
            y = layer(x)
            (y * lib.rand(tuple(shape))).sum().backward()
            seen += [y, x.grad, *(p.grad for p in layer.parameters()), layer.state_dict()]
        layer.eval()
        x = lib.randn(tuple(shapes[0])).requires_grad_()
        y = layer(x)
        (y * lib.rand(tuple(shapes[0]))).sum().backward()
        return [*seen, y, x.grad, layer.state_dict()]

    same(program, approximately=True)


BATCH = [
    (lambda nn: nn.BatchNorm1d(3), (4, 3), (6, 3)),
    (lambda nn: nn.BatchNorm1d(3), (4, 3, 5), (2, 3, 20)),
    (lambda nn: nn.BatchNorm2d(3), (4, 3, 5, 6), (2, 3, 4, 4)),
    (lambda nn: nn.BatchNorm3d(3), (4, 3, 2, 3, 2)),
    (lambda nn: nn.BatchNorm2d(3, eps=0.1, momentum=0.5), (4, 3, 5, 6), (2, 3, 4, 4)),
    (lambda nn: nn.BatchNorm1d(3, momentum=None), (4, 3), (6, 3), (2, 3)),
    (lambda nn: nn.BatchNorm1d(3, affine=False), (4, 3), (6, 3)),
    (lambda nn: nn.BatchNorm1d(3, bias=False), (4, 3), (6, 3)),
    (lambda nn: nn.BatchNorm1d(3, track_running_stats=False), (4, 3), (6, 3)),
]
INSTANCE = [
    (lambda nn: nn.InstanceNorm1d(3), (4, 3, 5)),
    (lambda nn: nn.InstanceNorm1d(3), (3, 5)),
    (lambda nn: nn.InstanceNorm2d(3, affine=True), (4, 3, 5, 6), (3, 5, 6)),
    (lambda nn: nn.InstanceNorm3d(3, affine=True), (2, 3, 2, 3, 2)),
    (lambda nn: nn.InstanceNorm2d(3, track_running_stats=True), (4, 3, 5, 6), (2, 3, 4, 4)),
    (lambda nn: nn.InstanceNorm1d(3, affine=True, track_running_stats=True, momentum=None), (4, 3, 5)),
]
OTHERS = [
    (lambda nn: nn.LayerNorm(5), (4, 5)),
    (lambda nn: nn.LayerNorm([3, 5], eps=0.1), (2, 3, 5), (3, 5)),
    (lambda nn: nn.LayerNorm((5,), bias=False), (4, 5)),
    (lambda nn: nn.LayerNorm(5, elementwise_affine=False), (4, 5)),
    (lambda nn: nn.GroupNorm(2, 6), (4, 6, 5), (4, 6)),
    (lambda nn: nn.GroupNorm(2, 6, eps=0.1, affine=False), (4, 6, 5, 4)),
    (lambda nn: nn.GroupNorm(1, 6, bias=False), (4, 6, 5, 4)),
    (lambda nn: nn.RMSNorm(5), (4, 5)),
    (lambda nn: nn.RMSNorm([3, 5], eps=0.1), (2, 3, 5)),
    (lambda nn: nn.RMSNorm(5, elementwise_affine=False), (4, 5)),
    (lambda nn: nn.LocalResponseNorm(2), (2, 4, 5)),
    (lambda nn: nn.LocalResponseNorm(3, 0.5, 0.5, 2.0), (2, 4, 5, 2)),
]


@pytest.mark.parametrize("case", BATCH + INSTANCE + OTHERS)
def test_layers(case):
    passes(*case)


@pytest.mark.parametrize("case", BATCH + INSTANCE + OTHERS)
def test_starts_as_torchs(case):
    same(lambda lib, nn, _: [case[0](nn), case[0](nn).state_dict(), case[0](nn).state_dict()._metadata])


def test_attributes():
    names = "num_features eps momentum affine track_running_stats running_mean num_batches_tracked weight"
    same(lambda lib, nn, _: [getattr(nn.BatchNorm2d(3), name) for name in names.split()])
    same(lambda lib, nn, _: [getattr(nn.LayerNorm(3), n) for n in "normalized_shape eps bias".split()])
    same(lambda lib, nn, _: [getattr(nn.GroupNorm(1, 3), n) for n in "num_groups num_channels eps".split()])
    same(lambda lib, nn, _: nn.BatchNorm1d(3, dtype=lib.float64).state_dict())


def test_state_travels_both_ways():
    for make in (lambda nn: nn.BatchNorm1d(3), lambda nn: nn.InstanceNorm1d(3, track_running_stats=True)):
        states = []
        for lib, nn, _ in LIBRARIES:
            layer = make(nn)
            layer(lib.arange(60, dtype=lib.float32).reshape(4, 3, 5))
            states.append({name: value.tolist() for name, value in layer.state_dict().items()})
        (ours, snn_, _), (theirs, tnn, _) = LIBRARIES
        for lib, nn, state in ((ours, snn_, states[1]), (theirs, tnn, states[0])):
            layer = make(nn)
            tensors = {name: lib.tensor(value) for name, value in state.items()}
            assert str(layer.load_state_dict(tensors)) == "<All keys matched successfully>"
            assert {n: v.tolist() for n, v in layer.state_dict().items()} == state


def test_states_without_a_count_of_batches():
    def program(lib, nn, _):
        layer = nn.BatchNorm1d(2)
        state = {"weight": lib.ones(2), "bias": lib.zeros(2)}
        state |= {"running_mean": lib.ones(2), "running_var": lib.ones(2)}
        layer.load_state_dict(state)
        return layer.state_dict()

    same(program)


def test_reset_and_pickle():
    layer = snn.BatchNorm1d(3)
    layer(synapgrad.randn(4, 3))
    assert layer.num_batches_tracked.item() == 1
    again = pickle.loads(pickle.dumps(layer))
    assert again.running_mean.tolist() == layer.running_mean.tolist()
    layer.reset_running_stats()
    assert layer.running_mean.tolist() == [0, 0, 0] and layer.num_batches_tracked.item() == 0
    assert layer.double()(synapgrad.randn(4, 3, dtype=synapgrad.float64)).dtype == synapgrad.float64
    assert layer.num_batches_tracked.dtype == synapgrad.int64


def test_refusals():
    same_error(lambda lib, nn, _: nn.BatchNorm1d(3)(lib.ones(3)), "expected 2D or 3D input (got 1D input)")
    same_error(lambda lib, nn, _: nn.BatchNorm2d(3)(lib.ones(2, 3)), "expected 4D input (got 2D input)")
    same_error(lambda lib, nn, _: nn.BatchNorm3d(3)(lib.ones(2, 3)), "expected 5D input")
    same_error(lambda lib, nn, _: nn.BatchNorm1d(3)(lib.ones(1, 3)), "more than 1 value per channel")
    same_error(lambda lib, nn, _: nn.BatchNorm1d(3)(lib.ones(4, 2)))
    same_error(lambda lib, nn, _: nn.InstanceNorm1d(3)(lib.ones(2, 3, 1)), "more than 1 spatial element")
    same_error(lambda lib, nn, _: nn.InstanceNorm2d(3, affine=True)(lib.ones(2, 4, 3, 3)))
    same_error(lambda lib, nn, _: nn.InstanceNorm2d(3)(lib.ones(2, 4)))
    same_error(lambda lib, nn, _: nn.LayerNorm(3)(lib.ones(2, 4)))
    same_error(lambda lib, nn, _: nn.GroupNorm(2, 3), "divisible")
    same_error(lambda lib, nn, _: nn.GroupNorm(3, 3)(lib.ones(1, 3)), "more than 1 value per channel")
    same_error(lambda lib, nn, _: nn.GroupNorm(2, 4)(lib.ones(2, 6)))
    same_error(lambda lib, nn, _: nn.RMSNorm(3)(lib.ones(2, 4)))
    same_error(lambda lib, nn, _: nn.LocalResponseNorm(2)(lib.ones(2, 4)))


def test_a_refused_batch_is_not_counted():
    layer = snn.BatchNorm1d(3)
    with pytest.raises(ValueError, match="more than 1"):
        layer(synapgrad.ones(1, 3))
    assert layer.num_batches_tracked.item() == 0


def test_other_channels_without_parameters():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(lambda lib, nn, _: nn.InstanceNorm1d(3)(lib.randn(2, 4, 5)), approximately=True)
    for lib, nn, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="num_features"):
            nn.InstanceNorm1d(3)(lib.ones(2, 4, 5))


def test_a_network_with_normalisation_and_dropout_learns_the_same():
    def program(lib, nn, optim):
        net = nn.Sequential(
            nn.Linear(2, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3), nn.Linear(16, 1), nn.Sigmoid()
        )
        optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        x = lib.rand(32, 2)
        y = (x[:, :1] > x[:, 1:]).float()
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            value = nn.MSELoss()(net(x), y)
            value.backward()
            optimizer.step()
            losses.append(value.item())
        net.eval()
        return [losses, net.state_dict(), net(x)]

    same(program, approximately=True)
