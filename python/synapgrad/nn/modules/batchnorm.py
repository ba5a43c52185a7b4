"""Batch normalisation."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from ._convert import _require_cpu
from ._factory import register_affine, reset_affine
from .module import Module

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"]


class _NormBase(Module):
    """What layers that may track means and variances of channels hold."""

    _version = 2
    #: Numbers of dimensions that an input may have.
    _dims: tuple[int, ...] = ()

    weight: Tensor | None
    bias: Tensor | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        _require_cpu(type(self).__name__, device)
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        register_affine(self, (num_features,), affine, affine and bias, dtype)
        tracks = track_running_stats
        self.register_buffer("running_mean", _C.zeros(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("running_var", _C.ones(num_features, dtype=dtype) if tracks else None)
        self.register_buffer("num_batches_tracked", _C.tensor(0) if tracks else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget the batches that were seen: mean 0, variance 1."""
        for buffer, value in (
            (self.running_mean, 0),
            (self.running_var, 1),
            (self.num_batches_tracked, 0),
        ):
            if buffer is not None:
                buffer.fill_(value)

    def reset_parameters(self) -> None:
        """Forget the batches that were seen, and set the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        if self.affine:
            reset_affine(self)

    def _check_input_dim(self, input) -> None:
        if input.dim() not in self._dims:
            wanted = " or ".join(f"{dims}D" for dims in self._dims)
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, *lists) -> None:
        # Files of version 1 don't count batches.
        key = prefix + "num_batches_tracked"
        if (local_metadata.get("version") or 0) < 2 and self.track_running_stats and key not in state_dict:
            count = self.num_batches_tracked
            state_dict[key] = _C.tensor(0) if count is None else count
        super()._load_from_state_dict(state_dict, prefix, local_metadata, *lists)


class _BatchNorm(_NormBase):
    def forward(self, input):
        self._check_input_dim(input)
        # In training they are passed only to be changed.
        tracks = self.track_running_stats or not self.training
        return _C._batch_norm_counted(
            input,
            self.weight,
            self.bias,
            self.running_mean if tracks else None,
            self.running_var if tracks else None,
            self.num_batches_tracked if tracks else None,
            self.training,
            self.momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """Each channel of (N, C) or (N, C, L) with mean 0 and variance 1:
    ``y = (x - mean) / √(var + eps) · weight + bias``.

    In training mean and variance are those of the batch; the running ones move towards them, and serve in
    evaluation. S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift" (2015).

    Args:
        num_features: the number of channels C.
        eps: keeps the root away from 0.
        momentum: the share by which the running averages move; None for the mean over all batches.
        affine: whether there are ``weight`` and ``bias``.
        track_running_stats: without it, the batch's own numbers serve in evaluation, too.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of parameters and buffers; float32 by default.
        bias: whether there is a ``bias`` if ``affine``.

    Attributes:
        weight, bias: (C), at first 1 and 0; or None.
        running_mean, running_var, num_batches_tracked: buffers, or None; the variance is the unbiased one.

    ValueError for inputs of other dimensions, and in training for a single value per channel.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.BatchNorm1d(2, affine=False)(synapgrad.tensor([[1.0, 10.0], [3.0, 30.0]]))
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    """

    _dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """:class:`BatchNorm1d` of inputs of the shape (N, C, H, W).

    >>> from synapgrad import nn
    >>> nn.BatchNorm2d(16)
    BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    _dims = (4,)


class BatchNorm3d(_BatchNorm):
    """:class:`BatchNorm1d` of inputs of the shape (N, C, D, H, W).

    >>> from synapgrad import nn
    >>> nn.BatchNorm3d(16, momentum=None, affine=False)
    BatchNorm3d(16, eps=1e-05, momentum=None, affine=False, bias=False, track_running_stats=True)
    """

    _dims = (5,)
