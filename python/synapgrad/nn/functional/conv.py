"""Convolutions, transposed convolutions, and windows as columns."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_tbc",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "fold",
    "unfold",
]

# The engine's own functions, whose signatures are the public ones.
conv1d = _C.conv1d
conv2d = _C.conv2d
conv3d = _C.conv3d
conv_transpose1d = _C.conv_transpose1d
conv_transpose2d = _C.conv_transpose2d
conv_transpose3d = _C.conv_transpose3d


def conv_tbc(input, weight, bias, pad: int = 0):
    """:func:`conv1d` of sequences with the time first.

    Args:
        input: (T, N, C).
        weight: (k, C, O).
        bias: (O).
        pad: how many zeros surround the sequence.

    The result is (T + 2·pad - k + 1, N, O). RuntimeError for other shapes.

    >>> conv_tbc(_C.ones(3, 1, 2), _C.ones(2, 2, 1), _C.zeros(1)).flatten()
    tensor([4., 4.])
    """
    for name, tensor, dims in (
        ("input", input, "time, batch, channels"),
        ("weight", weight, "width, in, out"),
    ):
        if tensor.dim() != 3:
            raise RuntimeError(f"conv_tbc: {name} must have 3 dims ({dims}), but has {tensor.dim()}")
    return _C.conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, 1, pad).permute(2, 0, 1)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """What a window of ``kernel_size`` sees at each of its positions, as columns.

    Args:
        input: (N, C, H, W), or without N; not of whole numbers.
        kernel_size, dilation, padding, stride: a number, or one for height and one for width, as of
            :func:`conv2d`.

    The result is (N, C·kh·kw, positions): the rows of a column are the elements of its window, channel by
    channel. RuntimeError for other numbers of dimensions, options out of range, and where no window fits.

    >>> unfold(_C.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]), 2).T
    tensor([[1., 2., 4., 5.],
            [2., 3., 5., 6.]])
    """
    return _C.im2col(input, kernel_size, dilation, padding, stride)


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Columns added up where their windows lie in an image: the transpose of :func:`unfold`, not its inverse,
    because windows overlap.

    Args:
        input: (N, C·kh·kw, positions), or without N; not of whole numbers.
        output_size: height and width of the image.
        kernel_size, dilation, padding, stride: those with which the image is unfolded.

    The result is (N, C, H, W). RuntimeError for other numbers of dimensions, options out of range, and where
    the sizes are not those of the windows.

    >>> fold(_C.tensor([[1.0, 10.0], [2.0, 20.0]]), (1, 3), (1, 2))
    tensor([[[ 1., 12., 20.]]])
    """
    return _C.col2im(input, output_size, kernel_size, dilation, padding, stride)
