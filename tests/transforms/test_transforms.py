"""transforms against Pillow, NumPy and torch's own functions, and torchvision's order of draws."""

import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as TF

import synapgrad as sg
from synapgrad import transforms as T
from synapgrad.transforms import functional as F

Image = pytest.importorskip("PIL.Image")


def picture(channels=3, height=9, width=12, seed=0) -> np.ndarray:
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels), dtype=np.uint8)


def tensor(array: np.ndarray):
    return sg.tensor(array.transpose(2, 0, 1).tolist(), dtype=sg.uint8)


def image_of(t) -> np.ndarray:
    return np.array(t.tolist())


ARRAY = picture()
BYTES = tensor(ARRAY)
FLOATS = BYTES.to(sg.float32) / 255


def test_conversions_from_pillow_numpy_and_tensors():
    for kind in (Image.fromarray(ARRAY), ARRAY, BYTES):
        out = T.ToTensor()(kind)
        assert out.dtype is sg.float32 and sg.equal(out, FLOATS)
        assert sg.equal(T.PILToTensor()(kind), BYTES)
    gray = ARRAY[:, :, 0]
    for kind in (Image.fromarray(gray), gray):
        assert T.ToTensor()(kind).tolist() == FLOATS[:1].tolist()
    assert T.ToTensor()(Image.fromarray(gray > 100)).unique().tolist() == [0, 1]
    assert T.ToTensor()(FLOATS) is FLOATS and T.ToTensor()(np.ones((2, 2))).dtype is sg.float64
    for back in (T.ToPILImage()(BYTES), T.ToPILImage()(FLOATS)):
        assert (np.array(back) == ARRAY).all()
    assert T.ToPILImage()(BYTES[:1]).mode == "L" and T.ToPILImage("L")(BYTES).mode == "L"
    with pytest.raises(TypeError, match="str"):
        T.ToTensor()("picture")
    with pytest.raises(ValueError, match="2/3"):
        T.ToTensor()(np.ones(3))


def test_convert_image_dtype():
    assert F.convert_image_dtype(BYTES, sg.float64).max().item() == BYTES.max().item() / 255
    assert sg.equal(F.convert_image_dtype(F.convert_image_dtype(BYTES, sg.float32), sg.uint8), BYTES)
    assert F.convert_image_dtype(BYTES, sg.int32).max().item() == BYTES.max().item() * (2**31 // 256)
    assert F.convert_image_dtype(sg.tensor([[2**31 - 1]], dtype=sg.int32), sg.uint8).item() == 255


@pytest.mark.parametrize("dtype", [3, "float32", float, (sg.float32,), 0])
def test_what_is_no_dtype_is_refused(dtype):
    with pytest.raises(TypeError, match="expected a dtype"):
        T.ConvertImageDtype(dtype)(BYTES)


def test_normalize():
    out = T.Normalize((0.5, 0.4, 0.3), (0.2, 0.3, 0.4))(FLOATS)
    wanted = (image_of(FLOATS) - np.reshape([0.5, 0.4, 0.3], (3, 1, 1))) / np.reshape(
        [0.2, 0.3, 0.4], (3, 1, 1)
    )
    np.testing.assert_allclose(image_of(out), wanted, rtol=1e-5, atol=1e-6)
    assert T.Normalize(0.5, 0.5)(FLOATS).shape == FLOATS.shape
    mine = FLOATS.clone()
    assert T.Normalize([0.0], [2.0], inplace=True)(mine) is mine
    for arguments, error in (((BYTES, [0.0], [1.0]), TypeError), ((FLOATS[0], [0.0], [1.0]), ValueError)):
        with pytest.raises(error):
            F.normalize(*arguments)
    with pytest.raises(ValueError, match="zero"):
        F.normalize(FLOATS, [0.0], [0.0])


PADDINGS = [1, (2,), (1, 2), (1, 2, 3, 0)]


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", PADDINGS, ids=str)
def test_pad(padding, mode):
    left, top, right, bottom = F._sides(padding)
    wanted = np.pad(image_of(BYTES), ((0, 0), (top, bottom), (left, right)), mode=mode)
    assert (image_of(T.Pad(padding, padding_mode=mode)(BYTES)) == wanted).all()


def test_pad_with_colours_and_errors():
    out = F.pad(BYTES, 1, fill=(1, 2, 3))
    assert out[:, 0, 0].tolist() == [1, 2, 3] and sg.equal(out[:, 1:-1, 1:-1], BYTES)
    for arguments in ((BYTES, (1, 2, 3)), (BYTES, -5)):
        with pytest.raises(ValueError):
            F.pad(*arguments)
    with pytest.raises(ValueError, match="padding_mode"):
        F.pad(BYTES, 1, padding_mode="wrap")


def test_flips_and_crops():
    array = image_of(BYTES)
    assert (image_of(F.hflip(BYTES)) == array[:, :, ::-1]).all()
    assert (image_of(F.vflip(BYTES)) == array[:, ::-1]).all()
    assert (image_of(F.crop(BYTES, 2, 3, 4, 5)) == array[:, 2:6, 3:8]).all()
    assert (
        image_of(F.crop(BYTES, -1, 10, 3, 4)) == np.pad(array, ((0, 0), (1, 0), (0, 2)))[:, 0:3, 10:14]
    ).all()
    assert (image_of(T.CenterCrop((4, 6))(BYTES)) == array[:, 2:6, 3:9]).all()
    assert T.CenterCrop(20)(BYTES).shape == (3, 20, 20)
    corners = T.FiveCrop(4)(BYTES)
    assert len(corners) == 5 and (image_of(corners[3]) == array[:, 5:, 8:]).all()
    with pytest.raises(ValueError, match="bigger"):
        F.five_crop(BYTES, 10)


@pytest.mark.parametrize("size", [5, 20, (5, 7), (4, 30), (27, 24)], ids=str)
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [True, False])
def test_resize_is_torchs_interpolate(size, mode, antialias):
    out = T.Resize(size, T.InterpolationMode(mode), antialias=antialias)(FLOATS)
    source = torch.tensor(FLOATS.tolist())[None]
    wanted = TF.interpolate(
        source, tuple(out.shape[-2:]), mode=mode, antialias=antialias, align_corners=False
    )[0]
    torch.testing.assert_close(torch.tensor(out.tolist()), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [(5, 7), (27, 24)], ids=str)
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_resized_bytes_are_pillows_but_for_rounding(size, mode):
    out = image_of(F.resize(BYTES, size, T.InterpolationMode(mode)))
    if mode == "nearest":
        wanted = TF.interpolate(torch.tensor(BYTES.tolist(), dtype=torch.float32)[None], size)[0].numpy()
        assert (out == wanted).all()
        return
    pillow = Image.fromarray(ARRAY).resize(size[::-1], getattr(Image.Resampling, mode.upper()))
    assert np.abs(out - np.array(pillow).transpose(2, 0, 1).astype(int)).max() <= 1


def test_resize_of_the_shorter_side():
    assert F.resize(BYTES, 6).shape == (3, 6, 8) and F.resize(BYTES, [18], max_size=20).shape == (3, 15, 20)
    assert F.resize(BYTES, (9, 12)) is BYTES
    with pytest.raises(ValueError, match="max_size"):
        F.resize(BYTES, 6, max_size=6)
    with pytest.raises(TypeError):
        T.Resize(3.5)
    for shape in ((3, 0, 4), (3, 4, 0)):
        with pytest.raises(ValueError, match="with pixels"):
            T.Resize(6)(sg.zeros(shape))


@pytest.mark.parametrize("angle", [0, 90, 180, -90, 17.0, -133.3])
@pytest.mark.parametrize("side", [9, 10])
def test_rotate_is_pillows(angle, side):
    array = picture(1, side, side)[:, :, 0]
    out = image_of(F.rotate(sg.tensor(array.tolist(), dtype=sg.uint8), angle))
    wanted = np.array(Image.fromarray(array).rotate(angle))
    # Pixels halfway between two may go either way.
    assert (out != wanted).mean() <= (0.0 if angle % 90 == 0 else 0.08)
    smooth = image_of(
        F.rotate(sg.tensor(array.tolist(), dtype=sg.uint8), angle, T.InterpolationMode.BILINEAR)
    )
    if angle % 90 == 0:
        assert np.abs(smooth - wanted.astype(int)).max() <= 1


def test_rotate_options():
    turned = F.rotate(BYTES, 90, expand=True)
    assert turned.shape == (3, 12, 9) and (image_of(turned) == np.rot90(image_of(BYTES), axes=(1, 2))).all()
    assert F.rotate(BYTES, 45, fill=[9, 8, 7])[:, 0, 0].tolist() == [9, 8, 7]
    assert F.rotate(BYTES, 90, center=(0, 0)).shape == BYTES.shape


def test_colours():
    from colorsys import hsv_to_rgb, rgb_to_hsv

    array = image_of(FLOATS)
    gray = 0.2989 * array[0] + 0.587 * array[1] + 0.114 * array[2]
    np.testing.assert_allclose(image_of(T.Grayscale()(FLOATS))[0], gray, atol=1e-6)
    assert T.Grayscale(3)(BYTES).shape == BYTES.shape
    np.testing.assert_allclose(
        image_of(F.adjust_brightness(FLOATS, 1.7)), np.clip(array * 1.7, 0, 1), atol=1e-6
    )
    contrast = np.clip(array * 0.4 + gray.mean() * 0.6, 0, 1)
    np.testing.assert_allclose(image_of(F.adjust_contrast(FLOATS, 0.4)), contrast, atol=1e-6)
    saturation = np.clip(array * 2 - gray, 0, 1)
    np.testing.assert_allclose(image_of(F.adjust_saturation(FLOATS, 2.0)), saturation, atol=1e-6)
    out = image_of(F.adjust_hue(FLOATS, 0.3))
    for at in [(0, 0), (3, 4), (8, 11)]:
        h, s, v = rgb_to_hsv(*array[:, at[0], at[1]])
        np.testing.assert_allclose(out[:, at[0], at[1]], hsv_to_rgb((h + 0.3) % 1, s, v), atol=1e-5)
    assert sg.equal(F.adjust_hue(FLOATS[:1], 0.2), FLOATS[:1]) and sg.equal(F.invert(BYTES), 255 - BYTES)
    with pytest.raises(ValueError):
        F.adjust_hue(FLOATS, 0.6)


def test_gaussian_blur_is_a_convolution():
    out = F.gaussian_blur(FLOATS, (3, 5), (0.7, 1.3))
    kernels = []
    for size, sigma in ((5, 1.3), (3, 0.7)):
        weights = torch.exp(-0.5 * (torch.arange(size) - size // 2).div(sigma) ** 2)
        kernels.append(weights / weights.sum())
    kernel = (kernels[0][:, None] * kernels[1]).expand(3, 1, 5, 3)
    source = TF.pad(torch.tensor(FLOATS.tolist())[None], (1, 1, 2, 2), mode="reflect")
    wanted = TF.conv2d(source, kernel, groups=3)[0]
    torch.testing.assert_close(torch.tensor(out.tolist()), wanted, rtol=1e-4, atol=1e-5)
    for arguments in ((FLOATS, 4), (FLOATS, 3, 0.0)):
        with pytest.raises(ValueError):
            F.gaussian_blur(*arguments)


# Random transforms draw as torchvision documents: the numbers here are drawn with torch in that order.


def both(seed):
    sg.manual_seed(seed)
    torch.manual_seed(seed)


def in_step():
    assert sg.rand(1).item() == torch.rand(1).item()


@pytest.mark.parametrize("seed", range(4))
def test_random_crop_and_flips_draw_as_torchvision(seed):
    both(seed)
    out = T.Compose([T.RandomCrop((6, 7), padding=2), T.RandomHorizontalFlip(), T.RandomVerticalFlip(0.3)])(
        BYTES
    )
    array = np.pad(image_of(BYTES), ((0, 0), (2, 2), (2, 2)))
    top = torch.randint(0, 13 - 6 + 1, (1,)).item()
    left = torch.randint(0, 16 - 7 + 1, (1,)).item()
    array = array[:, top : top + 6, left : left + 7]
    array = array[:, :, ::-1] if torch.rand(1) < 0.5 else array
    array = array[:, ::-1] if torch.rand(1) < 0.3 else array
    assert (image_of(out) == array).all()
    in_step()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (dict(scale=0.5), TypeError),
        (dict(ratio=(1.0,)), TypeError),
        (dict(ratio=(0.0, 1.0)), ValueError),
        (dict(ratio=(1.0, -1.0)), ValueError),
        (dict(scale=(0.0, 0.0)), ValueError),
        (dict(scale=(-0.1, 1.0)), ValueError),
        (dict(ratio=(float("nan"), 1.0)), ValueError),
    ],
)
def test_bad_parts_are_refused(options, error):
    with pytest.raises(error, match=next(iter(options))):
        T.RandomResizedCrop(5, **options)


def test_a_part_whose_bounds_change_places_warns():
    with pytest.warns(UserWarning, match="ratio"):
        T.RandomResizedCrop(5, ratio=(1.3, 0.7))


def test_random_crop_without_a_choice_draws_nothing():
    both(0)
    assert sg.equal(T.RandomCrop((9, 12))(BYTES), BYTES)
    in_step()
    assert T.RandomCrop(20, pad_if_needed=True)(BYTES).shape == (3, 20, 20)
    with pytest.raises(ValueError, match="larger than input"):
        T.RandomCrop(10)(BYTES)


@pytest.mark.parametrize("seed", range(4))
def test_random_rotation_and_resized_crop_draw_as_torchvision(seed):
    both(seed)
    assert T.RandomRotation.get_params([-30, 30]) == torch.empty(1).uniform_(-30, 30).item()
    got = T.RandomResizedCrop.get_params(BYTES, (0.1, 1.0), (0.75, 1.33))
    logs = torch.log(torch.tensor((0.75, 1.33)))
    for _ in range(10):
        area = 9 * 12 * torch.empty(1).uniform_(0.1, 1.0).item()
        shape = torch.exp(torch.empty(1).uniform_(logs[0].item(), logs[1].item())).item()
        w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
        if 0 < w <= 12 and 0 < h <= 9:
            i = torch.randint(0, 9 - h + 1, (1,)).item()
            wanted = (i, torch.randint(0, 12 - w + 1, (1,)).item(), h, w)
            break
    assert got == wanted
    in_step()
    assert T.RandomResizedCrop(5)(BYTES).shape == (3, 5, 5)
    assert T.RandomResizedCrop.get_params(BYTES, (50.0, 60.0), (1.0, 1.0)) == (0, 1, 9, 9)


@pytest.mark.parametrize("seed", range(3))
def test_jitter_erasing_and_the_rest_draw_as_torchvision(seed):
    both(seed)
    order, *factors = T.ColorJitter.get_params((0.5, 1.5), None, (0.1, 2.0), (-0.1, 0.1))
    assert order.tolist() == torch.randperm(4).tolist()
    wanted = [torch.empty(1).uniform_(*pair).item() for pair in ((0.5, 1.5), (0.1, 2.0), (-0.1, 0.1))]
    assert [factors[0], *factors[2:]] == wanted and factors[1] is None
    assert T.ColorJitter(0.2, 0.2, 0.2, 0.1)(BYTES).shape == BYTES.shape
    both(seed)
    outcome = T.RandomApply([T.Lambda(lambda x: x + 1)], p=0.4)(1)
    assert outcome == (1 if 0.4 < torch.rand(1) else 2)
    assert (T.RandomGrayscale(0.5)(BYTES) is BYTES) == (not torch.rand(1) < 0.5)
    assert T.GaussianBlur(3)(FLOATS).shape == FLOATS.shape
    torch.empty(1).uniform_(0.1, 2.0)
    in_step()


def test_random_erasing():
    both(3)
    out = T.RandomErasing(p=1.0, value=0.5)(FLOATS)
    changed = (out != FLOATS).any(0)
    rows, columns = changed.any(1).sum().item(), changed.any(0).sum().item()
    assert 0 < rows * columns <= 0.4 * 9 * 12 and out[:, changed].unique().tolist() == [0.5]
    assert T.RandomErasing(p=0.0)(FLOATS) is FLOATS
    assert T.RandomErasing(p=1.0, value="random")(FLOATS).shape == FLOATS.shape
    mine = FLOATS.clone()
    assert T.RandomErasing(p=1.0, inplace=True)(mine) is mine
    for wrong in (dict(value="zeros"), dict(p=2), dict(scale=(0.5, 0.1))):
        with pytest.raises(ValueError):
            T.RandomErasing(**wrong)


def test_order_choice_lambda_and_reprs():
    random.seed(1)
    steps = [T.Lambda(lambda x: x + 1), T.Lambda(lambda x: x * 2)]
    assert {T.RandomOrder(steps)(3) for _ in range(30)} == {8, 7} and {
        T.RandomChoice(steps)(3) for _ in range(30)
    } == {4, 6}
    with pytest.raises(TypeError, match="callable"):
        T.Lambda(3)
    text = repr(T.Compose([T.ToTensor(), T.Normalize((0.5,), (0.5,))]))
    assert text == "Compose(\n    ToTensor()\n    Normalize(mean=(0.5,), std=(0.5,))\n)"
    assert repr(T.RandomHorizontalFlip()) == "RandomHorizontalFlip(p=0.5)"
    assert repr(T.RandomCrop(32, padding=4)) == "RandomCrop(size=(32, 32), padding=4)"
    for transform in (
        T.RandomRotation(10),
        T.Resize(3),
        T.ColorJitter(),
        T.RandomResizedCrop(3),
        T.RandomErasing(),
    ):
        assert repr(transform).startswith(type(transform).__name__ + "(")
