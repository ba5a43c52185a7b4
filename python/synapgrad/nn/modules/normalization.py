"""Normalisation within each sample: layer, group, root mean square and local response normalisation."""

from __future__ import annotations

import operator

from synapgrad import _C
from synapgrad._C import Tensor

from .. import functional as F
from ..parameter import Parameter
from ._convert import _require_cpu
from ._factory import register_affine, reset_affine
from .module import Module

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


def _as_shape(normalized_shape) -> tuple[int, ...]:
    """A shape, of which one dimension may be given as an int."""
    try:
        return (operator.index(normalized_shape),)
    except TypeError:
        return tuple(normalized_shape)


class LayerNorm(Module):
    """The last dimensions of each sample with mean 0 and variance 1:
    ``y = (x - mean) / √(var + eps) · weight + bias``.

    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization" (2016).

    Args:
        normalized_shape: the last dimensions; an int for a single one.
        eps: keeps the root away from 0.
        elementwise_affine: whether there are ``weight`` and ``bias``.
        bias: whether there is a ``bias`` if so.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters; float32 by default.

    Shapes: (*, normalized_shape), to the same. RuntimeError for others.

    Attributes:
        weight, bias: (normalized_shape), at first 1 and 0; or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LayerNorm(2)(synapgrad.tensor([[1.0, 3.0], [10.0, 30.0]])).detach()
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        normalized_shape,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _require_cpu("LayerNorm", device)
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        register_affine(self, self.normalized_shape, elementwise_affine, elementwise_affine and bias, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.elementwise_affine:
            reset_affine(self)

    def forward(self, input):
        return _C.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """The channels of each sample of (N, C, *) in groups, each with mean 0 and variance 1:
    ``y = (x - mean) / √(var + eps) · weight + bias``.

    Y. Wu, K. He, "Group Normalization" (2018).

    Args:
        num_groups: the number of groups; it divides ``num_channels``, ValueError otherwise.
        num_channels: C.
        affine: whether there are ``weight`` and ``bias``, of one element per channel.
        eps, device, dtype, bias: see :class:`LayerNorm`.

    RuntimeError for another number of channels.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.GroupNorm(2, 4, affine=False)(synapgrad.tensor([[1.0, 3.0, 10.0, 30.0]]))
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device=None,
        dtype=None,
        *,
        bias: bool = True,
    ):
        super().__init__()
        _require_cpu("GroupNorm", device)
        if num_channels % num_groups != 0:
            raise ValueError(
                f"GroupNorm: num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        register_affine(self, (num_channels,), affine, affine and bias, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.affine:
            reset_affine(self)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """The last dimensions of each sample divided by the root of their mean square:
    ``y = x / √(mean(x²) + eps) · weight``.

    B. Zhang, R. Sennrich, "Root Mean Square Layer Normalization" (2019).

    Args:
        normalized_shape: the last dimensions; an int for a single one.
        eps: keeps the root away from 0; by default the distance from 1 to the next number.
        elementwise_affine: whether there is a ``weight``, at first 1.
        device, dtype: see :class:`LayerNorm`.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.RMSNorm(2, elementwise_affine=False)(synapgrad.tensor([1.0, 7.0]))
    tensor([0.2000, 1.4000])
    """

    weight: Tensor | None

    def __init__(
        self,
        normalized_shape,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        _require_cpu("RMSNorm", device)
        self.normalized_shape = _as_shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = Parameter(_C.empty(self.normalized_shape, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            with _C.no_grad():
                self.weight.fill_(1)

    def forward(self, x):
        return _C.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LocalResponseNorm(Module):
    """Each element of (N, C, *) divided by a function of its neighbours in other channels:
    ``y = x · (k + alpha/size · Σ x²)^-beta``, the sum being over ``size`` channels around it.

    A. Krizhevsky, I. Sutskever, G. E. Hinton, "ImageNet Classification with Deep Convolutional Neural
    Networks" (2012).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.LocalResponseNorm(1, alpha=1.0, beta=1.0)(synapgrad.ones(1, 1, 2))
    tensor([[[0.5000, 0.5000]]])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input):
        return _C.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
