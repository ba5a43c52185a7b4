"""Images read at places that a grid says, and the grids of affine maps."""

from __future__ import annotations

import warnings

from synapgrad import _C

__all__ = ["affine_grid", "grid_sample"]


def _aligned(name: str, align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            f"nn.functional.{name}: align_corners is taken for False; say which it is", stacklevel=3
        )
    return bool(align_corners)


def grid_sample(
    input,
    grid,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
):
    """What lies at the places of ``grid`` in images: (N, C, H, W) and a grid (N, H', W', 2) give
    (N, C, H', W'); volumes have a dimension more, and their grids a last one of 3.

    M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, "Spatial Transformer Networks" (2015).

    Args:
        grid: places x, y (and z), each from -1 to 1, of the input's dtype.
        mode: 'bilinear', 'nearest' or, for images, 'bicubic': what lies between elements.
        padding_mode: what lies outside: 'zeros', 'border' (the nearest element) or 'reflection' (the image
            mirrored at its edges).
        align_corners: whether -1 and 1 are the middles of the outermost elements rather than their outer edges;
            None stands for False, with a warning.

    ValueError for other modes, RuntimeError where shapes or dtypes don't fit, NotImplementedError for integers.

    >>> image = _C.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grid_sample(image, _C.tensor([[[[0.0, 0.0], [1.0, -1.0]]]]), align_corners=True)
    tensor([[[[2.5000, 2.0000]]]])
    """
    return _C.grid_sample(input, grid, mode, padding_mode, _aligned("grid_sample", align_corners))


def affine_grid(theta, size, align_corners: bool | None = None):
    """The grid with which :func:`grid_sample` maps an image affinely: for matrices ``theta`` of (N, 2, 3) and
    an output of ``size`` (N, C, H, W) the places ``M·(x, y, 1)ᵀ`` as (N, H, W, 2); for (N, 3, 4) and
    (N, C, D, H, W) those of (x, y, z) as (N, D, H, W, 3).

    ``align_corners`` is that of grid_sample. ValueError for integers, for matrices of another shape and for an
    empty output; NotImplementedError for another number of sizes; RuntimeError where the batches differ.

    >>> affine_grid(_C.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2), align_corners=True)
    tensor([[[[-1.,  0.],
              [ 1.,  0.]]]])
    """
    return _C.affine_grid(theta, size, _aligned("affine_grid", align_corners))
