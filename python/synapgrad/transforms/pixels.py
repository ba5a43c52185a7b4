"""Transforms that change what pixels hold. Random ones draw from the default generator, in torchvision's order."""

from __future__ import annotations

import math
from collections.abc import Sequence

from synapgrad import _C

from . import functional as F
from .geometry import below, uniform

__all__ = ["ColorJitter", "GaussianBlur", "Grayscale", "RandomErasing", "RandomGrayscale", "RandomInvert"]


class Grayscale:
    """Brightness, in one channel or in three equal ones.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> transforms.Grayscale()(image)
    tensor([[[0.3630]]])
    """

    def __init__(self, num_output_channels: int = 1):
        self.num_output_channels = num_output_channels

    def __call__(self, img):
        return F.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self):
        return f"{type(self).__name__}(num_output_channels={self.num_output_channels})"


class RandomGrayscale:
    """Brightness in all channels, with probability p.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> transforms.RandomGrayscale(p=1.0)(image).flatten()
    tensor([0.3630, 0.3630, 0.3630])
    """

    def __init__(self, p: float = 0.1):
        self.p = p

    def __call__(self, img):
        if _C.rand(1).item() < self.p:
            return F.rgb_to_grayscale(img, F.get_dimensions(img)[0])
        return img

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p})"


class RandomInvert(RandomGrayscale):
    """Light becomes dark, with probability p.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.RandomInvert(p=1.0)(image).tolist()
    [[[1.0, 0.75, 0.0]]]
    """

    def __init__(self, p: float = 0.5):
        super().__init__(p)

    def __call__(self, img):
        return F.invert(img) if _C.rand(1).item() < self.p else img


class ColorJitter:
    """Brightness, contrast, saturation and hue changed at random, in random order.

    A number b stands for factors between max(0, 1 - b) and 1 + b (for the hue: between -b and b); a pair gives the two.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> transforms.ColorJitter(brightness=(2.0, 2.0))(image).flatten()
    tensor([0.4000, 0.8000, 1.0000])
    """

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        self.brightness = self._range("brightness", brightness)
        self.contrast = self._range("contrast", contrast)
        self.saturation = self._range("saturation", saturation)
        self.hue = self._range("hue", hue, center=0, bound=(-0.5, 0.5))

    @staticmethod
    def _range(name, value, center=1, bound=(0, float("inf"))):
        if isinstance(value, (int, float)):
            if value < 0:
                raise ValueError(f"If {name} is a single number, it must be non negative, got {value}")
            value = [center - value, center + value]
            if center:
                value[0] = max(value[0], 0.0)
        elif not isinstance(value, Sequence) or len(value) != 2:
            raise TypeError(f"{name} should be a single number or a sequence of length 2, got {value}")
        if not bound[0] <= value[0] <= value[1] <= bound[1]:
            raise ValueError(f"{name} values should be between {bound}, but got {value}")
        low, high = value
        return None if low == high == center else (float(low), float(high))

    @staticmethod
    def get_params(brightness, contrast, saturation, hue):
        """The order of the four changes, and the factor of each (None: no change)."""
        order = _C.randperm(4)
        ranges = (brightness, contrast, saturation, hue)
        return (order, *(None if pair is None else uniform(*pair) for pair in ranges))

    def __call__(self, img):
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        changes = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for which in order.tolist():
            if factors[which] is not None:
                img = changes[which](img, factors[which])
        return img

    def __repr__(self):
        return (
            f"{type(self).__name__}(brightness={self.brightness}, contrast={self.contrast}, "
            f"saturation={self.saturation}, hue={self.hue})"
        )


class GaussianBlur:
    """Blurred with a random σ between two, or a given one: :func:`functional.gaussian_blur`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.0, 1.0, 0.0, 0.0]]])
    >>> transforms.GaussianBlur((3, 1), sigma=1.0)(image)
    tensor([[[0.0000, 0.2741, 0.4519, 0.2741, 0.0000]]])
    """

    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        self.kernel_size = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)
        if not 0.0 < self.sigma[0] <= self.sigma[1]:
            raise ValueError(f"sigma values should be positive and of the form (min, max). Got {sigma}")

    def __call__(self, img):
        sigma = uniform(*self.sigma)
        return F.gaussian_blur(img, self.kernel_size, (sigma, sigma))

    def __repr__(self):
        return f"{type(self).__name__}(kernel_size={self.kernel_size}, sigma={self.sigma})"


class RandomErasing:
    """A random rectangle filled with ``value``, with probability p; "random" fills it with normal draws.

    Z. Zhong, L. Zheng, G. Kang, S. Li, Y. Yang: Random Erasing Data Augmentation, 2017.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> _ = synapgrad.manual_seed(0)
    >>> transforms.RandomErasing(p=1.0, value=-1)(image).min()
    tensor(-1.)
    """

    def __init__(self, p: float = 0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace: bool = False):
        if isinstance(value, str) and value != "random":
            raise ValueError("If value is str, it should be 'random'")
        if not 0 <= p <= 1:
            raise ValueError(f"Random erasing probability should be between 0 and 1, got {p}")
        if not 0 <= scale[0] <= scale[1] <= 1:
            raise ValueError(f"Scale should be between 0 and 1, got {scale}")
        self.p = p
        self.scale = scale
        self.ratio = ratio
        self.value = value
        self.inplace = inplace

    @staticmethod
    def get_params(img, scale, ratio, value=None):
        """Top, left, height, width and contents of a random rectangle; None for normal draws."""
        channels, height, width = F.get_dimensions(img)
        logs = _C.log(_C.tensor(ratio)).tolist()
        for _ in range(10):
            area = height * width * uniform(scale[0], scale[1])
            shape = _C.exp(_C.empty(1).uniform_(*logs)).item()
            high, wide = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
            if high >= height or wide >= width:
                continue
            if value is None:
                contents = _C.empty(channels, high, wide, dtype=_C.float32).normal_()
            else:
                contents = _C.tensor(value).view(-1, 1, 1)
            top = below(height - high + 1)
            return top, below(width - wide + 1), high, wide, contents
        return 0, 0, height, width, img

    def __call__(self, img):
        img = F.image(img)
        if _C.rand(1).item() >= self.p:
            return img
        if isinstance(self.value, str):
            value = None
        else:
            value = [
                float(v) for v in (self.value if isinstance(self.value, (tuple, list)) else [self.value])
            ]
        top, left, high, wide, contents = self.get_params(img, self.scale, self.ratio, value)
        return F.erase(img, top, left, high, wide, contents.to(img.dtype), self.inplace)

    def __repr__(self):
        return (
            f"{type(self).__name__}(p={self.p}, scale={self.scale}, ratio={self.ratio}, value={self.value}, "
            f"inplace={self.inplace})"
        )
