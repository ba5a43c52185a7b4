"""Windows of images as columns, and back."""

from __future__ import annotations

from synapgrad import _C

from .module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """What a window sees at each of its positions, as columns: (N, C, H, W) → (N, C·kh·kw, positions), or
    without N; see :func:`~synapgrad.nn.functional.unfold`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Unfold((2, 3))(synapgrad.randn(2, 5, 3, 4)).shape)
    (2, 30, 4)
    """

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return _C.im2col(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Columns added up where their windows lie in an image: (N, C·kh·kw, positions) → (N, C, H, W), or
    without N; see :func:`~synapgrad.nn.functional.fold`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Fold((3, 4), (2, 3))(synapgrad.randn(2, 30, 4)).shape)
    (2, 5, 3, 4)
    """

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input):
        return _C.col2im(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
