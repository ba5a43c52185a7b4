"""Lazy layers: layers that learn the size of their inputs from the first one."""

from __future__ import annotations

from itertools import chain
from typing import Any

from synapgrad import _C

from ..parameter import UninitializedBuffer, UninitializedParameter, is_lazy
from ._hooks import RemovableHandle
from .batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, _NormBase
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, _ConvNd
from .instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .linear import Linear
from .module import Module

__all__ = [
    "LazyBatchNorm1d",
    "LazyBatchNorm2d",
    "LazyBatchNorm3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
    "LazyInstanceNorm1d",
    "LazyInstanceNorm2d",
    "LazyInstanceNorm3d",
    "LazyLinear",
]


class LazyModuleMixin(Module):
    """What makes a layer lazy, to be named before the layer's class: ``class LazyLinear(LazyModuleMixin, Linear)``.

    The layer makes an :class:`~synapgrad.nn.UninitializedParameter` or ``UninitializedBuffer`` where it does not
    know a shape. The first call begins with ``initialize_parameters`` and makes an ordinary layer of it, of the
    class ``cls_to_become``. Loading a state_dict gives shapes, too.

    An optimizer may be made before or after the first call: parameters stay the same objects. As they are drawn
    at the first call, they are other numbers than those of a network without lazy layers after the same seed.
    """

    #: The class after the first call; None leaves it what it is.
    cls_to_become: type[Any] | None = None
    _initialize_hook: RemovableHandle

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._initialize_hook = self.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args, **kwargs) -> None:
        """Give each parameter and buffer its shape and its first values, from the arguments of the first call;
        every subclass defines it.
        """
        raise NotImplementedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or buffer has no shape yet."""
        return any(is_lazy(member) for member in chain(self._parameters.values(), self._buffers.values()))

    def _infer_parameters(self, module, args, kwargs=None) -> None:
        """The hook before the first call."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise RuntimeError(f"module {self._get_name()} has not been fully initialized")
        module._initialize_hook.remove()
        del module._initialize_hook
        if not module._hooks:
            module._hooks = None  # without a table of hooks calls are fast
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become


class _LazyLayer(LazyModuleMixin):
    """A lazy layer with a weight, perhaps a bias, and one size to be learned."""

    #: The attribute with that size; 0 as long as it is not known.
    _size: str

    def _make_lazy(self, weight: bool, bias: bool, dtype) -> None:
        for name, wanted in (("weight", weight), ("bias", bias)):
            if wanted:
                setattr(self, name, UninitializedParameter(dtype=dtype))

    def _materialize(self, size: int, **shapes: tuple[int, ...]) -> None:
        """Take over the size, and give shapes and first values to the members, unless they were loaded."""
        setattr(self, self._size, size)
        if self.has_uninitialized_params():
            for name, shape in shapes.items():
                member = getattr(self, name)
                if is_lazy(member):
                    member.materialize(shape)
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """As the ordinary layer does, once the members have shapes."""
        if getattr(self, self._size) != 0 and not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]


class LazyLinear(_LazyLayer, Linear):
    """:class:`Linear` that takes ``in_features`` from the last dimension of its first input.

    Args:
        out_features, bias, device, dtype: see :class:`Linear`.

    AssertionError at the first call where a loaded weight has another size than the input.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.LazyLinear(30)
    >>> layer
    LazyLinear(in_features=0, out_features=30, bias=True)
    >>> y = layer(synapgrad.randn(128, 20))
    >>> layer
    Linear(in_features=20, out_features=30, bias=True)
    """

    cls_to_become = Linear
    _size = "in_features"

    def __init__(self, out_features: int, bias: bool = True, device=None, dtype=None):
        super().__init__(0, 0, False, device)
        self.out_features = out_features
        self._make_lazy(True, bias, dtype)

    def initialize_parameters(self, input) -> None:
        """Take ``in_features`` from the input."""
        size = input.shape[-1]
        if not is_lazy(self.weight) and self.weight.shape[-1] != size:
            raise AssertionError(
                f"LazyLinear: the input has {size} features, but the weight was loaded for "
                f"{self.weight.shape[-1]}"
            )
        self._materialize(size, weight=(self.out_features, size), bias=(self.out_features,))


class _LazyConv(_LazyLayer, _ConvNd):
    """A lazy convolution: the arguments are those of the class that it becomes, without ``in_channels``."""

    _size = "in_channels"

    def initialize_parameters(self, input, *args, **kwargs) -> None:
        """Take ``in_channels`` from the input."""
        batched = self._dims + 2
        if input.dim() not in (batched - 1, batched):
            raise RuntimeError(
                f"Expected {batched - 1}D (unbatched) or {batched}D (batched) input to {type(self).__name__}, "
                f"but got input of size: {tuple(input.shape)}"
            )
        channels = input.shape[-self._dims - 1]
        if channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        rows, columns = (channels, self.out_channels) if self.transposed else (self.out_channels, channels)
        weight = (rows, columns // self.groups, *self.kernel_size)
        self._materialize(channels, weight=weight, bias=(self.out_channels,))


class _LazyForward(_LazyConv):
    def __init__(
        self,
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
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device)
        self.out_channels = out_channels
        self._make_lazy(True, bias, dtype)


class _LazyTranspose(_LazyConv):
    def __init__(
        self,
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
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device
        )
        self.out_channels = out_channels
        self._make_lazy(True, bias, dtype)


class LazyConv1d(_LazyForward, Conv1d):
    """:class:`Conv1d` that takes ``in_channels`` from its first input; the other arguments are the same."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyForward, Conv2d):
    """:class:`Conv2d` that takes ``in_channels`` from its first input; the other arguments are the same.

    RuntimeError at the first call for inputs of other dimensions, ValueError for channels that ``groups`` does
    not divide.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.LazyConv2d(8, 3, padding=1)
    >>> tuple(layer(synapgrad.randn(1, 4, 5, 5)).shape), layer
    ((1, 8, 5, 5), Conv2d(4, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1)))
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyForward, Conv3d):
    """:class:`Conv3d` that takes ``in_channels`` from its first input; the other arguments are the same."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyTranspose, ConvTranspose1d):
    """:class:`ConvTranspose1d` that takes ``in_channels`` from its first input; the other arguments are the same."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyTranspose, ConvTranspose2d):
    """:class:`ConvTranspose2d` that takes ``in_channels`` from its first input; the other arguments are the same.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.LazyConvTranspose2d(8, 2, stride=2)(synapgrad.randn(1, 4, 5, 5)).shape)
    (1, 8, 10, 10)
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyTranspose, ConvTranspose3d):
    """:class:`ConvTranspose3d` that takes ``in_channels`` from its first input; the other arguments are the same."""

    cls_to_become = ConvTranspose3d


class _LazyNorm(_LazyLayer, _NormBase):
    _size = "num_features"

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__(0, eps, momentum, False, False, device)
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._make_lazy(affine, affine and bias, dtype)
        if track_running_stats:
            self.running_mean = UninitializedBuffer(dtype=dtype)
            self.running_var = UninitializedBuffer(dtype=dtype)
            self.num_batches_tracked = _C.tensor(0)

    def initialize_parameters(self, input) -> None:
        """Take ``num_features`` from the input's second dimension."""
        features = input.shape[1]
        shapes = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (features,))
        self._materialize(features, **shapes)


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """:class:`BatchNorm1d` that takes ``num_features`` from its first input; the other arguments are the same.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer = nn.LazyBatchNorm1d(affine=False)
    >>> layer(synapgrad.tensor([[1.0, 10.0], [3.0, 30.0]]))
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    >>> layer.num_features
    2
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """:class:`BatchNorm2d` that takes ``num_features`` from its first input; the other arguments are the same."""

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """:class:`BatchNorm3d` that takes ``num_features`` from its first input; the other arguments are the same."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """:class:`InstanceNorm1d` that takes ``num_features`` from its first input, which has to be a batch.

    The other arguments are those of :class:`LazyBatchNorm1d`, whose defaults it has: with parameters and running
    averages, unlike ``InstanceNorm1d``.
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """:class:`InstanceNorm2d` that takes ``num_features`` from its first input; see :class:`LazyInstanceNorm1d`."""

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """:class:`InstanceNorm3d` that takes ``num_features`` from its first input; see :class:`LazyInstanceNorm1d`."""

    cls_to_become = InstanceNorm3d
