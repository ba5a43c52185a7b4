"""The transforms as functions of an image and of numbers: nothing random here.

Each takes a tensor (…, height, width), an image of Pillow or an array of NumPy, and returns a tensor.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = [
    "InterpolationMode",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "center_crop",
    "convert_image_dtype",
    "crop",
    "erase",
    "five_crop",
    "gaussian_blur",
    "get_dimensions",
    "get_image_size",
    "hflip",
    "invert",
    "normalize",
    "pad",
    "pil_to_tensor",
    "resize",
    "resized_crop",
    "rgb_to_grayscale",
    "rotate",
    "to_grayscale",
    "to_pil_image",
    "to_tensor",
    "vflip",
]


class InterpolationMode(enum.Enum):
    """How pixels between pixels are found.

    >>> from synapgrad.transforms import InterpolationMode
    >>> InterpolationMode("bilinear") is InterpolationMode.BILINEAR
    True
    """

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"


def image(picture) -> Tensor:
    """The picture as a tensor (…, height, width). TypeError for what is no picture."""
    if isinstance(picture, Tensor):
        if picture.dim() < 2:
            raise TypeError(f"expected an image, got a tensor of shape {tuple(picture.shape)}")
        return picture
    return pil_to_tensor(picture)


def pil_to_tensor(pic) -> Tensor:
    """An image of Pillow, or an array (height, width[, channels]), as a tensor (channels, height, width).

    >>> from synapgrad.transforms import functional as F
    >>> import numpy
    >>> F.pil_to_tensor(numpy.zeros((4, 5, 3), dtype=numpy.uint8)).shape
    synapgrad.Size([3, 4, 5])
    """
    if hasattr(pic, "getbands"):
        mode = {"1": ("L", _C.uint8), "I": ("I", _C.int32), "F": ("F", _C.float32)}.get(pic.mode)
        pic = pic.convert(mode[0]) if mode and mode[0] != pic.mode else pic
        flat = _C._from_bytes(pic.tobytes(), mode[1] if mode else _C.uint8)
        return flat.reshape(pic.height, pic.width, -1).permute(2, 0, 1).contiguous()
    if not hasattr(pic, "__array_interface__"):
        raise TypeError(
            f"pic should be a tensor, an image of Pillow or an array of NumPy, got {type(pic).__name__}"
        )
    array = _C.from_numpy(pic.copy())
    if array.dim() not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional, got {array.dim()} dimensions")
    return (array.unsqueeze(2) if array.dim() == 2 else array).permute(2, 0, 1).contiguous()


def to_tensor(pic) -> Tensor:
    """The picture as (channels, height, width); bytes 0 to 255 become floats 0 to 1, other numbers stay.

    A uint8 tensor is taken for an image that is one already, and only scaled.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> F.to_tensor(synapgrad.tensor([[[0, 51, 255]]], dtype=synapgrad.uint8))
    tensor([[[0.0000, 0.2000, 1.0000]]])
    """
    pic = image(pic)
    return pic.to(_C.get_default_dtype()).div_(255) if pic.dtype is _C.uint8 else pic


def _maximum(dtype) -> int:
    return int(_C.iinfo(dtype).max)


def convert_image_dtype(image_, dtype=None) -> Tensor:
    """The image in another dtype, its numbers scaled to the range of that: 0 to 1, or 0 to the greatest int.

    Raises:
        TypeError: ``dtype`` is no dtype of numbers.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.convert_image_dtype(image, synapgrad.uint8).tolist()
    [[[0, 63, 255]]]
    """
    picture, dtype = image(image_), _C.float32 if dtype is None else dtype
    if not isinstance(dtype, _C.dtype):
        raise TypeError(f"convert_image_dtype: expected a dtype, but got {dtype!r}")
    old = picture.dtype
    if old is dtype:
        return picture
    if old.is_floating_point and dtype.is_floating_point:
        return picture.to(dtype)
    if old.is_floating_point:
        # Just below the next number, so that each of the numbers gets an equal share of 0 to 1.
        return picture.mul(_maximum(dtype) + 1.0 - 1e-3).to(dtype)
    if dtype.is_floating_point:
        return picture.to(dtype).div_(_maximum(old))
    least, greatest = _maximum(old), _maximum(dtype)
    if least > greatest:
        return _C.div(picture, (least + 1) // (greatest + 1), rounding_mode="floor").to(dtype)
    return picture.to(dtype) * ((greatest + 1) // (least + 1))


def normalize(tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """(x - mean) / std, with a mean and a standard deviation for each channel.

    Raises:
        TypeError: an image of integers.
        ValueError: fewer than three dimensions, or a standard deviation of zero.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.normalize(image, mean=[0.5], std=[0.5]).tolist()
    [[[-1.0, -0.5, 1.0]]]
    """
    if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
        got = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise TypeError(f"normalize: expected a tensor of floats, got {got}; ToTensor() makes one")
    if tensor.dim() < 3:
        raise ValueError(f"normalize: expected (..., channels, height, width), got {tuple(tensor.shape)}")
    means, stds = (_C.as_tensor(numbers, dtype=tensor.dtype) for numbers in (mean, std))
    if bool((stds == 0).any()):
        raise ValueError(f"normalize: std is zero, which leads to division by zero: {std}")
    means, stds = (numbers.view(-1, 1, 1) if numbers.dim() == 1 else numbers for numbers in (means, stds))
    return (tensor if inplace else tensor.clone()).sub_(means).div_(stds)


def to_pil_image(pic, mode: str | None = None):
    """An image of Pillow, which has to be installed; floats 0 to 1 become bytes."""
    from PIL import Image

    picture = image(pic)
    if picture.dim() == 3:
        picture = picture.permute(1, 2, 0)
    if picture.is_floating_point() and mode != "F":
        picture = picture.mul(255).to(_C.uint8)
    array = picture.numpy()
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    made = Image.fromarray(array)
    return made.convert(mode) if mode is not None and made.mode != mode else made


def get_dimensions(img) -> list[int]:
    """Channels, height, width.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.get_dimensions(image)
    [1, 1, 3]
    """
    picture = image(img)
    channels = picture.size(-3) if picture.dim() > 2 else 1
    return [channels, picture.size(-2), picture.size(-1)]


def get_image_size(img) -> list[int]:
    """Width, height.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.get_image_size(image)
    [3, 1]
    """
    return get_dimensions(img)[:0:-1]


def hflip(img) -> Tensor:
    """Left becomes right.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.hflip(image).tolist()
    [[[1.0, 0.25, 0.0]]]
    """
    return image(img).flip(-1)


def vflip(img) -> Tensor:
    """Top becomes bottom.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> F.vflip(image).tolist()
    [[[6.0, 7.0, 8.0], [3.0, 4.0, 5.0], [0.0, 1.0, 2.0]]]
    """
    return image(img).flip(-2)


def _sides(padding) -> tuple[int, int, int, int]:
    """Left, top, right, bottom."""
    if isinstance(padding, int):
        return (padding,) * 4
    if len(padding) == 1:
        return (padding[0],) * 4
    if len(padding) == 2:
        return (padding[0], padding[1]) * 2
    if len(padding) == 4:
        return tuple(padding)
    raise ValueError(f"padding must be an int or a 1, 2, or 4 element tuple, got {padding}")


def _reached(length: int, before: int, after: int, mode: str) -> Tensor:
    """For each place along a padded dimension, the place in the image that it shows."""
    at = _C.arange(-before, length + after)
    if mode == "edge":
        return at.clamp(0, length - 1)
    period = 2 * (length - 1) if mode == "reflect" else 2 * length
    at = at.remainder(max(period, 1))
    return _C.where(at < length, at, period - at - (0 if mode == "reflect" else 1))


def pad(img, padding, fill=0, padding_mode: str = "constant") -> Tensor:
    """Pixels around the image: ``padding`` on all sides, or (horizontal, vertical), or (left, top, right, bottom).

    ``padding_mode`` is "constant" (of ``fill``), "edge", "reflect" or "symmetric". Negative numbers cut off.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.pad(image, (1, 0), fill=9).tolist()
    [[[9.0, 0.0, 0.25, 1.0, 9.0]]]
    """
    picture = image(img)
    left, top, right, bottom = _sides(padding)
    height, width = picture.shape[-2:]
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError(f"padding_mode should be constant, edge, reflect or symmetric, got {padding_mode!r}")
    if padding_mode != "constant":
        rows = _reached(height, top, bottom, padding_mode)
        columns = _reached(width, left, right, padding_mode)
        return picture.index_select(-2, rows).index_select(-1, columns)
    shape = (*picture.shape[:-2], height + top + bottom, width + left + right)
    if shape[-1] < 0 or shape[-2] < 0:
        raise ValueError(f"pad: {padding} leaves nothing of an image of {height} x {width}")
    if isinstance(fill, (tuple, list)):
        out = _C.empty(shape, dtype=picture.dtype)
        out.copy_(_C.tensor(fill).to(picture.dtype).view(-1, 1, 1).expand(shape))
    else:
        out = _C.full(shape, fill or 0, dtype=picture.dtype)
    inner = picture[..., max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    top, left = max(top, 0), max(left, 0)
    out[..., top : top + inner.size(-2), left : left + inner.size(-1)] = inner
    return out


def crop(img, top: int, left: int, height: int, width: int) -> Tensor:
    """The part of the image from (top, left) on; zeros where that is outside.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> F.crop(image, top=1, left=0, height=2, width=2).tolist()
    [[[3.0, 4.0], [6.0, 7.0]]]
    """
    picture = image(img)
    full_height, full_width = picture.shape[-2:]
    right, bottom = left + width, top + height
    if left < 0 or top < 0 or right > full_width or bottom > full_height:
        return pad(picture, (-left, -top, right - full_width, bottom - full_height))
    return picture[..., top:bottom, left:right]


def _pair(size) -> tuple[int, int]:
    """Height and width."""
    if isinstance(size, int):
        return size, size
    height, width = (*size, *size)[:2] if len(size) == 1 else size
    return height, width


def center_crop(img, output_size) -> Tensor:
    """The middle of the image; zeros around it where it is smaller than that.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> F.center_crop(image, 1).tolist()
    [[[4.0]]]
    """
    picture = image(img)
    height, width = _pair(output_size)
    full_height, full_width = picture.shape[-2:]
    more_high, more_wide = max(height - full_height, 0), max(width - full_width, 0)
    if more_high or more_wide:
        picture = pad(picture, (more_wide // 2, more_high // 2, (more_wide + 1) // 2, (more_high + 1) // 2))
        full_height, full_width = picture.shape[-2:]
    return crop(picture, round((full_height - height) / 2), round((full_width - width) / 2), height, width)


def five_crop(img, size) -> tuple[Tensor, ...]:
    """The four corners and the middle.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> [part.item() for part in F.five_crop(image, 1)]
    [0.0, 2.0, 6.0, 8.0, 4.0]
    """
    picture = image(img)
    height, width = _pair(size)
    full_height, full_width = picture.shape[-2:]
    if height > full_height or width > full_width:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(full_height, full_width)}")
    low, far = full_height - height, full_width - width
    corners = [(0, 0), (0, far), (low, 0), (low, far)]
    return (
        *(crop(picture, top, left, height, width) for top, left in corners),
        center_crop(picture, (height, width)),
    )


def _applied(picture: Tensor, work) -> Tensor:
    """``work`` on floats; for integers its result is rounded and kept in their range."""
    if picture.is_floating_point():
        return work(picture)
    result = work(picture.to(_C.float32)).round_()
    return result.clamp_(0, _maximum(picture.dtype)).to(picture.dtype)


def _blend(picture: Tensor, other: Tensor, ratio: float) -> Tensor:
    bound = 1.0 if picture.is_floating_point() else _maximum(picture.dtype)
    return (picture * ratio + other * (1.0 - ratio)).clamp(0, bound).to(picture.dtype)


def _weights(old: int, new: int, mode: InterpolationMode, antialias: bool) -> Tensor:
    """A matrix (new, old): how much of each old pixel is in each new one.

    The centre of new pixel i lies at (i + ½)·old/new - ½. Weights fall with the distance from there:
    linearly, or by the cubic with a = -½ (-¾ without antialias). When an image shrinks, antialias widens the
    filter by the same factor.
    """
    scale = old / new
    places = _C.arange(old, dtype=_C.float64)
    centers = (_C.arange(new, dtype=_C.float64) + 0.5) * scale - 0.5
    if mode is InterpolationMode.NEAREST:
        nearest = (_C.arange(new, dtype=_C.float64) * scale).floor().clamp(max=old - 1)
        return (nearest.unsqueeze(1) == places).to(_C.float32)
    stretch = max(scale, 1.0) if antialias else 1.0
    if not antialias:
        # A neighbour beyond the edge is the edge: its weight is added there.
        reach = 2 if mode is InterpolationMode.BICUBIC else 1
        total = _C.zeros(new, old, dtype=_C.float64)
        for step in range(1 - reach, reach + 1):
            neighbour = centers.floor() + step
            share = _filter((centers - neighbour).abs(), mode, -0.75)
            total += (neighbour.clamp(0, old - 1).unsqueeze(1) == places) * share.unsqueeze(1)
        return total.to(_C.float32)
    weights = _filter((centers.unsqueeze(1) - places).abs() / stretch, mode, -0.5)
    return (weights / weights.sum(1, keepdim=True)).to(_C.float32)


def _filter(x: Tensor, mode: InterpolationMode, a: float) -> Tensor:
    if mode is InterpolationMode.BILINEAR:
        return (1 - x).clamp(min=0)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return _C.where(x < 1, near, _C.where(x < 2, far, _C.zeros_like(x)))


def _mode(interpolation) -> InterpolationMode:
    """Pillow's numbers are known, too."""
    known = {0: InterpolationMode.NEAREST, 2: InterpolationMode.BILINEAR, 3: InterpolationMode.BICUBIC}
    if isinstance(interpolation, int) and int(interpolation) in known:
        return known[int(interpolation)]
    try:
        return InterpolationMode(getattr(interpolation, "value", interpolation))
    except ValueError:
        raise ValueError(
            f"interpolation should be nearest, bilinear or bicubic, got {interpolation}"
        ) from None


def resize(
    img,
    size,
    interpolation=InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Tensor:
    """The image in another size: (height, width), or the length of its shorter side.

    Pixels are weighted means of their neighbours, along each dimension; the result may differ from Pillow's by the
    rounding of one step of 255.

    Raises:
        ValueError: an image without pixels; ``max_size`` is not greater than the shorter side.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.resize(image, (1, 6), F.InterpolationMode.NEAREST).tolist()
    [[[0.0, 0.0, 0.25, 0.25, 1.0, 1.0]]]
    """
    picture = image(img)
    height, width = picture.shape[-2:]
    if not height or not width:
        raise ValueError(f"resize: expected an image with pixels, but got shape {tuple(picture.shape)}")
    if isinstance(size, int) or len(size) == 1:
        short = size if isinstance(size, int) else size[0]
        long = int(short * max(height, width) / min(height, width))
        if max_size is not None:
            if max_size <= short:
                raise ValueError(
                    f"max_size = {max_size} must be strictly greater than the requested size {short}"
                )
            if long > max_size:
                short, long = int(max_size * short / long), max_size
        new = (short, long) if height <= width else (long, short)
    else:
        new = _pair(size)
    if new == (height, width):
        return picture
    mode = _mode(interpolation)
    rows, columns = (_weights(old, to, mode, antialias is not False) for old, to in zip((height, width), new))

    # Integers are rounded after each dimension, as Pillow does.
    across = _applied(picture, lambda pixels: pixels @ columns.to(pixels.dtype).t())
    return _applied(across, lambda pixels: rows.to(pixels.dtype) @ pixels)


def resized_crop(
    img,
    top,
    left,
    height,
    width,
    size,
    interpolation=InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Tensor:
    """A part of the image, in another size.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> F.resized_crop(image, 0, 0, 2, 2, (1, 2)).tolist()
    [[[1.5, 2.5]]]
    """
    return resize(crop(img, top, left, height, width), size, interpolation, antialias=antialias)


def rotate(
    img, angle: float, interpolation=InterpolationMode.NEAREST, expand: bool = False, center=None, fill=None
) -> Tensor:
    """The image turned by ``angle`` degrees, counter-clockwise, around its middle or around ``center`` = (x, y).

    ``fill`` is what comes from outside; ``expand`` makes the result as large as the turned image.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.arange(9.0).view(1, 3, 3)
    >>> F.rotate(image, 90).tolist()
    [[[2.0, 5.0, 8.0], [1.0, 4.0, 7.0], [0.0, 3.0, 6.0]]]
    """
    picture = image(img)
    height, width = picture.shape[-2:]
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    middle_x, middle_y = (0.0, 0.0) if center is None else (center[0] - width * 0.5, center[1] - height * 0.5)
    new_height, new_width = height, width
    if expand:
        corners = [(x * width / 2, y * height / 2) for x in (-1, 1) for y in (-1, 1)]
        across = [cos * x + sin * y for x, y in corners]
        down = [cos * y - sin * x for x, y in corners]
        # Pixels that the turned image touches; for right angles those that it is made of.
        shift_x, shift_y = (width / 2, height / 2) if angle % 90 else (max(across), max(down))
        new_width = math.ceil(max(across) + shift_x - 1e-4) - math.floor(min(across) + shift_x + 1e-4)
        new_height = math.ceil(max(down) + shift_y - 1e-4) - math.floor(min(down) + shift_y + 1e-4)
    x = _C.arange(new_width, dtype=_C.float64) - (new_width - 1) / 2 - middle_x
    y = (_C.arange(new_height, dtype=_C.float64) - (new_height - 1) / 2 - middle_y).unsqueeze(1)
    source_x = x * cos - y * sin + middle_x + (width - 1) / 2
    source_y = x * sin + y * cos + middle_y + (height - 1) / 2

    def at(rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels of the image at these places, and whether the places are inside."""
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        flat = (rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)).to(_C.int64)
        pixels = picture.reshape(*picture.shape[:-2], -1)
        return pixels.index_select(-1, flat.reshape(-1)).reshape(*picture.shape[:-2], *flat.shape), inside

    empty = _C.tensor(0 if fill is None else fill).to(picture.dtype)
    if empty.dim() == 1:
        empty = empty.view(-1, 1, 1)
    mode = _mode(interpolation)
    if mode is InterpolationMode.NEAREST:
        # Tiny errors of the cosine must not move a place off the image's edge.
        pixels, inside = at(
            (source_y * 1e6).round().div(1e6).round(), (source_x * 1e6).round().div(1e6).round()
        )
        return _C.where(inside, pixels, empty)
    if mode is not InterpolationMode.BILINEAR:
        raise ValueError(f"rotate: interpolation should be nearest or bilinear, got {interpolation}")

    def mixed(_: Tensor) -> Tensor:
        low_x, low_y = source_x.floor(), source_y.floor()
        background = empty.to(_C.float32)
        total = _C.zeros((), dtype=_C.float32)
        for rows, columns in ((0, 0), (0, 1), (1, 0), (1, 1)):
            pixels, inside = at(low_y + rows, low_x + columns)
            share = (1 - (source_y - low_y - rows).abs()) * (1 - (source_x - low_x - columns).abs())
            total = total + _C.where(inside, pixels.to(_C.float32), background) * share.to(_C.float32)
        return total

    return _applied(picture, mixed)


def erase(img: Tensor, i: int, j: int, h: int, w: int, v, inplace: bool = False) -> Tensor:
    """The image with the numbers ``v`` in a rectangle.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.erase(image, 0, 1, 1, 2, v=-1.0).tolist()
    [[[0.0, -1.0, -1.0]]]
    """
    picture = image(img)
    picture = picture if inplace else picture.clone()
    picture[..., i : i + h, j : j + w] = v
    return picture


def rgb_to_grayscale(img, num_output_channels: int = 1) -> Tensor:
    """Brightness: 0.2989 red + 0.587 green + 0.114 blue, in one channel or in three equal ones.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> F.rgb_to_grayscale(image)
    tensor([[[0.3630]]])
    """
    picture = image(img)
    if num_output_channels not in (1, 3):
        raise ValueError(f"num_output_channels should be either 1 or 3, got {num_output_channels}")
    if picture.dim() > 2 and picture.size(-3) == 3:
        red, green, blue = picture.unbind(-3)
        gray = (0.2989 * red + 0.587 * green + 0.114 * blue).to(picture.dtype).unsqueeze(-3)
    else:
        gray = picture if picture.dim() > 2 else picture.unsqueeze(0)
    return gray if num_output_channels == 1 else gray.expand(*gray.shape[:-3], 3, *gray.shape[-2:])


to_grayscale = rgb_to_grayscale


def invert(img) -> Tensor:
    """Light becomes dark.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.invert(image).tolist()
    [[[1.0, 0.75, 0.0]]]
    """
    picture = image(img)
    return (1.0 if picture.is_floating_point() else _maximum(picture.dtype)) - picture


def adjust_brightness(img, brightness_factor: float) -> Tensor:
    """Lighter, or darker for a factor below 1.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.25, 1.0]]])
    >>> F.adjust_brightness(image, 0.5).tolist()
    [[[0.0, 0.125, 0.5]]]
    """
    picture = image(img)
    return _blend(picture, _C.zeros_like(picture), brightness_factor)


def adjust_contrast(img, contrast_factor: float) -> Tensor:
    """More of the difference to the mean brightness, or less for a factor below 1.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> F.adjust_contrast(image, 0.0).flatten()
    tensor([0.3630, 0.3630, 0.3630])
    """
    picture = image(img)
    mean = rgb_to_grayscale(picture).to(_C.float32).mean((-3, -2, -1), keepdim=True)
    return _blend(picture, mean, contrast_factor)


def adjust_saturation(img, saturation_factor: float) -> Tensor:
    """More of the difference to gray, or less for a factor below 1.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> F.adjust_saturation(image, 0.0).flatten()
    tensor([0.3630, 0.3630, 0.3630])
    """
    picture = image(img)
    return _blend(picture, rgb_to_grayscale(picture), saturation_factor)


def adjust_hue(img, hue_factor: float) -> Tensor:
    """Each colour turned around the circle of colours by ``hue_factor``, -0.5 to 0.5, of a whole turn.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([0.2, 0.4, 0.6]).view(3, 1, 1)
    >>> F.adjust_hue(image, 0.5).flatten()
    tensor([0.6000, 0.4000, 0.2000])
    """
    picture = image(img)
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    if picture.dim() < 3 or picture.size(-3) != 3:
        return picture
    rgb = convert_image_dtype(picture, _C.float32)
    red, green, blue = rgb.unbind(-3)
    most, least = rgb.amax(-3), rgb.amin(-3)
    spread = most - least
    divisor = _C.where(spread == 0, _C.ones_like(spread), spread)
    hue = _C.where(
        most == red,
        (green - blue) / divisor,
        _C.where(most == green, (blue - red) / divisor + 2.0, (red - green) / divisor + 4.0),
    )
    hue = (hue / 6.0 + hue_factor).remainder(1.0) * 6.0
    # How far each colour is from the brightest one, by its place on the circle.
    channels = [most - spread * _distance((hue + turn).remainder(6.0)) for turn in (5.0, 3.0, 1.0)]
    return convert_image_dtype(_C.stack(channels, -3), picture.dtype)


def _distance(place: Tensor) -> Tensor:
    return _C.minimum(place, 4.0 - place).clamp(0.0, 1.0)


def gaussian_blur(img, kernel_size, sigma=None) -> Tensor:
    """Each pixel a mean of its neighbours, weighted by exp(-d²/2σ²); edges are reflected.

    ``kernel_size`` and ``sigma`` are one number, or two: across and down. σ defaults to 0.3·((k - 1)/2 - 1) + 0.8.

    >>> import synapgrad
    >>> from synapgrad.transforms import functional as F
    >>> image = synapgrad.tensor([[[0.0, 0.0, 1.0, 0.0, 0.0]]])
    >>> F.gaussian_blur(image, (3, 1), sigma=1.0)
    tensor([[[0.0000, 0.2741, 0.4519, 0.2741, 0.0000]]])
    """
    picture = image(img)
    sizes = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
    if any(size % 2 == 0 or size < 1 for size in sizes):
        raise ValueError(f"kernel_size should have odd and positive integers, got {kernel_size}")
    if sigma is None:
        sigmas = tuple(size * 0.15 + 0.35 for size in sizes)
    else:
        sigmas = (float(sigma),) * 2 if isinstance(sigma, (int, float)) else tuple(sigma)
        sigmas = sigmas * 2 if len(sigmas) == 1 else sigmas
    if any(value <= 0 for value in sigmas):
        raise ValueError(f"sigma should have positive values, got {sigma}")

    def matrix(length: int, size: int, width: float) -> Tensor:
        half = size // 2
        offsets = _C.arange(-half, half + 1, dtype=_C.float32)
        kernel = (-0.5 * (offsets / width) ** 2).exp()
        kernel = kernel / kernel.sum()
        places = _reached(length, half, half, "reflect")
        # Row i: the kernel around i, what is beyond an edge put where its reflection is.
        windows = places.unfold(0, size, 1)
        return _C.zeros(length, length).scatter_add_(
            1, windows.contiguous(), kernel.expand(length, size).contiguous()
        )

    rows = matrix(picture.size(-2), sizes[1], sigmas[1])
    columns = matrix(picture.size(-1), sizes[0], sigmas[0])
    return _applied(picture, lambda pixels: rows.to(pixels.dtype) @ pixels @ columns.to(pixels.dtype).t())
