"""Convolution layers beside torch's."""

import copy
import warnings

import pytest
import torch
from helpers import same, same_error

import synapgrad


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # PyTorch warns that an even window with padding='same' copies the input
        yield


LAYERS = {
    "plain": (lambda nn: nn.Conv2d(4, 6, 3), (2, 4, 5, 6)),
    "alone": (lambda nn: nn.Conv2d(4, 6, 3), (4, 5, 6)),
    "positional": (lambda nn: nn.Conv2d(4, 6, 3, 2, 1, 2, 2, False, "zeros"), (2, 4, 7, 6)),
    "keywords": (
        lambda nn: nn.Conv2d(
            4, 6, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2
        ),
        (2, 4, 7, 6),
    ),
    "same": (lambda nn: nn.Conv2d(4, 6, (2, 4), padding="same", dilation=(1, 2)), (2, 4, 7, 8)),
    "valid": (lambda nn: nn.Conv2d(4, 6, 3, padding="valid"), (2, 4, 5, 6)),
    "reflect": (lambda nn: nn.Conv2d(4, 6, 3, padding=(1, 2), padding_mode="reflect"), (2, 4, 5, 6)),
    "replicate": (lambda nn: nn.Conv2d(4, 6, 3, 2, 2, padding_mode="replicate"), (2, 4, 5, 6)),
    "circular": (lambda nn: nn.Conv2d(4, 6, (2, 4), padding="same", padding_mode="circular"), (2, 4, 5, 6)),
    "reflect valid": (lambda nn: nn.Conv2d(4, 6, 3, padding="valid", padding_mode="reflect"), (2, 4, 5, 6)),
    "depthwise": (lambda nn: nn.Conv2d(4, 8, 3, groups=4, bias=False), (2, 4, 5, 6)),
    "1d": (lambda nn: nn.Conv1d(4, 6, 3, 2, 1, padding_mode="circular"), (2, 4, 7)),
    "1d same": (lambda nn: nn.Conv1d(4, 6, 4, padding="same"), (4, 7)),
    "3d": (lambda nn: nn.Conv3d(2, 3, (1, 2, 3), padding=(0, 1, 1)), (2, 2, 3, 4, 5)),
    "3d replicate": (lambda nn: nn.Conv3d(2, 3, 2, padding=1, padding_mode="replicate"), (2, 2, 3, 4, 5)),
    "transposed": (lambda nn: nn.ConvTranspose2d(4, 6, 3), (2, 4, 5, 6)),
    "transposed positional": (lambda nn: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 2), (2, 4, 5, 6)),
    "transposed keywords": (
        lambda nn: nn.ConvTranspose2d(4, 6, (3, 2), stride=(2, 3), output_padding=(1, 2), groups=2),
        (4, 5, 6),
    ),
    "transposed 1d": (lambda nn: nn.ConvTranspose1d(4, 6, 3, stride=2), (2, 4, 7)),
    "transposed 3d": (lambda nn: nn.ConvTranspose3d(2, 3, 2, stride=2, bias=False), (2, 2, 3, 2, 3)),
    "unfold": (lambda nn: nn.Unfold((2, 3), padding=1, stride=(1, 2)), (2, 4, 5, 6)),
    "fold": (lambda nn: nn.Fold((3, 4), 2, dilation=1, padding=(0, 1)), (2, 8, 10)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    make, shape = LAYERS[name]

    def program(lib, nn, _):
        layer = make(nn)
        x = lib.randn(shape).requires_grad_()
        y = layer(x)
        (y * lib.rand(tuple(y.shape)) / 8).sum().backward()
        options = {key: value for key, value in vars(layer).items() if not key.startswith("_")}
        options = {k: v for k, v in options.items() if k not in ("weight", "bias")}
        around = list(getattr(layer, "_reversed_padding_repeated_twice", []))
        return [y, x.grad, [p.grad for p in layer.parameters()], layer, around, sorted(options.items())]

    same(lambda lib, nn, _: [make(nn).state_dict(), repr(make(nn))])
    same(program, approximately=True)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_first_values(dtype):
    def program(lib, nn, _):
        options = {"dtype": getattr(lib, dtype)}
        layer = nn.Conv2d(3, 8, 5, **options)
        first = [layer.weight.tolist(), layer.bias.tolist()]
        layer.reset_parameters()
        other = nn.ConvTranspose3d(3, 8, 2, **options)
        return [first, layer.state_dict(), other.state_dict(), nn.Conv1d(2, 4, 3, bias=False).state_dict()]

    same(program)


def test_state_dicts_pass_between_the_libraries():
    for make, shape in (LAYERS["plain"], LAYERS["transposed"]):
        ours, theirs = make(synapgrad.nn), make(torch.nn)
        x = torch.randn(shape)
        theirs.load_state_dict({k: torch.tensor(v.numpy()) for k, v in ours.state_dict().items()})
        there = theirs(x).detach().numpy()
        assert abs(ours(synapgrad.tensor(x.numpy())).detach().numpy() - there).max() < 1e-5
        other = make(synapgrad.nn)
        other.load_state_dict({k: synapgrad.tensor(v.numpy()) for k, v in theirs.state_dict().items()})
        assert all((a == b).all() for a, b in zip(other.state_dict().values(), ours.state_dict().values()))
        assert (copy.deepcopy(ours).weight == ours.weight).all()


SIZES = [(10, 10), (9, 9), [10, 9], (1, 6, 10, 10), (4, 6, 10, 10)]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_output_size(size):
    def program(lib, nn, _):
        layer = nn.ConvTranspose2d(4, 6, 3, 2, 1)
        x = lib.randn(1, 4, 5, 5)
        return [
            layer(x, size),
            layer(x[0], output_size=list(size)[-2:]),
            nn.ConvTranspose1d(4, 1, 2, 3)(x[:, :, 0], (16,)),
        ]

    same(program, approximately=True)


@pytest.mark.parametrize("size", [(11, 11), (8, 9), (10,), (10, 10, 10), 8], ids=str)
def test_refused_output_size(size):
    same_error(lambda lib, nn, _: nn.ConvTranspose2d(4, 6, 3, 2, 1)(lib.ones(1, 4, 5, 5), size))


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Conv2d(4, 6, 3, groups=0),
        lambda nn: nn.Conv2d(4, 6, 3, groups=3),
        lambda nn: nn.Conv2d(4, 6, 3, groups=4),
        lambda nn: nn.Conv2d(4, 6, 3, padding="full"),
        lambda nn: nn.Conv2d(4, 6, 3, 2, padding="same"),
        lambda nn: nn.Conv2d(4, 6, 3, padding_mode="mirror"),
        lambda nn: nn.ConvTranspose2d(4, 6, 3, padding_mode="reflect"),
        lambda nn: nn.Conv2d(-4, 6, 3),
        lambda nn: nn.Conv2d(4, 6, "a"),
        lambda nn: nn.Conv2d(4, 6, 2.5),
        lambda nn: nn.Conv2d(4, 6),
        lambda nn: nn.Conv2d(4, 6, 3, dtype="float32"),
    ],
)
def test_refused_layers(make):
    same_error(lambda lib, nn, _: make(nn))


def test_refused_inputs():
    same_error(lambda lib, nn, _: nn.Conv2d(4, 6, 3)(lib.ones(2, 3, 5, 5)), "channels")
    same_error(lambda lib, nn, _: nn.Conv2d(4, 6, 3)(lib.ones(2, 4, 2, 5)), "Kernel size")
    same_error(
        lambda lib, nn, _: nn.Conv2d(4, 6, 3)(lib.ones(4, 5)), "Expected 3D (unbatched) or 4D (batched)"
    )
    same_error(lambda lib, nn, _: nn.Conv2d(4, 6, (3, 3, 3))(lib.ones(2, 4, 5, 5)))
    same_error(lambda lib, nn, _: nn.Conv2d(4, 6, 3)(lib.ones(2, 4, 5, 5).double()))
    same_error(lambda lib, nn, _: nn.Conv2d(4, 6, 3, padding=5, padding_mode="reflect")(lib.ones(2, 4, 5, 5)))
    with pytest.raises(RuntimeError, match="cuda"):
        synapgrad.nn.Conv2d(4, 6, 3, device="cuda")


def test_functions_take_numbers_and_tuples():
    def program(lib, nn, _):
        F, x = nn.functional, lib.randn(2, 4, 5, 6)
        columns = F.unfold(x, 3, padding=1)
        seen = [columns, F.unfold(x, (3, 2), (1, 2), 1, stride=2), F.unfold(x[0], 2)]
        seen += [F.fold(columns, (5, 6), 3, padding=1), F.fold(columns[0, :, :25], 5, 3, 1, 1)]
        w = lib.randn(6, 4, 3, 3)
        seen += [F.conv2d(input=x, weight=w, bias=None, stride=1, padding=(1,), dilation=1, groups=1)]
        return [*seen, lib.conv2d(x, w), F.conv_transpose2d(x, w.transpose(0, 1), None, 1, 0, 0, 1, 2)]

    same(program, approximately=True)


def test_a_network_learns_the_same():
    def program(lib, nn, optim):
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding="same"),
            nn.ReLU(),
            nn.Conv2d(4, 6, 3, stride=2, padding=1),
            nn.Tanh(),
            nn.ConvTranspose2d(6, 2, 2, stride=2),
            nn.Flatten(),
            nn.Linear(128, 3),
        )
        optimizer = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
        x, y = lib.rand(8, 1, 8, 8), lib.rand(8, 3)
        losses = []
        for _ in range(10):
            optimizer.zero_grad()
            loss = nn.MSELoss()(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    same(program, approximately=True)


@pytest.mark.parametrize("channels, size", [(32, 14), (64, 16), (256, 8), (512, 4)])
def test_many_channels_round_as_torchs_do(channels, size):
    """The errors, against float64, of a convolution that is not computed by its definition."""
    torch.manual_seed(0)
    x = torch.randn(4, channels, size, size).relu()
    w = torch.randn(channels, channels, 3, 3) / (3 * channels**0.5)
    g = torch.randn(4, channels, size, size)

    def results(library, dtype):
        a, b, c = (library.from_numpy(t.to(dtype).numpy()) for t in (x, w, g))
        a.requires_grad_(), b.requires_grad_()
        y = library.nn.functional.conv2d(a, b, padding=1)
        y.backward(c)
        return [torch.from_numpy(t.numpy()).double() for t in (y.detach(), a.grad, b.grad)]

    exact = results(torch, torch.float64)
    for ours, theirs, right in zip(results(synapgrad, torch.float32), results(torch, torch.float32), exact):
        assert (ours - right).square().mean().sqrt() < 2 * (theirs - right).square().mean().sqrt()
