"""nn.utils beside torch's: clipping, vectors of parameters, normalised weights, packed sequences."""

import copy
import math
import warnings
from operator import attrgetter

import pytest
from helpers import LIBRARIES, same, same_error

import synapgrad
from synapgrad import nn


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def model_with_gradients(lib, nn):
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    (model(lib.randn(5, 3)) * 7).sum().backward()
    return model


@pytest.mark.parametrize("norm", [2.0, 1.0, 3, 0.0, math.inf, -math.inf])
@pytest.mark.parametrize("limit", [0.5, 1e6, 0])
def test_clip_grad_norm(norm, limit):
    def program(lib, nn, _):
        model = model_with_gradients(lib, nn)
        grads = [p.grad for p in model.parameters()]
        before = nn.utils.get_total_norm(grads, norm)
        total = nn.utils.clip_grad_norm_(model.parameters(), limit, norm)
        return [before, total, grads, all(p.grad is g for p, g in zip(model.parameters(), grads))]

    same(program, approximately=True)


def test_clipping_one_none_and_nothing():
    def program(lib, nn, _):
        x = lib.ones(3, requires_grad=True)
        (x * 5).sum().backward()
        seen = [nn.utils.clip_grad_norm_(x, 1.0, foreach=False), x.grad, nn.utils.clip_grad_norm_([], 1.0)]
        seen += [nn.utils.clip_grad_norm_([lib.ones(2, requires_grad=True)], 1.0)]
        nn.utils.clip_grads_with_norm_([x], 0.1, lib.tensor(2.0))
        return [*seen, x.grad, nn.utils.get_total_norm(lib.ones(4))]

    same(program, approximately=True)


def test_clip_grad_value():
    def program(lib, nn, _):
        model = model_with_gradients(lib, nn)
        result = nn.utils.clip_grad_value_(model.parameters(), 0.3)
        return [result, [p.grad for p in model.parameters()]]

    same(program, approximately=True)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_gradients_that_are_not_finite(bad):
    def with_gradient(lib):
        x = lib.ones(2, requires_grad=True)
        x.grad = lib.tensor([1.0, bad])
        return x

    def program(lib, nn, _):
        x = with_gradient(lib)
        return str([nn.utils.clip_grad_norm_([x], 1.0), x.grad])

    same(program)
    same_error(
        lambda lib, nn, _: nn.utils.clip_grad_norm_([with_gradient(lib)], 1.0, error_if_nonfinite=True),
        "is non-finite, so it cannot be clipped",
    )


def test_empty_generator_warns():
    for _library, nn_, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="empty generator"):
            nn_.utils.clip_grad_norm_((p for p in ()), 1.0)
        with pytest.warns(FutureWarning, match="clip_grad_norm_"):
            nn_.utils.clip_grad_norm([], 1.0)


def test_vectors_of_parameters():
    def program(lib, nn, _):
        model = nn.Linear(3, 2)
        vector = nn.utils.parameters_to_vector(model.parameters())
        (vector * lib.arange(8.0)).sum().backward()
        weight = model.weight
        nn.utils.vector_to_parameters(lib.arange(8.0), model.parameters())
        return [vector, model.weight.grad, model.state_dict(), model.weight is weight]

    same(program, approximately=True)
    same_error(lambda lib, nn, _: nn.utils.vector_to_parameters([1.0], nn.Linear(1, 1).parameters()))
    same_error(lambda lib, nn, _: nn.utils.vector_to_parameters(lib.ones(2), nn.Linear(3, 1).parameters()))
    same_error(lambda lib, nn, _: nn.utils.parameters_to_vector([]))


# ---- normalised weights ----


@pytest.mark.parametrize("dim", [0, 1, None])
def test_weight_norm(dim):
    def program(lib, nn, optim):
        layer = nn.utils.weight_norm(nn.Linear(3, 2), dim=dim)
        optimizer = optim.SGD(layer.parameters(), lr=0.1)
        seen = [layer.state_dict(), [name for name, _ in layer.named_parameters()], layer]
        for _ in range(3):
            optimizer.zero_grad()
            loss = (layer(lib.randn(4, 3)) ** 2).sum()
            loss.backward()
            optimizer.step()
            seen += [loss, layer.weight_g.grad, layer.weight_v.grad]
        back = nn.utils.remove_weight_norm(layer)
        return [*seen, back is layer, layer.state_dict(), layer(lib.ones(1, 3))]

    same(program, approximately=True)


@pytest.mark.parametrize(("iterations", "dim"), [(1, None), (3, None), (1, 1)])
def test_spectral_norm(iterations, dim):
    def program(lib, nn, optim):
        layer = nn.utils.spectral_norm(nn.Linear(3, 4), n_power_iterations=iterations, dim=dim)
        optimizer = optim.SGD(layer.parameters(), lr=0.1)
        seen = [layer.state_dict(), [name for name, _ in layer.named_parameters()], layer]
        for _ in range(3):
            optimizer.zero_grad()
            loss = (layer(lib.randn(4, 3)) ** 2).sum() - layer(lib.randn(1, 3)).sum()
            loss.backward()
            optimizer.step()
            seen += [loss, layer.weight_orig.grad, layer.weight_u, layer.weight_v]
        layer.eval()
        seen += [layer(lib.ones(1, 3)), layer.weight_u]
        return [
            *seen,
            nn.utils.remove_spectral_norm(layer) is layer,
            layer.state_dict(),
            layer(lib.ones(1, 3)),
        ]

    same(program, approximately=True)


@pytest.mark.parametrize("kind", ["Conv2d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"])
@pytest.mark.parametrize("of", ["utils", "utils.parametrizations"])
def test_spectral_norm_of_convolutions(of, kind):
    """The outputs are the rows of the matrix: of a transposed convolution they are the second dimension, also
    of one that is derived from it."""

    def program(lib, nn, _):
        normalise = attrgetter(f"{of}.spectral_norm")(nn)
        Derived = type("Derived", (getattr(nn, kind),), {})
        layers = [normalise(cls(2, 4, 3)) for cls in (getattr(nn, kind), Derived)]
        x = lib.randn((2, 2, 5, 4, 3)[: 2 + int(kind[-2])])
        return [[layer.state_dict(), layer(x)] for layer in layers]

    same(program, approximately=True)


def test_spectral_norm_says_its_version():
    def program(lib, nn, _):
        layer = nn.utils.spectral_norm(nn.Linear(3, 4))
        metadata = layer.state_dict()._metadata
        nn.utils.remove_spectral_norm(layer)
        return [metadata[""], layer.state_dict()._metadata[""]]

    same(program)


@pytest.mark.parametrize("name", ["weight_norm", "spectral_norm"])
def test_normalised_layers_are_copied_and_loaded(name):
    normalise = getattr(nn.utils, name)
    layer, other = normalise(nn.Linear(3, 2)), normalise(nn.Linear(3, 2))
    other.load_state_dict(layer.state_dict())
    x = nn.Parameter(layer.bias.new_ones(1, 3))
    layer.eval(), other.eval()
    twin = copy.deepcopy(layer) if name == "spectral_norm" else other
    assert other(x).tolist() == layer(x).tolist() == twin(x).tolist()


@pytest.mark.parametrize(
    "program",
    [
        lambda nn: nn.utils.weight_norm(nn.utils.weight_norm(nn.Linear(2, 2))),
        lambda nn: nn.utils.spectral_norm(nn.utils.spectral_norm(nn.Linear(2, 2))),
        lambda nn: nn.utils.remove_weight_norm(nn.Linear(2, 2)),
        lambda nn: nn.utils.remove_spectral_norm(nn.Linear(2, 2)),
        lambda nn: nn.utils.spectral_norm(nn.Linear(2, 2), n_power_iterations=0),
        lambda nn: nn.utils.spectral_norm(nn.Linear(2, 2, bias=False), "bias"),
    ],
)
def test_normalisation_refusals(program):
    same_error(lambda lib, nn, _: program(nn))


# ---- sequences ----


def sequences(lib, *lengths):
    return [lib.randn(n, 2).requires_grad_() for n in lengths]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["right", "left"])
def test_pad_sequence(batch_first, side):
    def program(lib, nn, _):
        parts = sequences(lib, 2, 4, 1)
        padded = nn.utils.rnn.pad_sequence(parts, batch_first, -1.0, side)
        (padded * padded).sum().backward()
        seen = [padded, [p.grad for p in parts]]
        if side == "right":
            seen += nn.utils.rnn.unpad_sequence(padded * 1, lib.tensor([2, 4, 1]), batch_first)
        return seen

    same(program, approximately=True)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("lengths", "ordered"), [((4, 3, 1), True), ((4, 4), True), ((1, 4, 2), False)])
def test_packing(lengths, ordered, batch_first):
    def program(lib, nn, _):
        rnn = nn.utils.rnn
        parts = sequences(lib, *lengths)
        packed = rnn.pack_sequence(parts, enforce_sorted=ordered)
        padded, sizes = rnn.pad_packed_sequence(packed, batch_first, padding_value=9.0, total_length=5)
        (padded * padded).sum().backward()
        block = rnn.pad_sequence(parts, batch_first)
        again = rnn.pack_padded_sequence(block, lib.tensor(lengths), batch_first, enforce_sorted=ordered)
        seen = [
            tuple(packed),
            padded,
            sizes,
            [p.grad for p in parts],
            rnn.unpack_sequence(packed),
            again.data,
        ]
        return [*seen, packed.double().data, packed.to(lib.float32) is packed, packed.is_cuda]

    same(program, approximately=True)


def packing(lib, nn, shape=(3, 2), lengths=(3, 1), **options):
    return nn.utils.rnn.pack_padded_sequence(lib.ones(shape), lib.tensor(lengths), **options)


@pytest.mark.parametrize(
    "program",
    [
        lambda lib, nn: nn.utils.rnn.pad_sequence([]),
        lambda lib, nn: nn.utils.rnn.pad_sequence(3),
        lambda lib, nn: nn.utils.rnn.pad_sequence([lib.ones(2, 3), lib.ones(2, 2)]),
        lambda lib, nn: nn.utils.rnn.pad_sequence([lib.ones(2)], padding_side="up"),
        lambda lib, nn: packing(lib, nn, lengths=(1, 3)),
        lambda lib, nn: packing(lib, nn, lengths=(3, 0)),
        lambda lib, nn: packing(lib, nn, lengths=(3,)),
        lambda lib, nn: packing(lib, nn, shape=(0, 2)),
        lambda lib, nn: nn.utils.rnn.pad_packed_sequence(packing(lib, nn), total_length=2),
        lambda lib, nn: nn.utils.rnn.pack_sequence([lib.ones(1), lib.ones(2)]),
    ],
)
def test_sequence_refusals(program):
    same_error(lambda lib, nn, _: program(lib, nn))


def test_packed_sequences_made_by_hand():
    def program(lib, nn, _):
        data, sizes = lib.ones(3, 2), lib.tensor([2, 1])
        made = nn.utils.rnn.PackedSequence
        several = [made(data, sizes), made((data, sizes)), made(data, sizes, lib.tensor([1, 0]))]
        return [list(one) for one in several]

    same(program)
    same_error(lambda lib, nn, _: nn.utils.rnn.PackedSequence(lib.ones(3, 2)), "list or tuple of length 2")


def test_lengths_beyond_the_input_are_refused():
    """PyTorch packs what lies behind it."""
    with pytest.raises(RuntimeError, match="more than the input's 3 times"):
        packing(synapgrad, nn, lengths=(4, 1))


def test_no_other_names():
    with pytest.raises(AttributeError, match="nothing"):
        nn.utils.nothing  # noqa: B018


def test_memory_formats_change_no_number():
    def program(lib, nn, _):
        net = nn.Sequential(nn.Conv2d(1, 2, 2), nn.Conv3d(1, 2, 2))
        back = nn.utils.convert_conv2d_weight_memory_format(net, lib.channels_last)
        back = nn.utils.convert_conv3d_weight_memory_format(back, lib.channels_last_3d)
        return [back is net, net.state_dict()]

    same(program)
