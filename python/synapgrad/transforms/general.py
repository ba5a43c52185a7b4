"""Transforms of transforms, and conversions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from synapgrad import _C

from . import functional as F

__all__ = [
    "Compose",
    "ConvertImageDtype",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "RandomApply",
    "RandomChoice",
    "RandomOrder",
    "ToPILImage",
    "ToTensor",
]


def listed(name: str, transforms) -> str:
    lines = "".join(f"\n    {transform}" for transform in transforms)
    return f"{name}({lines}\n)"


class Compose:
    """One transform after the other.

    >>> from synapgrad.transforms import Compose, Lambda
    >>> Compose([Lambda(lambda x: x + 1), Lambda(lambda x: x * 2)])(3)
    8
    """

    def __init__(self, transforms: Sequence[Callable]):
        self.transforms = transforms

    def __call__(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return listed(type(self).__name__, self.transforms)


class Lambda:
    """A function as a transform. TypeError where it cannot be called.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.Lambda(lambda image: image * 2)(image).tolist()
    [[[0.0, 0.5, 2.0]]]
    """

    def __init__(self, lambd: Callable):
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, img):
        return self.lambd(img)

    def __repr__(self):
        return f"{type(self).__name__}()"


class ToTensor:
    """The picture as floats from 0 to 1, (channels, height, width): :func:`functional.to_tensor`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> transforms.ToTensor()(synapgrad.tensor([[[0, 51, 255]]], dtype=synapgrad.uint8))
    tensor([[[0.0000, 0.2000, 1.0000]]])
    """

    def __call__(self, pic):
        return F.to_tensor(pic)

    def __repr__(self):
        return f"{type(self).__name__}()"


class PILToTensor:
    """The picture as a tensor of its own dtype, (channels, height, width).

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> import numpy
    >>> transforms.PILToTensor()(numpy.zeros((4, 5, 3), dtype=numpy.uint8)).shape
    synapgrad.Size([3, 4, 5])
    """

    def __call__(self, pic):
        return F.image(pic)

    def __repr__(self):
        return f"{type(self).__name__}()"


class ConvertImageDtype:
    """Another dtype, the numbers scaled to its range: :func:`functional.convert_image_dtype`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.ConvertImageDtype(synapgrad.uint8)(image).tolist()
    [[[0, 63, 255]]]
    """

    def __init__(self, dtype):
        self.dtype = dtype

    def __call__(self, image):
        return F.convert_image_dtype(image, self.dtype)

    def __repr__(self):
        return f"{type(self).__name__}()"


class ToPILImage:
    """An image of Pillow, which has to be installed: :func:`functional.to_pil_image`."""

    def __init__(self, mode: str | None = None):
        self.mode = mode

    def __call__(self, pic):
        return F.to_pil_image(pic, self.mode)

    def __repr__(self):
        return f"{type(self).__name__}({'' if self.mode is None else f'mode={self.mode}'})"


class Normalize:
    """(x - mean) / std, with a mean and a standard deviation for each channel: :func:`functional.normalize`.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.Normalize(mean=(0.5,), std=(0.5,))(image).tolist()
    [[[-1.0, -0.5, 1.0]]]
    """

    def __init__(self, mean, std, inplace: bool = False):
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def __call__(self, tensor):
        return F.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self):
        return f"{type(self).__name__}(mean={self.mean}, std={self.std})"


class RandomApply:
    """The transforms, or with probability 1 - p none of them.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.RandomApply([transforms.RandomInvert(p=1.0)], p=1.0)(image).tolist()
    [[[1.0, 0.75, 0.0]]]
    """

    def __init__(self, transforms: Sequence[Callable], p: float = 0.5):
        self.transforms = transforms
        self.p = p

    def __call__(self, img):
        if self.p < _C.rand(1).item():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return listed(type(self).__name__, [f"p={self.p}", *self.transforms])


class RandomOrder:
    """The transforms in an order that Python's ``random`` draws.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.RandomOrder([transforms.RandomInvert(p=1.0), transforms.Pad((1, 0))])(image).shape
    synapgrad.Size([1, 1, 5])
    """

    def __init__(self, transforms: Sequence[Callable]):
        self.transforms = transforms

    def __call__(self, img):
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for at in order:
            img = self.transforms[at](img)
        return img

    def __repr__(self):
        return listed(type(self).__name__, self.transforms)


class RandomChoice:
    """One of the transforms, which Python's ``random`` draws, with weights ``p``.

    >>> import synapgrad
    >>> from synapgrad import transforms
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> transforms.RandomChoice([transforms.RandomInvert(p=1.0)])(image).tolist()
    [[[1.0, 0.75, 0.0]]]
    """

    def __init__(self, transforms: Sequence[Callable], p: Sequence[float] | None = None):
        self.transforms = transforms
        self.p = p

    def __call__(self, img):
        return random.choices(self.transforms, weights=self.p)[0](img)

    def __repr__(self):
        return f"{listed(type(self).__name__, self.transforms)}(p={self.p})"
