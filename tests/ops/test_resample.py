"""Resampling and the shuffling of pixels and channels."""

import math

import pytest
import torch

import synapgrad

from .harness import FLOATS, OpRow, OpSuite, S, T

L, HW, DHW = T((1, 2, 5)), T((2, 1, 4, 5)), T((1, 1, 3, 4, 3))
EACH = [L, HW, DHW]
#: New sizes, smaller and larger, and factors, whole and broken.
SIZES = [dict(size=7), dict(size=2), dict(scale_factor=2), dict(scale_factor=1.7), dict(scale_factor=0.6)]
#: Factors with which some or all sizes stay as they are, or become double.
KEPT = [dict(scale_factor=1.1), dict(scale_factor=1.2), dict(scale_factor=2.1)]


def with_mode(tensors, mode, sizes=SIZES):
    return [S(x, **size, mode=mode) for x in tensors for size in sizes]


ERRORS = [
    S(HW),
    S(HW, 3, 2.0),
    S(HW, (3, 4, 5)),
    S(HW, scale_factor=(2.0, 2.0, 2.0)),
    S(HW, 3, align_corners=True),
    S(HW, 3, recompute_scale_factor=True),
    S(HW, 0),
    S(HW, scale_factor=0.1),
    S(HW, -1),
    S(HW, 2.5),
    S(T((4, 5)), 3),
    S(T((1, 0, 4, 4)), 3),
    S(T((1, 1, 0, 4)), 3),
    S(HW, 3, antialias=True),
    S(HW, 3, mode="linear"),
    S(L, 3, mode="bilinear"),
    S(L, 3, mode="bicubic"),
    S(HW, 3, mode="trilinear"),
    S(HW, 3, mode="cubist"),
    S(T((1, 1, 4, 4), torch.int64), 3),
    S(T((1, 1, 4, 4), torch.int64), 3, mode="bilinear"),
]

ROWS = [
    OpRow(
        "interpolate",
        [*with_mode(EACH, "nearest"), *with_mode([HW], "nearest", KEPT), S(T((0, 2, 5)), 3)],
        (*FLOATS, torch.uint8),
        errors=ERRORS,
    ),
    # Of other sizes that are kept, PyTorch's gradient is not that of its value.
    *(
        OpRow("interpolate", with_mode([T(x.shape, grad=False)], mode, KEPT), FLOATS)
        for x, mode in [(L, "nearest"), (DHW, "nearest"), (HW, "bicubic")]
    ),
    OpRow("interpolate", with_mode(EACH, "nearest-exact", [*SIZES, *KEPT]), FLOATS),
    OpRow("interpolate", [S(x, 3, mode="area") for x in EACH], FLOATS),
    *[
        OpRow(
            "interpolate",
            [
                *with_mode([x], mode, SIZES if mode == "bicubic" else [*SIZES, *KEPT]),
                S(x, 7, mode=mode, align_corners=True),
                S(x, 1, mode=mode, align_corners=True),
                S(x, scale_factor=1.7, mode=mode, recompute_scale_factor=True),
            ],
            FLOATS,
        )
        for x, mode in [(L, "linear"), (HW, "bilinear"), (HW, "bicubic"), (DHW, "trilinear")]
    ],
    *[
        OpRow(
            "interpolate",
            [
                S(T((1, 1, 7, 9)), (3, 11), mode=mode, antialias=True),
                S(T((1, 1, 7, 4), grad=False), scale_factor=1.2, mode=mode, antialias=True),
            ],
            FLOATS[:2],
        )
        for mode in ("bilinear", "bicubic")
    ],
    OpRow(
        "pixel_shuffle",
        [S(T((1, 8, 2, 3)), 2), S(T((9, 1, 2)), 3), S(T((2, 0, 4, 2, 3), grad=False), 2)],
        errors=[S(T((8, 2, 3)), 0), S(T((7, 2, 3)), 2), S(T((2, 3)), 2), S(T((8, 2, 3)), -1)],
    ),
    OpRow(
        "pixel_unshuffle",
        [S(T((1, 2, 4, 6)), 2), S(T((1, 3, 6)), 3), S(T((0, 1, 4, 6), grad=False), 2)],
        errors=[S(T((2, 3, 6)), 2), S(T((2, 4, 6)), 0), S(T((2, 4)), 2)],
    ),
    OpRow(
        "channel_shuffle",
        [S(T((1, 4, 2)), 2), S(T((2, 6, 2, 3)), 3), S(T((2, 6, 1)), 1)],
        errors=[S(T((1, 4, 2)), 3), S(T((4, 2)), 2), S(T((1, 4, 2)), 0)],
    ),
]


class TestResample(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("size", [(3, 5), (5, 3), (3, 3)])
@pytest.mark.parametrize("options", [{}, {"align_corners": True}, {"antialias": True}])
def test_no_number_stays_in_its_row_where_rows_stay(size, options):
    results = []
    for lib in (torch, synapgrad):
        image = lib.ones(1, 1, 3, 3)
        image[0, 0, 1, 1] = math.nan
        y = lib.nn.functional.interpolate(image, size=size, mode="bilinear", **options)
        results.append(y.isnan().tolist())
    assert results[0] == results[1]
