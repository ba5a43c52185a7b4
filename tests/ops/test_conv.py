"""Convolutions, transposed convolutions, and windows as columns."""

import pytest
import torch

import synapgrad
from synapgrad import _C

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T, check_by_differences, make, same, to_synapgrad

NUMBERS = (*FLOATS, *INTS)
#: PyTorch has transposed and dilated convolutions of no whole numbers but int64.
NARROW = (torch.int32, torch.int16, torch.int8, torch.uint8)


def t(*shape, dtype=None):
    """Numbers of a size that leaves sums of some dozens of products few roundings."""
    return T(shape, dtype, -0.5, 0.5)


X1, W1 = t(2, 4, 7), t(6, 4, 3)
X2, W2, B = t(2, 4, 5, 6), t(6, 4, 3, 2), t(6)
X3, W3 = t(2, 2, 4, 3, 5), t(3, 2, 2, 3, 2)

CONVOLUTIONS = [
    OpRow(
        "conv1d",
        [
            S(X1, W1),
            S(X1, W1, B, 2, 1),
            S(X1, W1, None, (3,), 2),
            S(t(4, 7), W1, B),
            S(X1, t(6, 2, 2), groups=2, padding=(1,), stride=2),
            S(X1, t(3, 4, 4), padding="same"),
            S(t(0, 4, 7), W1, B),
        ],
        NUMBERS,
        errors=[S(X2, W1), S(t(7), W1), S(X1, W1, stride=(1, 1)), S(X1, t(6, 4, 8))],
    ),
    OpRow(
        "conv2d",
        [
            S(X2, W2),
            S(X2, W2, B),
            S(X2, W2, B, 2),
            S(X2, W2, B, (2, 3), (2, 1)),
            S(X2, W2, B, 1, 1),
            S(X2, W2, stride=(1, 2), padding=(0, 3)),
            S(X2, W2, B, padding="same"),
            S(X2, t(6, 4, 2, 4), padding="same"),
            S(X2, W2, padding="valid"),
            S(X2, t(6, 2, 3, 3), B, groups=2, padding=1),
            S(X2, t(4, 1, 3, 3), groups=4, padding=1),
            S(X2, t(8, 1, 3, 3), groups=4, stride=2),
            S(X2, t(6, 4, 1, 1)),
            S(X2, t(6, 4, 1, 1), stride=2),
            S(t(4, 5, 6), W2, B, padding=1),
            S(t(0, 4, 5, 6), W2),
        ],
        NUMBERS,
        errors=[
            S(t(4, 5), W2),
            S(t(1, 2, 4, 5, 6), W2),
            S(X2, t(6, 4, 3)),
            S(t(2, 3, 5, 6), W2),
            S(X2, W2, t(5)),
            S(X2, W2, t(6, 1)),
            S(X2, t(6, 4, 3, 2, dtype=torch.float64)),
            S(X2, W2, t(6, dtype=torch.float64)),
            S(T((2, 4, 5, 6), torch.int64), W2),
            S(X2, t(5, 2, 3, 3), groups=2),
            S(X2, W2, groups=0),
            S(X2, W2, groups=-1),
            S(X2, t(6, 1, 3, 3), groups=3),
            S(X2, W2, stride=0),
            S(X2, W2, stride=(1, -1)),
            S(X2, W2, stride=(1, 1, 1)),
            S(X2, W2, stride=1.5),
            S(X2, W2, padding=-1),
            S(X2, W2, padding=(1, 1, 1)),
            S(X2, W2, padding="full"),
            S(X2, W2, padding="same", stride=2),
            S(X2, W2, dilation=0),
            S(X2, W2, dilation=(1, 1, 1)),
            S(X2, W2, dilation=4),
            S(X2, t(6, 4, 7, 7)),
            S(X2, t(6, 4, 0, 3)),
            S(t(2, 4, 0, 6), W2),
            S(t(2, 4, 0, 6), W2, padding=2),
            S(X2, t(0, 4, 3, 3)),
            S(X2, None),
            S([1.0], W2),
            S(T((2, 4, 5, 6), torch.bool), T((6, 4, 3, 2), torch.bool)),
        ],
    ),
    OpRow(
        "conv3d",
        [
            S(X3, W3),
            S(X3, W3, t(3), (2, 1, 2), (1, 0, 1)),
            S(X3, W3, padding="same"),
            S(t(2, 4, 3, 5), t(4, 1, 2, 2, 2), groups=2),
        ],
        NUMBERS,
        errors=[S(t(4, 5), W3), S(X3, t(3, 2, 5, 3, 2))],
    ),
    OpRow("conv1d", [S(X1, W1, dilation=2, padding=2)], NUMBERS, wider=NARROW),
    OpRow(
        "conv2d",
        [
            S(X2, W2, B, 2, 2, 2),
            S(X2, W2, dilation=(1, 3), padding="same"),
            S(X2, t(6, 2, 2, 2), groups=2, dilation=(3, 2), padding=(3, 1), stride=(2, 3)),
        ],
        NUMBERS,
        wider=NARROW,
    ),
    OpRow("conv3d", [S(X3, W3, None, 2, 1, (2, 1, 3))], NUMBERS, wider=NARROW),
]

TRANSPOSED = [
    OpRow(
        "conv_transpose1d",
        [
            S(X1, t(4, 5, 3)),
            S(X1, t(4, 5, 3), t(5), 3, 1, 2),
            S(t(4, 7), t(4, 5, 3), stride=2),
            S(X1, t(4, 5, 2), stride=4),
        ],
        NUMBERS,
        wider=NARROW,
        errors=[S(X2, t(4, 5, 3)), S(X1, t(3, 5, 3))],
    ),
    OpRow(
        "conv_transpose2d",
        [
            S(X2, t(4, 6, 3, 2)),
            S(X2, t(4, 6, 3, 2), B, 2, 1),
            S(X2, t(4, 6, 3, 3), B, 2, 1, 1),
            S(X2, t(4, 3, 3, 3), B, (2, 3), (1, 0), (1, 2), 2),
            S(X2, t(4, 1, 3, 2), None, 1, 0, 1, 4, 2),
            S(X2, t(4, 6, 1, 1), B, 3),
            S(t(4, 5, 6), t(4, 6, 3, 2), B),
            S(t(0, 4, 5, 6), t(4, 6, 3, 2)),
        ],
        NUMBERS,
        wider=NARROW,
        errors=[
            S(X2, t(4, 6, 3, 3), output_padding=1),
            S(X2, t(4, 6, 3, 3), stride=2, output_padding=2),
            S(X2, t(4, 6, 3, 3), stride=2, output_padding=-1),
            S(X2, t(4, 6, 3, 3), stride=2, output_padding=(1, 1, 1)),
            S(t(2, 4, 1, 1), t(4, 6, 3, 3), padding=2),
            S(t(2, 4, 1, 1, dtype=torch.float64), t(4, 6, 2, 2, dtype=torch.float64), padding=1),
            S(X2, t(4, 6, 3, 3), padding="same"),
            S(X2, t(3, 6, 3, 3)),
            S(X2, t(4, 6, 3, 3), t(5)),
            S(X2, t(4, 3, 3, 3), groups=3),
            S(t(4, 5), t(4, 6, 3, 3)),
            S(X2, t(4, 6, 3)),
            S(t(1, 4, 0, 6), t(4, 6, 3, 3)),
            S(X2, t(4, 0, 3, 3)),
            S(T((2, 4, 5, 6), torch.bool), T((4, 6, 3, 2), torch.bool)),
        ],
    ),
    OpRow(
        "conv_transpose3d",
        [S(X3, t(2, 3, 2, 3, 2)), S(X3, t(2, 3, 2, 3, 2), t(3), (2, 1, 2), 1, (1, 0, 1), 1, (1, 2, 1))],
        NUMBERS,
        wider=NARROW,
        errors=[S(t(4, 5), t(2, 3, 2, 3, 2))],
    ),
]

COLUMNS = [
    OpRow(
        "im2col",
        [
            S(X2, (3, 2), (1, 1), (0, 0), (1, 1)),
            S(X2, (2, 3), (2, 1), (1, 2), (2, 3)),
            S(t(4, 5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(0, 4, 5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
        ],
        (*FLOATS, *INTS, torch.bool),
        errors=[
            S(t(4, 5, 0), (3, 3), (1, 1), (0, 0), (1, 1)),
            S(t(1, 2, 4, 5, 6), (3, 3), (1, 1), (0, 0), (1, 1)),
            S(t(5, 6), (3, 3), (1, 1), (0, 0), (1, 1)),
            S(t(6), (3, 3), (1, 1), (0, 0), (1, 1)),
            S(X2, (0, 3), (1, 1), (0, 0), (1, 1)),
            S(X2, (9, 9), (1, 1), (0, 0), (1, 1)),
            S(X2, (3, 3), (1, 1), (0, 0), (1, 0)),
            S(X2, (3, 3), (1, 1), (-1, 0), (1, 1)),
            S(X2, (3, 3), (0, 1), (0, 0), (1, 1)),
            S(X2, (3, 3, 3), (1, 1), (0, 0), (1, 1)),
        ],
    ),
    OpRow(
        "col2im",
        [
            S(t(2, 24, 15), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 12), (5, 6), (2, 3), (2, 1), (1, 2), (2, 3)),
            S(t(24, 15), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(0, 24, 15), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
        ],
        (*FLOATS, *INTS, torch.bool),
        errors=[
            S(t(2, 24, 14), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 23, 15), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 0), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 15, 1), (5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 15), (5, 6, 7), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 15), (-5, 6), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 1), (1, 1), (3, 2), (1, 1), (0, 0), (1, 1)),
            S(t(2, 24, 15), (5, 6), (3, 0), (1, 1), (0, 0), (1, 1)),
        ],
    ),
]


class TestConvolutions(OpSuite):
    rows = CONVOLUTIONS


class TestTransposed(OpSuite):
    rows = TRANSPOSED


class TestColumns(OpSuite):
    rows = COLUMNS


#: Shapes at which the kernels choose differently: channels in several chunks, rows in several boxes, small
#: images side by side, many groups, one channel.
LARGE = [
    ("conv2d", (2, 70, 9, 9), (20, 70, 3, 3), {"padding": 1}),
    ("conv2d", (1, 3, 150, 160), (5, 3, 3, 3), {"padding": 1, "stride": 2}),
    ("conv2d", (80, 16, 4, 4), (66, 16, 3, 3), {"padding": 1}),
    ("conv2d", (3, 32, 14, 14), (32, 1, 3, 3), {"padding": 1, "groups": 32}),
    ("conv2d", (8, 1, 28, 28), (16, 1, 3, 3), {"padding": "same"}),
    ("conv1d", (2, 5, 3000), (7, 5, 11), {"padding": 5}),
    ("conv3d", (1, 4, 12, 20, 20), (6, 4, 3, 3, 3), {"padding": 1}),
    ("conv_transpose2d", (3, 33, 8, 8), (33, 10, 4, 4), {"padding": 1, "stride": 2}),
]


@pytest.mark.parametrize(("name", "x", "w", "options"), LARGE, ids=str)
def test_larger_shapes(name, x, w, options):
    # Whole numbers, whose sums are exact in every order.
    make = torch.Generator().manual_seed(0)
    tensors = [torch.randint(-4, 5, shape, generator=make).float().requires_grad_() for shape in (x, w)]
    expected = getattr(torch.nn.functional, name)(*tensors, **options)
    g = torch.randint(-4, 5, expected.shape, generator=make).float()
    expected.backward(g)
    ours = [synapgrad.tensor(t.detach().numpy()).requires_grad_() for t in tensors]
    got = getattr(_C, name)(*ours, **options)
    got.backward(synapgrad.tensor(g.numpy()))
    for theirs, mine in [(expected, got), *((t.grad, o.grad) for t, o in zip(tensors, ours))]:
        assert (theirs.detach().numpy() == mine.detach().numpy()).all()


def test_whole_numbers_wrap():
    x = synapgrad.tensor([[[2**62, 2**62, 1]]])
    assert _C.conv1d(x, synapgrad.tensor([[[2, 2]]])).tolist() == [[[0, -(2**63) + 2]]]
    small = synapgrad.tensor([[[100, 100]]], dtype=synapgrad.uint8)
    assert _C.conv1d(small, synapgrad.ones(1, 1, 2, dtype=synapgrad.uint8)).tolist() == [[[200]]]


def test_third_derivative():
    x, w = (make(t(*shape), torch.float64, "third") for shape in ((1, 2, 4, 4), (2, 2, 2, 2)))

    def gradient(inputs):
        y = _C.conv2d(*inputs, stride=2, padding=1)
        first = synapgrad.autograd.grad((y * y * y).sum(), inputs, create_graph=True)
        return [(f * f).sum() for f in first]

    check_by_differences(gradient, [(v, to_synapgrad(v)) for v in (x, w)], "the gradient of a cube")


def test_names_in_the_graph():
    x, w = synapgrad.ones(1, 2, 4, 4, requires_grad=True), synapgrad.ones(3, 2, 2, 2)
    assert _C.conv2d(x, w).grad_fn.name() == "ConvolutionBackward0"
    assert _C.conv2d(x[0], w).grad_fn.name() == "SqueezeBackward1"
    assert _C.conv_transpose2d(x, synapgrad.ones(2, 3, 2, 2)).grad_fn.name() == "ConvolutionBackward0"
    assert _C.im2col(x, 2, 1, 0, 1).grad_fn.name() == "Im2ColBackward0"


def test_only_wanted_gradients():
    x, w = synapgrad.ones(1, 2, 4, 4), synapgrad.ones(3, 2, 2, 2, requires_grad=True)
    b = synapgrad.ones(3, requires_grad=True)
    _C.conv2d(x, w, b).sum().backward()
    same(torch.full((3, 2, 2, 2), 9.0), w.grad, "the weight's gradient")
    same(torch.full((3,), 9.0), b.grad, "the bias's gradient")
    assert x.grad is None


def test_the_largest_options():
    """Sizes beyond any memory are refused, without overflow."""
    x, w = synapgrad.ones(1, 1, 2, 2), synapgrad.ones(1, 1, 2, 2)
    huge = 2**62
    for call in (
        lambda: _C.conv2d(x, w, padding=huge),
        lambda: _C.conv_transpose2d(x, w, stride=huge),
        lambda: _C.conv_transpose2d(x, w, dilation=2**63 - 1),
        lambda: _C.im2col(x, 2, 1, huge, 1),
        lambda: _C.im2col(x, (2**32, 2**32), 1, 2**33, 1),
    ):
        with pytest.raises((RuntimeError, MemoryError)):
            call()
    with pytest.raises(RuntimeError, match="conv2d"):
        _C.conv2d(x, w, dilation=huge)
    assert _C.conv2d(x, w, stride=huge).tolist() == [[[[4.0]]]]
