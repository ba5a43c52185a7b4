"""Layers that add elements around the last dimensions. Negative paddings take elements away."""

from __future__ import annotations

from synapgrad import _C

from .module import Module
from .utils import _ntuple

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _Pad(Module):
    """Padding of the last ``_dims`` dimensions with the input's own elements, as ``_mode`` says."""

    _dims: int
    _mode: str

    def __init__(self, padding):
        super().__init__()
        self.padding = _ntuple(2 * self._dims)(padding)

    def forward(self, input):
        return _C.pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(Module):
    _dims: int

    def __init__(self, padding, value: float):
        super().__init__()
        self.padding = _ntuple(2 * self._dims)(padding)
        self.value = value

    def forward(self, input):
        return _C.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _CircularPad(_Pad):
    _mode = "circular"

    def forward(self, input):
        n = self._dims
        if input.dim() not in (n + 1, n + 2):
            raise ValueError(
                f"{type(self).__name__}: expected {n + 1}D or {n + 2}D input (got {input.dim()}D input)"
            )
        return _C.pad(input, self.padding, "circular")


class ConstantPad1d(_ConstantPad):
    """Pad the last dimension with ``value``.

    ``padding`` is one number for every side, or a pair (left, right).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ConstantPad1d((2, 1), 9.0)(synapgrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[9., 9., 1., 2., 3., 9.]])
    """

    _dims = 1


class ConstantPad2d(_ConstantPad):
    """Pad the last two dimensions with ``value``.

    ``padding`` is one number for every side, or (left, right, top, bottom).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ConstantPad2d((1, 0, 0, 1), 9.0)(synapgrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[9., 1., 2.],
             [9., 3., 4.],
             [9., 9., 9.]]])
    """

    _dims = 2


class ConstantPad3d(_ConstantPad):
    """Pad the last three dimensions with ``value``.

    ``padding`` is one number for every side, or (left, right, top, bottom, front, back).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ConstantPad3d((1, 1, 0, 0, 0, 0), 9.0)(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[9., 1., 2., 9.]]]])
    """

    _dims = 3


class ZeroPad1d(ConstantPad1d):
    """Pad the last dimension with zeros.

    ``padding`` is one number for every side, or a pair (left, right).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ZeroPad1d((2, 1))(synapgrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0., 0., 1., 2., 3., 0.]])
    """

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Pad the last two dimensions with zeros.

    ``padding`` is one number for every side, or (left, right, top, bottom).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ZeroPad2d((1, 0, 0, 1))(synapgrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[0., 1., 2.],
             [0., 3., 4.],
             [0., 0., 0.]]])
    """

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Pad the last three dimensions with zeros.

    ``padding`` is one number for every side, or (left, right, top, bottom, front, back).
    Input: any shape with enough dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ZeroPad3d((1, 1, 0, 0, 0, 0))(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[0., 1., 2., 0.]]]])
    """

    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ReflectionPad1d(_Pad):
    """Pad the last dimension with the input mirrored at its outermost elements.

    ``padding`` is one number for every side, or a pair (left, right).
    Input: (N, C, L) or (C, L).
    RuntimeError for a padding not smaller than the dimension.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReflectionPad1d((2, 1))(synapgrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 2., 1., 2., 3., 2.]])
    """

    _dims = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """Pad the last two dimensions with the input mirrored at its outermost elements.

    ``padding`` is one number for every side, or (left, right, top, bottom).
    Input: (N, C, H, W) or (C, H, W).
    RuntimeError for a padding not smaller than the dimension.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReflectionPad2d((1, 0, 0, 1))(synapgrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2., 1., 2.],
             [4., 3., 4.],
             [2., 1., 2.]]])
    """

    _dims = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """Pad the last three dimensions with the input mirrored at its outermost elements.

    ``padding`` is one number for every side, or (left, right, top, bottom, front, back).
    Input: (N, C, D, H, W) or (C, D, H, W).
    RuntimeError for a padding not smaller than the dimension.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReflectionPad3d((1, 1, 0, 0, 0, 0))(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[2., 1., 2., 1.]]]])
    """

    _dims = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """Pad the last dimension with the outermost elements again.

    ``padding`` is one number for every side, or a pair (left, right).
    Input: (N, C, L) or (C, L).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReplicationPad1d((2, 1))(synapgrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 1., 2., 3., 3.]])
    """

    _dims = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """Pad the last two dimensions with the outermost elements again.

    ``padding`` is one number for every side, or (left, right, top, bottom).
    Input: (N, C, H, W) or (C, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReplicationPad2d((1, 0, 0, 1))(synapgrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[1., 1., 2.],
             [3., 3., 4.],
             [3., 3., 4.]]])
    """

    _dims = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """Pad the last three dimensions with the outermost elements again.

    ``padding`` is one number for every side, or (left, right, top, bottom, front, back).
    Input: (N, C, D, H, W) or (C, D, H, W).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ReplicationPad3d((1, 1, 0, 0, 0, 0))(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1., 1., 2., 2.]]]])
    """

    _dims = 3
    _mode = "replicate"


class CircularPad1d(_CircularPad):
    """Pad the last dimension with the input continued periodically.

    ``padding`` is one number for every side, or a pair (left, right).
    Input: (N, C, L) or (C, L).
    RuntimeError for a padding larger than the dimension; ValueError for another number of dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CircularPad1d((2, 1))(synapgrad.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 3., 1., 2., 3., 1.]])
    """

    _dims = 1


class CircularPad2d(_CircularPad):
    """Pad the last two dimensions with the input continued periodically.

    ``padding`` is one number for every side, or (left, right, top, bottom).
    Input: (N, C, H, W) or (C, H, W).
    RuntimeError for a padding larger than the dimension; ValueError for another number of dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CircularPad2d((1, 0, 0, 1))(synapgrad.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2., 1., 2.],
             [4., 3., 4.],
             [2., 1., 2.]]])
    """

    _dims = 2


class CircularPad3d(_CircularPad):
    """Pad the last three dimensions with the input continued periodically.

    ``padding`` is one number for every side, or (left, right, top, bottom, front, back).
    Input: (N, C, D, H, W) or (C, D, H, W).
    RuntimeError for a padding larger than the dimension; ValueError for another number of dimensions.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CircularPad3d((1, 1, 0, 0, 0, 0))(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[2., 1., 2., 1.]]]])
    """

    _dims = 3
