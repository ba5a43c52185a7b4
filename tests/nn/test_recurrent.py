"""Recurrent layers and cells beside torch's: parameters, outputs, gradients, packed sequences, errors."""

import copy
import io

import pytest
import torch
from helpers import LIBRARIES, same, same_error

import synapgrad
from synapgrad import nn as snn

LAYERS = ["RNN", "LSTM", "GRU"]
CELLS = ["RNNCell", "LSTMCell", "GRUCell"]
OPTIONS = [
    {},
    {"num_layers": 2, "bidirectional": True},
    {"bias": False, "batch_first": True},
    {"num_layers": 3, "dropout": 0.4},
    {"batch_first": True, "bidirectional": True},
]
LSTM_ONLY = [{"proj_size": 2}, {"proj_size": 2, "num_layers": 2, "bidirectional": True, "bias": False}]
RNN_ONLY = [{"nonlinearity": "relu", "num_layers": 2}]
CASES = [(name, options) for name in LAYERS for options in OPTIONS]
CASES += [("LSTM", options) for options in LSTM_ONLY] + [("RNN", options) for options in RNN_ONLY]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """What is small is slow on several, where others use them, too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def flat(state):
    return list(state) if isinstance(state, (tuple, list)) else [state]


def states(lib, kind, options, batch=(4,)):
    """Random first states."""
    count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
    h = lib.randn(count, *batch, options.get("proj_size") or 6).requires_grad_()
    return (h, lib.randn(count, *batch, 6).requires_grad_()) if kind == "LSTM" else h


def backward(lib, outputs):
    """Weights that differ from element to element, so that none can stand for another."""
    sum((y * lib.arange(y.numel(), dtype=y.dtype).reshape(y.shape).cos()).sum() for y in outputs).backward()


def grads(layer):
    return [(name, p.grad) for name, p in layer.named_parameters()]


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_layers(kind, options):
    def program(lib, nn, _):
        layer = getattr(nn, kind)(3, 6, **options)
        x = lib.randn(5, 4, 3).requires_grad_()
        hx = states(lib, kind, options, (5,) if options.get("batch_first") else (4,))
        seen = [layer, layer.state_dict(), layer.all_weights, layer.mode, layer.proj_size, layer.dropout]
        for given in (None, hx):
            layer.zero_grad()
            y, last = layer(x, given)
            backward(lib, [y, *flat(last)])
            seen += [y, last, grads(layer), x.grad]
        return [*seen, [h.grad for h in flat(hx)]]

    same(program, approximately=True)


@pytest.mark.parametrize(("kind", "options"), CASES)
@pytest.mark.parametrize("ordered", [True, False])
def test_packed_sequences(kind, options, ordered):
    lengths = [4, 3, 3, 1] if ordered else [3, 1, 4, 3]

    def program(lib, nn, _):
        layer = getattr(nn, kind)(3, 6, **options)
        parts = [lib.randn(length, 3).requires_grad_() for length in lengths]
        hx = states(lib, kind, options)
        seen = []
        for given in (None, hx):
            packed = nn.utils.rnn.pack_sequence(parts, enforce_sorted=ordered)
            y, last = layer(packed, given)
            assert isinstance(y, nn.utils.rnn.PackedSequence)
            padded, sizes = nn.utils.rnn.pad_packed_sequence(y, batch_first=True)
            backward(lib, [padded, *flat(last)])
            seen += [tuple(y), padded, sizes, last]
        return [*seen, [part.grad for part in parts], grads(layer), [h.grad for h in flat(hx)]]

    same(program, approximately=True)


@pytest.mark.parametrize(("kind", "options"), CASES)
def test_a_single_sequence(kind, options):
    def program(lib, nn, _):
        layer = getattr(nn, kind)(3, 6, **options)
        x = lib.randn(5, 3).requires_grad_()
        return [layer(x), layer(x, states(lib, kind, options, ()))]

    same(program, approximately=True)


@pytest.mark.parametrize("kind", LAYERS)
def test_training_and_evaluation(kind):
    def program(lib, nn, _):
        layer = getattr(nn, kind)(3, 6, 2, dropout=0.5)
        x = lib.randn(5, 4, 3)
        seen = [layer(x)[0], layer(x)[0]]
        layer.eval()
        return [*seen, layer(x)[0], layer(x)[0], lib.rand(2)]

    same(program, approximately=True)


@pytest.mark.parametrize("kind", LAYERS)
def test_dtypes(kind):
    def program(lib, nn, _):
        layer = getattr(nn, kind)(3, 6, dtype=lib.float64)
        y, last = layer(lib.randn(5, 4, 3, dtype=lib.float64))
        layer.float()
        again, _ = layer(lib.randn(5, 4, 3))
        return [y, last, again, layer.weight_hh_l0]

    same(program, approximately=True)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits(kind, dtype):
    """PyTorch rounds every step of every time to 16 bits."""
    outputs = []
    for lib, nn, _ in LIBRARIES:
        lib.manual_seed(0)
        layer = getattr(nn, kind)(3, 6, dtype=getattr(lib, dtype))
        y, _ = layer(lib.randn(5, 4, 3, dtype=getattr(lib, dtype)))
        assert y.dtype == getattr(lib, dtype)
        outputs.append(torch.tensor(y.tolist()))
    unit = 2.0 ** (-10 if dtype == "float16" else -7)
    assert (outputs[0] - outputs[1]).abs().max() < 8 * unit


@pytest.mark.parametrize("kind", [*LAYERS, *CELLS])
def test_state_dicts_go_both_ways(kind):
    theirs, ours = getattr(torch.nn, kind)(3, 6), getattr(snn, kind)(3, 6)
    ours.load_state_dict({n: synapgrad.from_numpy(v.numpy()) for n, v in theirs.state_dict().items()})
    other = getattr(torch.nn, kind)(3, 6)
    other.load_state_dict({n: torch.from_numpy(v.numpy()) for n, v in ours.state_dict().items()})
    for name, value in theirs.state_dict().items():
        assert torch.equal(other.state_dict()[name], value)


def test_a_layer_can_be_copied_saved_and_given_other_weights():
    layer, x = snn.LSTM(3, 6, 2), synapgrad.randn(5, 4, 3)
    want = layer(x)[0]
    assert copy.deepcopy(layer)(x)[0].equal(want)
    file = io.BytesIO()
    synapgrad.save(layer.state_dict(), file)
    file.seek(0)
    other = snn.LSTM(3, 6, 2)
    other.load_state_dict(synapgrad.load(file))
    assert other(x)[0].equal(want)
    layer.flatten_parameters()
    layer.weight_ih_l0 = snn.Parameter(synapgrad.zeros_like(layer.weight_ih_l0))
    assert not layer(x)[0].equal(want)
    assert layer.all_weights[0][0] is layer.weight_ih_l0


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(), (4,)])
def test_cells(kind, bias, batch):
    def program(lib, nn, _):
        cell = getattr(nn, kind)(3, 6, bias=bias)
        x = lib.randn(3, *batch, 3).requires_grad_()
        state = None
        for step in x:
            state = cell(step, state)
        backward(lib, flat(state))
        return [cell, cell.state_dict(), state, x.grad, grads(cell), cell.bias]

    same(program, approximately=True)


def test_a_cell_of_relu():
    def program(lib, nn, _):
        cell = nn.RNNCell(3, 6, nonlinearity="relu")
        return [cell, cell(lib.randn(4, 3)), cell.nonlinearity]

    same(program, approximately=True)


@pytest.mark.parametrize("kind", LAYERS)
def test_a_cell_is_a_layer_of_one_step(kind):
    layer, cell = getattr(snn, kind)(3, 6), getattr(snn, f"{kind}Cell")(3, 6)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = synapgrad.randn(5, 4, 3)
    state = None
    for step in x:
        state = cell(step, state)
    for one, other in zip(flat(layer(x)[1]), flat(state)):
        assert synapgrad.allclose(one[0], other, atol=1e-6)


def test_gradients_can_be_differentiated_again():
    def program(lib, nn, _):
        layer = nn.GRU(3, 4, 2, bidirectional=True, dtype=lib.float64)
        x = lib.randn(3, 2, 3, dtype=lib.float64).requires_grad_()
        y, last = layer(x)
        found = lib.autograd.grad((y * y).sum() + last.sum(), [x, layer.weight_hh_l0], create_graph=True)
        sum((g * g).sum() for g in found).backward()
        return [found, x.grad, grads(layer)]

    same(program, approximately=True)


def test_only_some_parameters_learn():
    def program(lib, nn, _):
        layer = nn.LSTM(3, 4)
        layer.weight_ih_l0.requires_grad_(False)
        layer.bias_hh_l0.requires_grad_(False)
        y, _ = layer(lib.randn(5, 2, 3))
        y.sum().backward()
        return grads(layer)

    same(program, approximately=True)


def test_a_warning_where_dropout_does_nothing():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last"):
        snn.GRU(3, 4, dropout=0.5)


X, H = (5, 2, 3), (1, 2, 4)


@pytest.mark.parametrize(
    ("program", "text"),
    [
        (lambda lib, nn, _: nn.LSTM(3, 4, dropout=2), "dropout should be a number in range [0, 1]"),
        (lambda lib, nn, _: nn.LSTM(3, 4, dropout=True), "dropout should be a number in range [0, 1]"),
        (lambda lib, nn, _: nn.LSTM(3, 4, bias=1), "bias should be of type bool, got: int"),
        (lambda lib, nn, _: nn.LSTM(3, 4, batch_first=1), "batch_first should be of type bool, got: int"),
        (lambda lib, nn, _: nn.LSTM(3.0, 4), "input_size should be of type int, got: float"),
        (lambda lib, nn, _: nn.LSTM(3, "4"), "hidden_size should be of type int, got: str"),
        (lambda lib, nn, _: nn.LSTM(0, 4), "input_size must be greater than zero"),
        (lambda lib, nn, _: nn.GRU(3, -1), "hidden_size must be greater than zero"),
        (lambda lib, nn, _: nn.GRU(3, 4, 0), "num_layers must be greater than zero"),
        (lambda lib, nn, _: nn.LSTM(3, 4, proj_size=-1), "proj_size should be a positive integer"),
        (lambda lib, nn, _: nn.LSTM(3, 4, proj_size=4), "proj_size has to be smaller than hidden_size"),
        (lambda lib, nn, _: nn.GRU(3, 4, proj_size=2), "proj_size argument is only supported for LSTM"),
        (lambda lib, nn, _: nn.RNN(3, 4, nonlinearity="x"), "Unknown nonlinearity 'x'"),
        (lambda lib, nn, _: nn.GRU(3, 4)(lib.ones(3)), "GRU: Expected input to be 2D or 3D, got 1D"),
        (lambda lib, nn, _: nn.GRU(3, 4)(lib.ones(X, dtype=lib.float64)), "does not match weight dtype"),
        (lambda lib, nn, _: nn.RNN(4, 4)(lib.ones(X)), "must be equal to input_size. Expected 4, got 3"),
        (lambda lib, nn, _: nn.GRU(3, 4)(lib.ones(X), lib.ones(1, 1, 4)), "size (1, 2, 4), got [1, 1, 4]"),
        (
            lambda lib, nn, _: nn.RNN(3, 4)(lib.ones(X), lib.ones(2, 4)),
            "For batched 3-D input, hx should also",
        ),
        (
            lambda lib, nn, _: nn.RNN(3, 4)(lib.ones(5, 3), lib.ones(H)),
            "For unbatched 2-D input, hx should also",
        ),
        (
            lambda lib, nn, _: nn.LSTM(3, 4)(lib.ones(X), (lib.ones(H), lib.ones(1, 2, 5))),
            "Expected hidden[1] size (1, 2, 4), got [1, 2, 5]",
        ),
        (
            lambda lib, nn, _: nn.LSTM(3, 4)(lib.ones(X), (lib.ones(2, 4), lib.ones(2, 4))),
            "For batched 3-D input, hx and cx should also be 3-D but got (2-D, 2-D) tensors",
        ),
        (lambda lib, nn, _: nn.LSTM(3, 4)(lib.ones(X), (lib.ones(H),)), ""),
        (lambda lib, nn, _: nn.LSTM(3, 4)(lib.ones(0, 2, 3)), "Expected sequence length to be larger than 0"),
        (lambda lib, nn, _: nn.GRUCell(3, 4)(lib.ones(X)), "GRUCell: Expected input to be 1D or 2D, got 3D"),
        (
            lambda lib, nn, _: nn.LSTMCell(3, 4)(lib.ones(2, 3), (lib.ones(H), lib.ones(H))),
            "LSTMCell: Expected hx[0] to be 1D or 2D, got 3D",
        ),
        (lambda lib, nn, _: nn.RNNCell(3, 4)(lib.ones(2, 3), lib.ones(H)), "Expected hidden to be 1D or 2D"),
        (
            lambda lib, nn, _: nn.RNNCell(3, 4)(lib.ones(2, 5)),
            "input has inconsistent input_size: got 5 expected 3",
        ),
        (lambda lib, nn, _: nn.RNNCell(3, 4, nonlinearity="x")(lib.ones(2, 3)), "Unknown nonlinearity: x"),
        (
            lambda lib, nn, _: nn.LSTMCell(3, 4)(lib.ones(2, 3), (lib.ones(2, 4),)),
            "expects two hidden states",
        ),
        (
            lambda lib, nn, _: nn.GRU(3, 4)(nn.utils.rnn.pack_sequence([lib.ones(2, 3)]), lib.ones(H)),
            "Expected hidden size (1, 1, 4), got [1, 2, 4]",
        ),
    ],
)
def test_errors(program, text):
    same_error(program, text)


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch", [(), (4,)])
def test_cells_without_units(kind, bias, batch):
    def program(lib, nn, _):
        cell = getattr(nn, kind)(3, 0, bias=bias)
        x = lib.ones(*batch, 3).requires_grad_()
        state = cell(x, cell(x))
        backward(lib, flat(state))
        return [state, x.grad, grads(cell)]

    same(program)


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_have_units(kind):
    for nn in (torch.nn, snn):
        with pytest.raises(ValueError, match="hidden_size must be greater than zero"):
            getattr(nn, kind)(3, 0)
