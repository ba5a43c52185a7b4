"""Transforms that move pixels. Random ones draw from the default generator, in torchvision's order."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

from synapgrad import _C

from . import functional as F
from .functional import InterpolationMode

__all__ = [
    "CenterCrop",
    "FiveCrop",
    "Pad",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "below",
    "uniform",
]


def below(n: int) -> int:
    """A random number from 0 to n - 1."""
    return int(_C.randint(0, n, (1,)).item())


def uniform(low: float, high: float) -> float:
    return float(_C.empty(1).uniform_(low, high).item())


def size_pair(size) -> tuple[int, int]:
    if isinstance(size, int):
        return size, size
    if not isinstance(size, Sequence) or len(size) not in (1, 2):
        raise ValueError(f"Please provide only two dimensions (h, w) for size, got {size}")
    return (size[0], size[0]) if len(size) == 1 else (size[0], size[1])


class Resize:
    """Another size: (height, width), or the length of the shorter side: :func:`functional.resize`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.Resize((1, 6), transforms.InterpolationMode.NEAREST)(image).tolist()
    [[[0.0, 0.0, 0.25, 0.25, 1.0, 1.0]]]
    """

    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
        if not isinstance(size, int):
            if not isinstance(size, Sequence):
                raise TypeError(f"Size should be int or sequence. Got {type(size).__name__}")
            if len(size) not in (1, 2):
                raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size = size
        self.interpolation = interpolation
        self.max_size = max_size
        self.antialias = antialias

    def __call__(self, img):
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self):
        mode = F._mode(self.interpolation).value
        return (
            f"{type(self).__name__}(size={self.size}, interpolation={mode}, max_size={self.max_size}, "
            f"antialias={self.antialias})"
        )


class CenterCrop:
    """The middle of the image.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> transforms.CenterCrop(1)(image).tolist()
    [[[4.0]]]
    """

    def __init__(self, size):
        self.size = size_pair(size)

    def __call__(self, img):
        return F.center_crop(img, self.size)

    def __repr__(self):
        return f"{type(self).__name__}(size={self.size})"


class FiveCrop:
    """The four corners and the middle, as a tuple.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> [part.item() for part in transforms.FiveCrop(1)(image)]
    [0.0, 2.0, 6.0, 8.0, 4.0]
    """

    def __init__(self, size):
        self.size = size_pair(size)

    def __call__(self, img):
        return F.five_crop(img, self.size)

    def __repr__(self):
        return f"{type(self).__name__}(size={self.size})"


class Pad:
    """Pixels around the image: :func:`functional.pad`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.Pad((1, 0), padding_mode="edge")(image).tolist()
    [[[0.0, 0.0, 0.25, 1.0, 1.0]]]
    """

    def __init__(self, padding, fill=0, padding_mode: str = "constant"):
        F._sides(padding)
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def __call__(self, img):
        return F.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self):
        return f"{type(self).__name__}(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class RandomCrop:
    """A part of the given size, anywhere in the image, which may be padded first.

    Draws the row and then the column, and nothing where there is no choice. ValueError where the image is too small and
    ``pad_if_needed`` is not set.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> transforms.RandomCrop(2)(image).shape
    synapgrad.Size([1, 2, 2])
    """

    def __init__(
        self, size, padding=None, pad_if_needed: bool = False, fill=0, padding_mode: str = "constant"
    ):
        self.size = size_pair(size)
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    @staticmethod
    def get_params(img, output_size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part."""
        _, height, width = F.get_dimensions(img)
        wanted_height, wanted_width = output_size
        if height < wanted_height or width < wanted_width:
            raise ValueError(
                f"Required crop size {output_size} is larger than input image size {(height, width)}"
            )
        if (height, width) == (wanted_height, wanted_width):
            return 0, 0, height, width
        top = below(height - wanted_height + 1)
        return top, below(width - wanted_width + 1), wanted_height, wanted_width

    def __call__(self, img):
        img = F.image(img)
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        height, width = img.shape[-2:]
        if self.pad_if_needed and width < self.size[1]:
            img = F.pad(img, (self.size[1] - width, 0), self.fill, self.padding_mode)
        if self.pad_if_needed and height < self.size[0]:
            img = F.pad(img, (0, self.size[0] - height), self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self):
        return f"{type(self).__name__}(size={self.size}, padding={self.padding})"


class RandomHorizontalFlip:
    """Left becomes right, with probability p.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.RandomHorizontalFlip(p=1.0)(image).tolist()
    [[[1.0, 0.25, 0.0]]]
    """

    def __init__(self, p: float = 0.5):
        self.p = p

    def __call__(self, img):
        return F.hflip(img) if _C.rand(1).item() < self.p else img

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p})"


class RandomVerticalFlip(RandomHorizontalFlip):
    """Top becomes bottom, with probability p.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> transforms.RandomVerticalFlip(p=1.0)(image).tolist()
    [[[6.0, 7.0, 8.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0]]]
    """

    def __call__(self, img):
        return F.vflip(img) if _C.rand(1).item() < self.p else img


class RandomRotation:
    """Turned by a random angle between -degrees and degrees, or between two: :func:`functional.rotate`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> transforms.RandomRotation((90, 90))(image).tolist()
    [[[2.0, 5.0, 8.0], [1.0, 4.0, 7.0], [0.0, 3.0, 6.0]]]
    """

    def __init__(self, degrees, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        if isinstance(degrees, (int, float)):
            if degrees < 0:
                raise ValueError(f"If degrees is a single number, it must be positive, got {degrees}")
            degrees = (-degrees, degrees)
        if len(degrees) != 2:
            raise ValueError(f"degrees should be a number or a sequence of length 2, got {degrees}")
        self.degrees = [float(d) for d in degrees]
        self.interpolation = interpolation
        self.expand = expand
        self.center = center
        self.fill = fill

    @staticmethod
    def get_params(degrees: Sequence[float]) -> float:
        return uniform(float(degrees[0]), float(degrees[1]))

    def __call__(self, img):
        angle = self.get_params(self.degrees)
        return F.rotate(img, angle, self.interpolation, self.expand, self.center, self.fill)

    def __repr__(self):
        mode = F._mode(self.interpolation).value
        name, options = type(self).__name__, f"expand={self.expand}, fill={self.fill}"
        return f"{name}(degrees={self.degrees}, interpolation={mode}, {options})"


class RandomResizedCrop:
    """A part of random size and shape, in the given size.

    Its area is a fraction in ``scale`` of the image's, its width over height in ``ratio``.

    Raises:
        TypeError: ``scale`` or ``ratio`` is no pair.
        ValueError: one of them has a number that is not positive (``scale`` may begin with 0).

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> transforms.RandomResizedCrop((4, 2))(image).shape
    synapgrad.Size([1, 4, 2])
    """

    def __init__(
        self,
        size,
        scale=(0.08, 1.0),
        ratio=(3.0 / 4.0, 4.0 / 3.0),
        interpolation=InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ):
        for name, pair in (("scale", scale), ("ratio", ratio)):
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"{name} should be a pair (min, max), got {pair!r}")
            if not (pair[1] > 0 and (pair[0] > 0 or name == "scale" and pair[0] == 0)):
                raise ValueError(f"{name} should have positive numbers, got {pair!r}")
            if pair[0] > pair[1]:
                warnings.warn(f"{name} should be of kind (min, max), got {pair!r}", stacklevel=2)
        self.size = size_pair(size)
        self.scale = scale
        self.ratio = ratio
        self.interpolation = interpolation
        self.antialias = antialias

    @staticmethod
    def get_params(img, scale, ratio) -> tuple[int, int, int, int]:
        """Top, left, height and width of a random part."""
        _, height, width = F.get_dimensions(img)
        logs = _C.log(_C.tensor(ratio)).tolist()
        for _ in range(10):
            area = height * width * uniform(scale[0], scale[1])
            shape = _C.exp(_C.empty(1).uniform_(*logs)).item()
            wide, high = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if 0 < wide <= width and 0 < high <= height:
                top = below(height - high + 1)
                return top, below(width - wide + 1), high, wide
        wide, high = width, height
        if width / height < min(ratio):
            high = round(width / min(ratio))
        elif width / height > max(ratio):
            wide = round(height * max(ratio))
        return (height - high) // 2, (width - wide) // 2, high, wide

    def __call__(self, img):
        img = F.image(img)
        part = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, *part, self.size, self.interpolation, self.antialias)

    def __repr__(self):
        scale, ratio = (tuple(round(number, 4) for number in pair) for pair in (self.scale, self.ratio))
        mode = F._mode(self.interpolation).value
        return (
            f"{type(self).__name__}(size={self.size}, scale={scale}, ratio={ratio}, interpolation={mode}, "
            f"antialias={self.antialias})"
        )
