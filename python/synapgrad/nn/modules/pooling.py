"""Layers that make one element of each window of the last one, two or three dimensions."""

from __future__ import annotations

from collections.abc import Callable

from synapgrad import _C

from .module import Module
from .utils import _ntuple, _single

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _Pool(Module):
    """What the layers have in common: a function ``_pool``, and options of which ``_shown`` are in the repr."""

    _pool: Callable
    _shown: tuple[str, ...] = ("kernel_size", "stride", "padding")

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)


class _MaxPool(_Pool):
    _shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input):
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class _MaxUnpool(_Pool):
    _dims: int

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        tuple_of = _ntuple(self._dims)
        self.kernel_size = tuple_of(kernel_size)
        self.stride = tuple_of(stride if stride is not None else kernel_size)
        self.padding = tuple_of(padding)

    def forward(self, input, indices, output_size=None):
        return self._pool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class _AvgPool(_Pool):
    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True
    ):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input):
        return self._pool(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad
        )


class _AvgPoolWithDivisor(_AvgPool):
    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input):
        return self._pool(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class _LPPool(_Pool):
    _shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(self, norm_type: float, kernel_size, stride=None, ceil_mode: bool = False):
        super().__init__()
        if norm_type == 0:
            raise ValueError(
                f"{type(self).__name__}: norm_type must be a non-zero value, but got {norm_type}"
            )
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input):
        return self._pool(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class _AdaptiveAvgPool(_Pool):
    _shown = ("output_size",)

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        return self._pool(input, self.output_size)


class _AdaptiveMaxPool(_AdaptiveAvgPool):
    def __init__(self, output_size, return_indices: bool = False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input):
        return self._pool(input, self.output_size, self.return_indices)


class MaxPool1d(_MaxPool):
    """:class:`MaxPool2d` over the last dimension of (N, C, L) or (C, L).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MaxPool1d(2)(synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]]))
    tensor([[5., 2.]])
    """

    _pool = staticmethod(_C.max_pool1d)


class MaxPool2d(_MaxPool):
    """The largest element of every window over the last two dimensions; the first of equal ones, and NaN.

    Args:
        kernel_size: the size of the window, one number or one per dimension, as all that follow.
        stride: how far the window slides; its size by default.
        padding: −∞ on both sides, at most half a window.
        dilation: the distance of a window's elements.
        return_indices: return a pair, of which the second are the positions, for :class:`MaxUnpool2d`.
        ceil_mode: whether a last window that lies only partly in the input counts.

    Shapes: (N, C, H, W) or (C, H, W); n elements become
    ⌊(n + 2·padding - dilation·(kernel_size - 1) - 1)/stride⌋ + 1.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MaxPool2d(2)(synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]]))
    tensor([[[5.]]])
    """

    _pool = staticmethod(_C.max_pool2d)


class MaxPool3d(_MaxPool):
    """:class:`MaxPool2d` over the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.MaxPool3d((2, 1, 2))(synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]]))
    tensor([[[[5.]]]])
    """

    _pool = staticmethod(_C.max_pool3d)


class MaxUnpool1d(_MaxUnpool):
    """:class:`MaxUnpool2d` for (N, C, L) or (C, L): the way back from :class:`MaxPool1d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x = synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]])
    >>> y, indices = nn.MaxPool1d(2, return_indices=True)(x)
    >>> nn.MaxUnpool1d(2)(y, indices)
    tensor([[0., 5., 2., 0.]])
    """

    _dims = 1
    _pool = staticmethod(_C.max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """The way back from :class:`MaxPool2d`: zeros with the input's elements at the places ``indices``.

    Args:
        kernel_size, stride, padding: those of the pooling.

    ``forward`` takes the input, the indices and, where several sizes have this pooling, ``output_size``.
    Shapes: (N, C, H, W) or (C, H, W); n elements become (n - 1)·stride - 2·padding + kernel_size.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x = synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]])
    >>> y, indices = nn.MaxPool2d(2, return_indices=True)(x)
    >>> nn.MaxUnpool2d(2)(y, indices)
    tensor([[[0., 5.],
             [0., 0.]]])
    """

    _dims = 2
    _pool = staticmethod(_C.max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """:class:`MaxUnpool2d` for (N, C, D, H, W) or (C, D, H, W): the way back from :class:`MaxPool3d`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> x = synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]])
    >>> y, indices = nn.MaxPool3d((2, 1, 2), return_indices=True)(x)
    >>> nn.MaxUnpool3d((2, 1, 2))(y, indices).flatten()
    tensor([0., 5., 0., 0.])
    """

    _dims = 3
    _pool = staticmethod(_C.max_unpool3d)


class AvgPool1d(_AvgPool):
    """:class:`AvgPool2d` over the last dimension of (N, C, L) or (C, L), without ``divisor_override``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AvgPool1d(2)(synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]]))
    tensor([[3., 1.]])
    """

    _pool = staticmethod(_C.avg_pool1d)

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode: bool = False, count_include_pad: bool = True
    ):
        stride = kernel_size if stride is None else stride
        super().__init__(
            _single(kernel_size), _single(stride), _single(padding), ceil_mode, count_include_pad
        )


class AvgPool2d(_AvgPoolWithDivisor):
    """The mean of every window over the last two dimensions.

    Args:
        kernel_size: the size of the window, one number or one per dimension, as the two that follow.
        stride: how far the window slides; its size by default.
        padding: zeros on both sides, at most half a window.
        ceil_mode: whether a last window that lies only partly in the input counts.
        count_include_pad: whether the zeros are elements of the mean.
        divisor_override: what the sums are divided by instead of the number of elements.

    Shapes: (N, C, H, W) or (C, H, W); n elements become ⌊(n + 2·padding - kernel_size)/stride⌋ + 1.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AvgPool2d(2)(synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]]))
    tensor([[[2.]]])
    """

    _pool = staticmethod(_C.avg_pool2d)


class AvgPool3d(_AvgPoolWithDivisor):
    """:class:`AvgPool2d` over the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AvgPool3d((2, 1, 2))(synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]]))
    tensor([[[[2.]]]])
    """

    _pool = staticmethod(_C.avg_pool3d)


class LPPool1d(_LPPool):
    """:class:`LPPool2d` over the last dimension of (N, C, L) or (C, L).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LPPool1d(2, 2)(synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]]))
    tensor([[5.0990, 2.0000]])
    """

    _pool = staticmethod(_C.lp_pool1d)


class LPPool2d(_LPPool):
    """The p-norm (Σ xᵖ)^(1/p) of every window over the last two dimensions, p = ``norm_type``;
    p = ∞ gives the largest element.

    Args:
        norm_type: p; ValueError for 0.
        kernel_size: the size of the window, one number or one per dimension.
        stride: how far the window slides; its size by default.
        ceil_mode: whether a last window that lies only partly in the input counts.

    Shapes: (N, C, H, W) or (C, H, W); n elements become ⌊(n - kernel_size)/stride⌋ + 1.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LPPool2d(2, 2)(synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]]))
    tensor([[[5.4772]]])
    """

    _pool = staticmethod(_C.lp_pool2d)


class LPPool3d(_LPPool):
    """:class:`LPPool2d` over the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LPPool3d(2, (2, 1, 2))(synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]]))
    tensor([[[[5.4772]]]])
    """

    _pool = staticmethod(_C.lp_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """:class:`AdaptiveMaxPool2d` over the last dimension of (N, C, L) or (C, L).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveMaxPool1d(1)(synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]]))
    tensor([[5.]])
    """

    _pool = staticmethod(_C.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of ``output_size`` windows that divide the last two dimensions evenly.

    Args:
        output_size: one number or one per dimension; None keeps the input's size.
        return_indices: return a pair, of which the second are the positions.

    Shapes: (N, C, H, W) or (C, H, W); output i of m covers the elements ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ of n.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveMaxPool2d(1)(synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]]))
    tensor([[[5.]]])
    """

    _pool = staticmethod(_C.adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """:class:`AdaptiveMaxPool2d` over the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveMaxPool3d(1)(synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]]))
    tensor([[[[5.]]]])
    """

    _pool = staticmethod(_C.adaptive_max_pool3d)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """:class:`AdaptiveAvgPool2d` over the last dimension of (N, C, L) or (C, L).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveAvgPool1d(1)(synapgrad.tensor([[1.0, 5.0, 2.0, 0.0]]))
    tensor([[2.]])
    """

    _pool = staticmethod(_C.adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """The means of ``output_size`` windows that divide the last two dimensions evenly.

    Args:
        output_size: one number or one per dimension; None keeps the input's size.

    Shapes: (N, C, H, W) or (C, H, W); output i of m covers the elements ⌊i·n/m⌋ … ⌈(i+1)·n/m⌉ of n.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveAvgPool2d(1)(synapgrad.tensor([[[1.0, 5.0], [2.0, 0.0]]]))
    tensor([[[2.]]])
    """

    _pool = staticmethod(_C.adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """:class:`AdaptiveAvgPool2d` over the last three dimensions of (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.AdaptiveAvgPool3d(1)(synapgrad.tensor([[[[1.0, 5.0]], [[2.0, 0.0]]]]))
    tensor([[[[2.]]]])
    """

    _pool = staticmethod(_C.adaptive_avg_pool3d)
