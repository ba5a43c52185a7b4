"""A batch normalisation taken into the layer before it: in evaluation it is only a scale and a shift."""

from __future__ import annotations

import copy

from synapgrad import _C
from synapgrad._C import Tensor

from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _fused(
    weight: Tensor,
    bias: Tensor | None,
    shape: list[int],
    mean: Tensor,
    variance: Tensor,
    eps: float,
    scale: Tensor | None,
    shift: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a layer followed by a normalisation: ``w·s`` and ``(b - mean)·s + shift``, with
    ``s = scale/√(variance + eps)``, which has to be of this shape to scale the weight.
    """
    factor = _C.rsqrt(variance + eps)
    if scale is not None:
        factor = factor * scale
    start = _C.zeros_like(mean) if bias is None else bias
    fused_bias = (start - mean) * factor
    if shift is not None:
        fused_bias = fused_bias + shift
    fused_weight = (weight * factor.reshape(shape)).to(weight.dtype)
    fused_bias = fused_bias.to(weight.dtype if bias is None else bias.dtype)
    return Parameter(fused_weight, weight.requires_grad), Parameter(fused_bias, start.requires_grad)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a convolution that does what a convolution and a batch normalisation after it do.

    Args:
        conv_w, conv_b: of the convolution; the bias may be None.
        bn_rm, bn_rv, bn_eps: running mean, running variance and eps of the normalisation.
        bn_w, bn_b: its weight and bias, or None.
        transpose: whether the convolution is a transposed one.
    """
    rows, columns = (1, -1) if transpose else (-1, 1)
    shape = [rows, columns] + [1] * (conv_w.dim() - 2)
    return _fused(conv_w, conv_b, shape, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a linear layer that does what one and a batch normalisation after it do; see
    :func:`fuse_conv_bn_weights`.
    """
    return _fused(linear_w, linear_b, [-1, 1], bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _copy_for(layer, bn):
    """A copy of the layer. AssertionError in training, and without running averages."""
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


def fuse_conv_bn_eval(conv, bn, transpose: bool = False):
    """A convolution that does what ``conv`` and ``bn`` after it do, both in evaluation.

    Args:
        conv: a convolution; it does not change.
        bn: a batch normalisation with running averages.
        transpose: whether the convolution is a transposed one.

    AssertionError where one of them is in training, or there are no averages.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> conv, bn, x = nn.Conv2d(3, 4, 3).eval(), nn.BatchNorm2d(4).eval(), synapgrad.randn(2, 3, 8, 8)
    >>> fused = nn.utils.fuse_conv_bn_eval(conv, bn)
    >>> synapgrad.allclose(fused(x), bn(conv(x)), atol=1e-6)
    True
    """
    fused = _copy_for(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear, bn):
    """A linear layer that does what ``linear`` and ``bn`` after it do, both in evaluation.

    AssertionError where one of them is in training, there are no averages, or ``bn`` has another number of
    features than ``linear`` (and not one).

    >>> from synapgrad import nn
    >>> nn.utils.fuse_linear_bn_eval(nn.Linear(3, 4, bias=False).eval(), nn.BatchNorm1d(4).eval())
    Linear(in_features=3, out_features=4, bias=True)
    """
    fused = _copy_for(linear, bn)
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, "
            f"got linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(
        linear.weight, linear.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused
