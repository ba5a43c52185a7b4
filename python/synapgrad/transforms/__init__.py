"""What is done to an image before a network sees it, with torchvision's names, arguments and random draws.

An image is a tensor of shape (channels, height, width), uint8 or floating-point; Pillow's images and NumPy's arrays (height,
width, channels) are taken, too, and become such tensors at the first transform. Pillow is not needed.

>>> import synapgrad
>>> from synapgrad import transforms
>>> prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
>>> prepare(synapgrad.full((1, 2, 2), 255, dtype=synapgrad.uint8))
tensor([[[1., 1.],
         [1., 1.]]])
"""

from . import functional
from .functional import InterpolationMode
from .general import (
    Compose,
    ConvertImageDtype,
    Lambda,
    Normalize,
    PILToTensor,
    RandomApply,
    RandomChoice,
    RandomOrder,
    ToPILImage,
    ToTensor,
)
from .geometry import (
    CenterCrop,
    FiveCrop,
    Pad,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
)
from .pixels import ColorJitter, GaussianBlur, Grayscale, RandomErasing, RandomGrayscale, RandomInvert

__all__ = [
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "ConvertImageDtype",
    "FiveCrop",
    "GaussianBlur",
    "Grayscale",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "Pad",
    "RandomApply",
    "RandomChoice",
    "RandomCrop",
    "RandomErasing",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomInvert",
    "RandomOrder",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToPILImage",
    "ToTensor",
    "functional",
]
