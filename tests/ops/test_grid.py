"""Images at the places of a grid, beside torch's."""

import pytest
import torch

import synapgrad as sg

from .harness import FLOATS, OpRow, OpSuite, S, T

NN = "nn.functional"
IMAGE, VOLUME = T((2, 3, 4, 5), low=-0.5, high=0.5), T((2, 2, 3, 4, 2), low=-0.5, high=0.5)
#: Places inside and outside.
GRID, SPACE = T((2, 3, 2, 2), low=-1.6, high=1.6), T((2, 2, 1, 3, 3), low=-1.6, high=1.6)
THETA, DEEP = T((2, 2, 3)), T((2, 3, 4))
PADDINGS = ("zeros", "border", "reflection")

ROWS = [
    OpRow(
        "grid_sample",
        [
            *(
                S(x, grid, "bilinear", padding, aligned)
                for x, grid in ((IMAGE, GRID), (VOLUME, SPACE))
                for padding in PADDINGS
                for aligned in (False, True)
            ),
            *(
                S(IMAGE, GRID, "nearest", padding, aligned)
                for padding in PADDINGS
                for aligned in (False, True)
            ),
            S(VOLUME, SPACE, "nearest", "border", False),
            *(
                S(IMAGE, GRID, "bicubic", padding, aligned)
                for padding in PADDINGS
                for aligned in (False, True)
            ),
            S(T((2, 3, 1, 1)), GRID, padding_mode="reflection", align_corners=True),
            S(T((0, 3, 4, 5)), T((0, 3, 2, 2)), align_corners=False),
            S(IMAGE, T((2, 0, 2, 2)), align_corners=False),
        ],
        FLOATS[:2],
        errors=[
            S(IMAGE, GRID, "linear", align_corners=True),
            S(IMAGE, GRID, padding_mode="ones", align_corners=True),
            S(IMAGE, T((2, 3, 2, 2), torch.float64), align_corners=True),
            S(IMAGE, T((1, 3, 2, 2)), align_corners=True),
            S(IMAGE, T((2, 3, 2, 3)), align_corners=True),
            S(T((2, 3, 0, 5)), GRID, align_corners=True),
            S(T((3, 4, 5)), GRID, align_corners=True),
            S(T((2, 3, 4, 5), torch.int64), T((2, 3, 2, 2), torch.int64), align_corners=True),
        ],
        home=NN,
        second=False,
    ),
    OpRow("grid_sample", [S(IMAGE, GRID, align_corners=False)], FLOATS[2:], home=NN, second=False),
    OpRow(
        "affine_grid",
        [
            *(S(THETA, (2, 3, 4, 5), aligned) for aligned in (False, True)),
            *(S(DEEP, (2, 3, 4, 1, 2), aligned) for aligned in (False, True)),
        ],
        # Of 16-bit matrices PyTorch's places are 16-bit numbers, too; here they are float32.
        FLOATS[:2],
        errors=[
            S(THETA, (3, 3, 4, 5), True),
            S(THETA, (2, 3, 4), True),
            S(THETA, (2, 3, 0, 5), True),
            S(THETA, (2, 3, 4, 5, 6), True),
            S(T((2, 2, 3), torch.int64), (2, 3, 4, 5), True),
        ],
        home=NN,
        second=False,
    ),
]


class TestGrid(OpSuite):
    rows = ROWS


def test_the_grid_of_the_identity_gives_the_image_back():
    image = sg.randn(2, 3, 4, 5)
    theta = sg.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]).expand(2, 2, 3)
    for aligned in (False, True):
        grid = sg.nn.functional.affine_grid(theta, (2, 3, 4, 5), aligned)
        for mode in ("bilinear", "nearest", "bicubic"):
            again = sg.nn.functional.grid_sample(image, grid, mode, align_corners=aligned)
            assert (again - image).abs().max().item() < 1e-5


def test_nothing_said_of_the_corners():
    for lib in (torch, sg):
        with pytest.warns(UserWarning, match="align_corners"):
            lib.nn.functional.grid_sample(lib.ones(1, 1, 2, 2), lib.zeros(1, 1, 1, 2))
        with pytest.warns(UserWarning, match="align_corners"):
            lib.nn.functional.affine_grid(lib.ones(1, 2, 3), (1, 1, 2, 2))


def test_cubic_polynomials_are_for_images():
    with pytest.raises(RuntimeError, match="bicubic interpolation only supports 4D"):
        sg.nn.functional.grid_sample(sg.ones(1, 1, 2, 2, 2), sg.zeros(1, 1, 1, 1, 3), "bicubic")


@pytest.mark.parametrize("axes", [2, 3])
def test_the_nearest_element_does_not_change_with_its_place(axes):
    for lib in (torch, sg):
        image, grid = lib.ones(1, 1, *[3] * axes), lib.zeros(1, *[2] * axes, axes, requires_grad=True)
        y = lib.nn.functional.grid_sample(image, grid, "nearest", align_corners=False)
        assert y.grad_fn.name() == f"GridSampler{axes}DBackward0"
        y.sum().backward()
        assert grid.grad.tolist() == lib.zeros_like(grid).tolist()
