"""Layers, losses and their functions: values, gradients, reprs and errors beside torch's."""

import warnings

import pytest
from helpers import LIBRARIES, same, same_error


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def value_and_gradient(make, shape=(3, 4)):
    """A program: the module's repr, and for a fixed input the output and the input's gradient."""

    def program(lib, nn, _):
        module = make(nn)
        x = lib.randn(tuple(shape)).requires_grad_()
        # Not x itself, which a layer with inplace=True may not change, and weights so that softmax has a
        # gradient.
        y = module(x * 1)
        (y * lib.rand(tuple(y.shape))).sum().backward()
        return [y, x.grad, *(p.grad for p in module.parameters())]

    same(lambda lib, nn, _: make(nn))
    same(program, approximately=True)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (0, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear(shape, bias):
    value_and_gradient(lambda nn: nn.Linear(4, 5, bias=bias), shape)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 16), (16, 1), (100, 30)])
def test_linear_starts_with_the_same_numbers(sizes, dtype):
    def program(lib, nn, _):
        layer = nn.Linear(*sizes, dtype=getattr(lib, dtype))
        first = layer.state_dict()["weight"].tolist()
        layer.reset_parameters()
        return [first, layer.state_dict(), nn.Linear(*sizes, bias=False).weight]

    same(program)


def test_linear_of_nothing():
    same(lambda lib, nn, _: [nn.Linear(0, 2).weight, nn.Linear(2, 0)(lib.ones(1, 2))])
    same_error(lambda lib, nn, _: nn.Linear(2, -1))
    same_error(lambda lib, nn, _: nn.Linear(2, 1)(lib.ones(3)))


@pytest.mark.parametrize("shape", [(), (5,), (2, 3, 4), (0,)])
@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.ReLU(),
        lambda nn: nn.ReLU(inplace=True),
        lambda nn: nn.LeakyReLU(),
        lambda nn: nn.LeakyReLU(0.3, inplace=True),
        lambda nn: nn.SELU(),
        lambda nn: nn.SELU(True),
        lambda nn: nn.Tanh(),
        lambda nn: nn.Sigmoid(),
        lambda nn: nn.Identity(3, a=4),
    ],
)
def test_activations(make, shape):
    value_and_gradient(make, shape)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax"])
def test_softmax(name, dim):
    value_and_gradient(lambda nn: getattr(nn, name)(dim))
    value_and_gradient(lambda nn: getattr(nn, name)(dim=dim), (2, 3, 4))


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 4), (2, 2, 2, 2)])
def test_softmax_without_dim(name, shape):
    value_and_gradient(lambda nn: getattr(nn, name)(), shape)
    for library, nn, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="mplicit"):
            getattr(nn, name)()(library.ones(shape))


def test_softmax_dtype_and_dim_error():
    def program(lib, nn, _):
        F = nn.functional
        x = lib.tensor([1.0, 2.0])
        return [F.softmax(x, 0, dtype=lib.float64), F.log_softmax(x, dim=0, dtype=lib.float64)]

    same(program, approximately=True)
    same_error(lambda lib, nn, _: nn.Softmax(2)(lib.ones(2, 2)))


def test_flatten():
    value_and_gradient(lambda nn: nn.Flatten(), (2, 3, 4))
    value_and_gradient(lambda nn: nn.Flatten(0, 1), (2, 3, 4))
    value_and_gradient(lambda nn: nn.Unflatten(1, (2, -1)), (3, 4))
    value_and_gradient(lambda nn: nn.Unflatten(-1, [2, 2]), (3, 4))
    same_error(lambda lib, nn, _: nn.Unflatten(1, "a"))
    same_error(lambda lib, nn, _: nn.Unflatten(1, (2, 0.5)))


LOSSES = [
    lambda lib, nn, r: nn.MSELoss(reduction=r),
    lambda lib, nn, r: nn.BCELoss(reduction=r),
    lambda lib, nn, r: nn.BCELoss(lib.tensor([1.0, 2.0, 0.5]), reduction=r),
    lambda lib, nn, r: nn.BCEWithLogitsLoss(reduction=r),
    lambda lib, nn, r: nn.BCEWithLogitsLoss(
        lib.tensor([1.0, 2.0, 0.5]), reduction=r, pos_weight=lib.tensor([3.0])
    ),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("make", LOSSES)
def test_losses(make, reduction):
    def program(lib, nn, _):
        loss = make(lib, nn, reduction)
        x, y = lib.rand(4, 3).requires_grad_(), lib.rand(4, 3)
        value = loss(x, y)
        value.sum().backward()
        return [loss, value, x.grad, loss.state_dict()]

    same(program, approximately=True)


@pytest.mark.parametrize("make", LOSSES)
def test_loss_refusals(make):
    same_error(lambda lib, nn, _: make(lib, nn, "foo")(lib.rand(3), lib.rand(3)), "foo")
    if make is not LOSSES[0]:
        same_error(lambda lib, nn, _: make(lib, nn, "mean")(lib.rand(3), lib.rand(2)))


def test_input_outside_of_zero_and_one():
    same_error(lambda lib, nn, _: nn.BCELoss()(lib.tensor([2.0]), lib.tensor([1.0])))


def test_mse_broadcasts_with_a_warning():
    same(lambda lib, nn, _: nn.MSELoss()(lib.ones(2, 3), lib.zeros(3)))
    for library, nn, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="target size"):
            nn.MSELoss()(library.ones(2, 3), library.zeros(3))


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
@pytest.mark.parametrize("name", ["MSELoss", "BCELoss", "BCEWithLogitsLoss"])
def test_legacy_reduction(name, size_average, reduce):
    def program(lib, nn, _):
        loss = getattr(nn, name)(size_average=size_average, reduce=reduce)
        x, y = lib.rand(4), lib.rand(4)
        function = {
            "MSELoss": nn.functional.mse_loss,
            "BCELoss": nn.functional.binary_cross_entropy,
            "BCEWithLogitsLoss": nn.functional.binary_cross_entropy_with_logits,
        }[name]
        return [loss.reduction, loss(x, y), function(x, y, size_average=size_average, reduce=reduce)]

    same(program, approximately=True)


def test_functions():
    def program(lib, nn, _):
        F = nn.functional
        x, w, b = lib.randn(2, 3), lib.randn(4, 3), lib.randn(4)
        p, y = lib.rand(2, 3), lib.rand(2, 3)
        seen = [F.linear(x, w), F.linear(x, w, b), F.linear(x, w, bias=b), F.linear(x, w[0])]
        seen += [F.relu(x), F.leaky_relu(x), F.leaky_relu(x, 0.2), F.selu(x), F.tanh(x), F.sigmoid(x)]
        seen += [F.relu(x.clone(), inplace=True), F.leaky_relu(x.clone(), 0.1, True), F.selu(x.clone(), True)]
        seen += [F.relu_(x.clone()), F.leaky_relu_(x.clone(), 0.2), F.selu_(x.clone())]
        seen += [
            F.mse_loss(p, y),
            F.mse_loss(p, y, weight=x * x),
            F.mse_loss(p, y, reduction="none", weight=p),
        ]
        seen += [F.mse_loss(p, y, reduction="sum", weight=p)]
        seen += [F.binary_cross_entropy(p, y, weight=w[0], reduction="sum")]
        seen += [F.binary_cross_entropy_with_logits(x, y, w[0], pos_weight=p[0], reduction="none")]
        return seen

    same(program, approximately=True)


def test_a_network_learns_the_same():
    def program(lib, nn, optim):
        net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
        optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        loss = nn.MSELoss()
        x = lib.rand(8, 2)
        y = (x[:, :1] > x[:, 1:]).float()
        losses = []
        for _ in range(20):
            optimizer.zero_grad()
            value = loss(net(x), y)
            value.backward()
            optimizer.step()
            losses.append(value.item())
        return [losses, net.state_dict()]

    same(program, approximately=True)
