"""Recurrent layers and cells: values and gradients in every option, and packed sequences."""

import pytest
import torch

import synapgrad
from synapgrad import _C

from .harness import FLOATS, OpRow, OpSuite, S, T, same, to_synapgrad

#: Layers, cells, gates of a unit.
KINDS = [("rnn_tanh", 1), ("rnn_relu", 1), ("gru", 3), ("lstm", 4)]
TIMES, BATCH, IN, HIDDEN = 3, 3, 2, 4


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """What is small is slow on several, where others use them, too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def t(*shape):
    """Numbers that leave gates unsaturated."""
    return T(shape, low=-0.4, high=0.4)


def parameters(gates, layers=1, directions=1, bias=True, out=0):
    """Those of each layer in each direction."""
    found = []
    for layer in range(layers):
        for _ in range(directions):
            size = IN if layer == 0 else (out or HIDDEN) * directions
            found += [t(gates * HIDDEN, size), t(gates * HIDDEN, out or HIDDEN)]
            found += [t(gates * HIDDEN), t(gates * HIDDEN)] if bias else []
            found += [t(out, HIDDEN)] if out else []
    return found


def states(name, count, batch=BATCH, out=0):
    """The first states, as the layers of this name take them."""
    h, c = t(count, batch, out or HIDDEN), t(count, batch, HIDDEN)
    return (h, c) if name == "lstm" else h


def options(
    bias=True, layers=1, dropout=0.0, train=False, bidirectional=False, batch_first: bool | None = False
):
    flags = [bias, layers, dropout, train, bidirectional]
    return flags if batch_first is None else [*flags, batch_first]


def stack(name, gates):
    x, turned, double = t(TIMES, BATCH, IN), t(BATCH, TIMES, IN), {"layers": 2, "bidirectional": True}
    samples = [
        S(x, states(name, 1), parameters(gates), *options()),
        S(x, states(name, 1), parameters(gates, bias=False), *options(bias=False)),
        S(turned, states(name, 4), parameters(gates, 2, 2), *options(**double, batch_first=True)),
        S(x, states(name, 2), parameters(gates, 2), *options(layers=2, dropout=0.4, train=True)),
        S(x, states(name, 2), parameters(gates, 2), *options(layers=2, dropout=0.4)),
        S(t(1, BATCH, IN), states(name, 1), parameters(gates), *options()),
        S(t(TIMES, 0, IN), states(name, 1, batch=0), parameters(gates), *options()),
    ]
    if name == "lstm":
        samples.append(S(x, states(name, 1, out=2), parameters(gates, out=2), *options()))
    errors = [
        S(t(0, BATCH, IN), states(name, 1), parameters(gates), *options()),
        S(x, states(name, 1), parameters(gates)[:3], *options()),
        S(x, states(name, 1), parameters(gates), *options(layers=2)),
        S(x, states(name, 2), parameters(gates, 2), *options(layers=2, dropout=1.5, train=True)),
    ]
    if name != "lstm":  # PyTorch's reads past the end of these
        errors += [
            S(x, states(name, 1, batch=1), parameters(gates), *options()),
            S(t(TIMES, BATCH, IN + 1), states(name, 1), parameters(gates), *options()),
        ]
    # In float32 second derivatives have too little to spare.
    return [
        OpRow(name, samples, (torch.float64,), errors=errors),
        OpRow(name, samples[:4] + samples[7:], (torch.float32, torch.float16, torch.bfloat16), second=False),
    ]


def packed(name, gates):
    x, counts, double = t(6, IN), T(values=[3, 2, 1], dtype=torch.int64), {"layers": 2, "bidirectional": True}
    rest = options(batch_first=None)
    many = options(**double, batch_first=None)
    samples = [
        S(x, counts, states(name, 1), parameters(gates), *rest),
        S(x, counts, states(name, 4), parameters(gates, 2, 2), *many),
    ]
    if name == "lstm":
        samples.append(S(x, counts, states(name, 4, out=2), parameters(gates, 2, 2, out=2), *many))
    errors = [
        S(x, T(values=[3, 1, 2], dtype=torch.int64), states(name, 1), parameters(gates), *rest),
        S(x, T(values=[3, 2, 1], dtype=torch.int32), states(name, 1), parameters(gates), *rest),
    ]
    # PyTorch misreads counts that are not contiguous.
    return [OpRow(name, samples, FLOATS[:2], errors=errors, layouts=False, second=False)]


def cell(name, gates):
    weights = [t(gates * HIDDEN, IN), t(gates * HIDDEN, HIDDEN), t(gates * HIDDEN), t(gates * HIDDEN)]

    def state(*shape):
        return (t(*shape), t(*shape)) if name == "lstm" else t(*shape)

    x, h = t(BATCH, IN), state(BATCH, HIDDEN)
    samples = [S(x, h, *weights), S(x, h, *weights[:2]), S(t(0, IN), state(0, HIDDEN), *weights)]
    errors = [
        S(t(BATCH, IN + 1), h, *weights),
        S(x, state(1, HIDDEN), *weights),
        S(x, state(BATCH, HIDDEN + 1), *weights),
        S(x, h, t(gates * HIDDEN + 1, IN), weights[1]),
        S(t(IN), state(HIDDEN), *weights),
    ]
    return [OpRow(f"{name}_cell", samples, FLOATS, errors=errors)]


class TestRecurrent(OpSuite):
    rows = [row for name, gates in KINDS for make in (stack, packed, cell) for row in make(name, gates)]


@pytest.mark.parametrize(("name", "gates"), KINDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sizes_of_real_layers(name, gates, dtype):
    """More units than a register holds, more inputs than a block, and long sequences of different lengths."""
    hidden, batch, generator = 67, 9, torch.Generator().manual_seed(0)

    def draw(*shape):
        return (torch.rand(shape, generator=generator, dtype=dtype) - 0.5).div(4).requires_grad_()

    sizes = [9] * 5 + [7] * 3 + [2] * 12 + [1] * 2
    x, weights = draw(sum(sizes), 133), []
    for width in (133, hidden * 2):
        for _ in range(2):
            weights += [draw(gates * hidden, width), draw(gates * hidden, hidden)]
            weights += [draw(gates * hidden), draw(gates * hidden)]
    h, c = draw(4, batch, hidden), draw(4, batch, hidden)
    results = []
    for library in (torch, synapgrad):
        make = (lambda x: x) if library is torch else to_synapgrad
        leaves = [make(leaf) for leaf in (x, h, c, *weights)]
        state = (leaves[1], leaves[2]) if name == "lstm" else leaves[1]
        counts = library.tensor(sizes)
        outputs = getattr(library, name)(leaves[0], counts, state, leaves[3:], True, 2, 0.0, False, True)
        sum((output * output).sum() for output in outputs).backward()
        results.append([*outputs, *(leaf.grad for leaf in leaves if leaf.grad is not None)])
    assert len(results[0]) == len(results[1])
    for i, (theirs, ours) in enumerate(zip(*results)):
        # Gradients of weights are sums over some hundred rows: relative to the largest of them.
        scale = float(theirs.detach().abs().max())
        same(theirs.detach() / scale, ours.detach() / scale, f"{name}: tensor {i}")


def test_a_state_may_be_given_twice():
    """Its gradient is the sum of both."""
    x, w = torch.rand(2, 3, 4), [torch.rand(20, 4), torch.rand(20, 5)]
    grads = []
    for library, make in ((torch, lambda x: x), (synapgrad, to_synapgrad)):
        state = make(torch.zeros(1, 3, 5)).requires_grad_()
        y, h, c = library.lstm(
            make(x), (state, state), [make(p) for p in w], False, 1, 0.0, False, False, False
        )
        (first,) = library.autograd.grad((y * y).sum() + c.sum(), [state], create_graph=True)
        (second,) = library.autograd.grad((first * first).sum(), [state])
        grads.append((first, second))
    for theirs, ours in zip(*grads):
        same(theirs.detach(), ours, "the gradient")


def test_the_gradients_of_two_biases_are_two_tensors():
    x, state = synapgrad.ones(2, 1, 1), synapgrad.zeros(1, 1, 1)
    weights = [synapgrad.ones(shape).requires_grad_() for shape in ((1, 1), (1, 1), (1,), (1,))]
    _C.rnn_tanh(x, state, weights, True, 1, 0.0, False, False, False)[0].sum().backward()
    kept = weights[3].grad.tolist()
    weights[2].grad.zero_()
    assert weights[3].grad.tolist() == kept != [0.0]


@pytest.mark.parametrize("name", ["lstm", "lstm_cell"])
def test_an_lstm_has_two_states(name):
    h, w = synapgrad.zeros(1, 1, 1), [synapgrad.ones(4, 1), synapgrad.ones(4, 1)]
    rest = (w, False, 1, 0.0, False, False, False) if name == "lstm" else w
    x = synapgrad.ones(1, 1, 1) if name == "lstm" else synapgrad.ones(1, 1)
    with pytest.raises(RuntimeError, match="expects two hidden states"):
        getattr(_C, name)(x, (h,), *rest)


def test_sizes_that_pytorch_does_not_check():
    """Its LSTM reads other memory then."""
    x, w = synapgrad.ones(2, 3, 4), [synapgrad.ones(20, 4), synapgrad.ones(20, 5)]
    state = synapgrad.zeros(1, 3, 5)
    for changed in (
        (x[:, :2], state, w),
        (x, state[..., :4], w),
        (x[..., :3], state, w),
        (x, state, [w[0], w[0]]),
    ):
        x_, h, weights = changed
        with pytest.raises(RuntimeError, match="lstm: "):
            _C.lstm(x_, (h, h), weights, False, 1, 0.0, False, False, False)


def test_changes_in_place_are_noticed():
    x, state = synapgrad.ones(2, 1, 1), synapgrad.zeros(1, 1, 1)
    w = [synapgrad.ones(3, 1).requires_grad_(), synapgrad.ones(3, 1).requires_grad_()]
    y, _ = _C.gru(x, state, w, False, 1, 0.0, False, False, False)
    with synapgrad.no_grad():
        w[1].zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize(("name", "gates"), KINDS)
@pytest.mark.parametrize("times", [1, 4])
def test_no_units(name, gates, times):
    """PyTorch's LSTM refuses that where oneDNN computes it."""
    x = synapgrad.ones(times, 2, 3, requires_grad=True)
    state = synapgrad.zeros(1, 2, 0)
    weights = [synapgrad.zeros(0, width, requires_grad=True) for width in (3, 0)]
    weights += [synapgrad.zeros(0, requires_grad=True) for _ in range(2)]
    states = (state, state) if name == "lstm" else state
    y, *last = getattr(_C, name)(x, states, weights, True, 1, 0.0, True, False, False)
    assert y.shape == (times, 2, 0) and all(s.shape == (1, 2, 0) for s in last)
    y.sum().backward()
    assert x.grad.tolist() == synapgrad.zeros(times, 2, 3).tolist()
    assert [w.grad.shape for w in weights] == [w.shape for w in weights]
