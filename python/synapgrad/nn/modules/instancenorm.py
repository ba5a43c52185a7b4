"""Instance normalisation."""

from __future__ import annotations

import warnings

from synapgrad import _C

from .batchnorm import _NormBase

__all__ = ["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _InstanceNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input):
        self._check_input_dim(input)
        unbatched = input.dim() == self._dims[0]
        channels = input.size(0 if unbatched else 1)
        if channels != self.num_features:
            text = f"expected {self.num_features} channels as num_features says, but got: {channels}"
            if self.affine:
                raise ValueError(f"{type(self).__name__}: {text}")
            warnings.warn(f"{type(self).__name__}: {text}; without affine it is not used", stacklevel=2)
        result = _C.instance_norm(
            input.unsqueeze(0) if unbatched else input,
            self.weight,
            self.bias,
            self.running_mean,
            self.running_var,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return result.squeeze(0) if unbatched else result


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L) or (C, L) with mean 0 and variance 1 over its length:
    ``y = (x - mean) / √(var + eps) · weight + bias``.

    D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance Normalization: The Missing Ingredient for Fast
    Stylization" (2016).

    Args:
        affine: whether there are ``weight`` and ``bias``; not by default.
        track_running_stats: whether averages over samples and batches are kept, and serve in evaluation; not
            by default.
        num_features, eps, momentum, device, dtype, bias: see :class:`BatchNorm1d`; a momentum of None is 0.

    ValueError for inputs of other dimensions, for a single element per channel, and with ``affine`` for
    another number of channels.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.InstanceNorm1d(2)(synapgrad.tensor([[[1.0, 3.0], [10.0, 30.0]]]))
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """

    _dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """:class:`InstanceNorm1d` of inputs of the shape (N, C, H, W) or (C, H, W).

    >>> from synapgrad import nn
    >>> nn.InstanceNorm2d(16)
    InstanceNorm2d(16, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)
    """

    _dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """:class:`InstanceNorm1d` of inputs of the shape (N, C, D, H, W) or (C, D, H, W).

    >>> from synapgrad import nn
    >>> nn.InstanceNorm3d(4, affine=True)
    InstanceNorm3d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=False)
    """

    _dims = (4, 5)
