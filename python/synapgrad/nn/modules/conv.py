"""Convolutions and transposed convolutions as layers."""

from __future__ import annotations

from collections.abc import Callable

from synapgrad import _C
from synapgrad._C import Tensor

from ..parameter import Parameter
from ._convert import _require_cpu
from .module import Module
from .utils import _ntuple

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
]

_RULES = ("valid", "same")
_MODES = ("zeros", "reflect", "replicate", "circular")


class _ConvNd(Module):
    """What convolutions over any number of dimensions have in common."""

    _dims: int
    _function: Callable[..., Tensor]
    bias: Tensor | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple,
        stride: tuple,
        padding: tuple | str,
        dilation: tuple,
        transposed: bool,
        output_padding: tuple,
        groups: int,
        bias: bool,
        padding_mode: str,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _require_cpu(type(self).__name__, device)
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in _RULES:
                raise ValueError(f"Invalid padding string {padding!r}, should be one of {_RULES}")
            if padding == "same" and any(s != 1 for s in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in _MODES:
            raise ValueError(f"padding_mode must be one of {_MODES}, but got padding_mode='{padding_mode}'")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = self._around()
        rows, columns = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        self.weight = Parameter(_C.empty((rows, columns // groups, *kernel_size), dtype=dtype))
        if bias:
            self.bias = Parameter(_C.empty(out_channels, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _around(self):
        """``padding`` as :func:`pad` wants it: before and after each dimension, the last one first."""
        if self.padding == "valid":
            return [0, 0] * self._dims
        if self.padding == "same":
            totals = [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size)]
            return [part for total in reversed(totals) for part in (total // 2, total - total // 2)]
        return tuple(n for n in reversed(self.padding) for _ in range(2))

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        _C._linear_init_(self.weight, self.bias)

    def extra_repr(self) -> str:
        def changed(name, default):
            value = getattr(self, name)
            return f", {name}={value}" if value != default else ""

        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
            + changed("padding", (0,) * len(self.padding))
            + changed("dilation", (1,) * len(self.dilation))
            + changed("output_padding", (0,) * len(self.output_padding))
            + changed("groups", 1)
            + ("" if self.bias is not None else ", bias=False")
            + changed("padding_mode", "zeros")
        )


class _Conv(_ConvNd):
    """A convolution: the function is ``_function``."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        each = _ntuple(self._dims)
        super().__init__(
            in_channels,
            out_channels,
            each(kernel_size),
            each(stride),
            padding if isinstance(padding, str) else each(padding),
            each(dilation),
            False,
            each(0),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def forward(self, input):
        if self.padding_mode == "zeros":
            return self._function(
                input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
            )
        padded = _C.pad(input, self._reversed_padding_repeated_twice, self.padding_mode)
        return self._function(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class Conv1d(_Conv):
    """Convolution over one dimension: (N, C, L) → (N, O, L'), or without N; see :class:`Conv2d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Conv1d(16, 33, 3, stride=2)(synapgrad.randn(20, 16, 50)).shape)
    (20, 33, 24)
    """

    _dims = 1
    _function = staticmethod(_C.conv1d)


class Conv2d(_Conv):
    """Convolution over two dimensions: a window of weights slides over the image and is multiplied with what
    it sees. ``y[n, o, p] = b[o] + Σ w[o, c, t]·x[n, c, p·stride + t·dilation - padding]`` over the channels c
    of o's group and the taps t of the window.

    Args:
        in_channels, out_channels: C and O.
        kernel_size: of the window; like the next three one number, or one for each dimension.
        stride: how far the window moves.
        padding: how many elements surround the image; 'valid' is none, 'same' as many as keep its size.
        dilation: how far apart in the image the window's taps are.
        groups: into how many groups the channels are divided, each convolved by itself.
        bias: whether ``b`` is there.
        padding_mode: what surrounds the image: 'zeros', or by 'reflect', 'replicate' or 'circular' its own
            elements, as :func:`~synapgrad.nn.functional.pad` has them.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters, floating-point; float32 by default.

    Shapes: (N, C, H, W) becomes (N, O, H', W'), or both without N;
    ``H' = (H + 2·padding - dilation·(kernel_size - 1) - 1) // stride + 1``, and so W'. The input has the
    dtype of the parameters; RuntimeError otherwise, and where the window is larger than the image. ValueError
    for options that make no layer.

    Attributes:
        weight: (O, C / groups, kh, kw), drawn from U(-√k, √k) with k = groups / (C·kh·kw).
        bias: (O), drawn from the same; or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.Conv2d(16, 33, (3, 5), stride=(2, 1), padding=(4, 2))
    >>> layer
    Conv2d(16, 33, kernel_size=(3, 5), stride=(2, 1), padding=(4, 2))
    >>> tuple(layer(synapgrad.randn(2, 16, 50, 100)).shape)
    (2, 33, 28, 100)
    """

    _dims = 2
    _function = staticmethod(_C.conv2d)


class Conv3d(_Conv):
    """Convolution over three dimensions: (N, C, D, H, W) → (N, O, D', H', W'), or without N; see
    :class:`Conv2d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Conv3d(2, 3, 3, padding="same")(synapgrad.randn(1, 2, 4, 5, 6)).shape)
    (1, 3, 4, 5, 6)
    """

    _dims = 3
    _function = staticmethod(_C.conv3d)


class _ConvTranspose(_ConvNd):
    """A transposed convolution: the function is ``_function``."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups: int = 1,
        bias: bool = True,
        dilation=1,
        padding_mode: str = "zeros",
        device=None,
        dtype=None,
    ):
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        each = _ntuple(self._dims)
        super().__init__(
            in_channels,
            out_channels,
            each(kernel_size),
            each(stride),
            each(padding),
            each(dilation),
            True,
            each(output_padding),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _more(self, input, output_size) -> tuple:
        """The output padding with which the result has ``output_size``."""
        n = self._dims
        batched = input.dim() == n + 2
        sizes = list(output_size)
        if len(sizes) == n + 1 + batched:
            sizes = sizes[-n:]
        if len(sizes) != n:
            raise ValueError(
                f"ConvTranspose{n}D: for {input.dim()}D input, output_size must have {n} or "
                f"{n + 1 + batched} elements (got {len(sizes)})"
            )
        least = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(
                input.shape[-n:], self.stride, self.padding, self.dilation, self.kernel_size
            )
        ]
        most = [low + s - 1 for low, s in zip(least, self.stride)]
        if any(not low <= size <= high for low, size, high in zip(least, sizes, most)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} "
                f"(for an input of {tuple(input.shape[-n:])})"
            )
        return tuple(size - low for size, low in zip(sizes, least))

    def forward(self, input, output_size=None):
        more = self.output_padding if output_size is None else self._more(input, output_size)
        return self._function(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTranspose):
    """Transposed convolution over one dimension: (N, C, L) → (N, O, L'), or without N; see
    :class:`ConvTranspose2d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.ConvTranspose1d(4, 2, 3, stride=2)(synapgrad.randn(1, 4, 5)).shape)
    (1, 2, 11)
    """

    _dims = 1
    _function = staticmethod(_C.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Transposed convolution over two dimensions: each element of the input adds the window of weights, times
    itself, to the result. It is the derivative of a convolution by its input, and undoes its change of size.

    Args:
        in_channels, out_channels: C and O.
        kernel_size: of the window; like stride, padding and dilation one number, or one for each dimension.
        stride: how far apart in the result the windows of neighbours are.
        padding: how many elements are taken away on all sides of the result.
        output_padding: how many elements more the result has at the end of each dimension.
        groups: into how many groups the channels are divided, each convolved by itself.
        bias: whether ``b`` is there.
        dilation: how far apart in the result the window's taps are.
        padding_mode: 'zeros'; ValueError for others.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters, floating-point; float32 by default.

    Shapes: (N, C, H, W) becomes (N, O, H', W'), or both without N;
    ``H' = (H - 1)·stride - 2·padding + dilation·(kernel_size - 1) + output_padding + 1``, and so W'. With a
    stride several sizes become one in a convolution: ``forward(x, output_size)`` says which to go back to;
    ValueError for one that is none of them.

    Attributes:
        weight: (C, O / groups, kh, kw), drawn from U(-√k, √k) with k = groups / (O·kh·kw).
        bias: (O), drawn from the same; or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x = synapgrad.randn(1, 16, 12, 12)
    >>> half = nn.Conv2d(16, 16, 3, stride=2, padding=1)(x)
    >>> layer = nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)
    >>> tuple(half.shape), tuple(layer(half, output_size=x.shape).shape)
    ((1, 16, 6, 6), (1, 16, 12, 12))
    """

    _dims = 2
    _function = staticmethod(_C.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Transposed convolution over three dimensions: (N, C, D, H, W) → (N, O, D', H', W'), or without N; see
    :class:`ConvTranspose2d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.ConvTranspose3d(4, 2, 2, stride=2)(synapgrad.randn(1, 4, 2, 3, 4)).shape)
    (1, 2, 4, 6, 8)
    """

    _dims = 3
    _function = staticmethod(_C.conv_transpose3d)
