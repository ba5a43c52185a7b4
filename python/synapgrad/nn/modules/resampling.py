"""Layers that change the sizes of the dimensions behind the channels."""

from __future__ import annotations

from synapgrad import _C

from .module import Module

__all__ = [
    "ChannelShuffle",
    "PixelShuffle",
    "PixelUnshuffle",
    "Upsample",
    "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]


class Upsample(Module):
    """Other sizes for the one to three dimensions behind batch and channels; see
    :func:`synapgrad.nn.functional.interpolate`.

    Args:
        size: the new sizes: one number, or one per dimension.
        scale_factor: what the sizes are multiplied by, instead.
        mode: 'nearest', 'nearest-exact', 'linear', 'bilinear', 'bicubic', 'trilinear' or 'area'.
        align_corners: whether the corners' elements keep their values.
        recompute_scale_factor: whether positions follow from the rounded sizes.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Upsample(scale_factor=2)(synapgrad.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 1., 2., 2.]]])
    """

    def __init__(
        self,
        size=None,
        scale_factor=None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ):
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input):
        return _C.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """:class:`Upsample` of two dimensions with mode 'nearest'.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.UpsamplingNearest2d(scale_factor=2)(synapgrad.tensor([[[[1.0]]]]))
    tensor([[[[1., 1.],
              [1., 1.]]]])
    """

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """:class:`Upsample` of two dimensions with mode 'bilinear' and aligned corners.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.UpsamplingBilinear2d(size=(1, 3))(synapgrad.tensor([[[[1.0, 2.0]]]]))
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Channels as pixels: (*, C·r², H, W) becomes (*, C, H·r, W·r), r = ``upscale_factor``.

    Paper: Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network" (2016).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.PixelShuffle(3)(synapgrad.ones(1, 9, 4, 4)).shape)
    (1, 1, 12, 12)
    """

    def __init__(self, upscale_factor: int):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input):
        return _C.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Pixels as channels: (*, C, H·r, W·r) becomes (*, C·r², H, W), r = ``downscale_factor``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.PixelUnshuffle(3)(synapgrad.ones(1, 1, 12, 12)).shape)
    (1, 9, 4, 4)
    """

    def __init__(self, downscale_factor: int):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input):
        return _C.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels, dimension 1, dealt out among ``groups``: of g groups of k, channel (i, j) becomes (j, i).

    Paper: Zhang et al., "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices"
    (2018).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.ChannelShuffle(2)(synapgrad.arange(4.0).reshape(1, 4, 1)).flatten()
    tensor([0., 2., 1., 3.])
    """

    def __init__(self, groups: int):
        super().__init__()
        self.groups = groups

    def forward(self, input):
        return _C.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
