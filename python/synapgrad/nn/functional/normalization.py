"""Normalisation: inputs with mean 0 and variance 1, or of length 1."""

from __future__ import annotations

from synapgrad import _C

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "normalize",
    "rms_norm",
]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
local_response_norm = _C.local_response_norm
rms_norm = _C.rms_norm


def batch_norm(
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """Each channel (dimension 1) with mean 0 and variance 1: ``(x - mean) / √(var + eps) · weight + bias``.

    Args:
        running_mean, running_var: of one element per channel; what serves as mean and variance without
            ``training``. In training those of the batch serve, and these move towards them (towards the
            unbiased variance) by the share ``momentum``. They may be None in training.
        weight, bias: of one element per channel; 1 and 0 by default.

    ValueError in training for a single value per channel; RuntimeError where sizes or dtypes don't fit.

    >>> batch_norm(_C.tensor([[1.0, 10.0], [3.0, 30.0]]), None, None, training=True)
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    """
    return _C.batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """:func:`batch_norm` of each sample by itself: means over all dimensions but the first two.

    Args:
        running_mean, running_var: averages over the samples, as in batch_norm.
        use_input_stats: False lets the running averages serve as mean and variance.

    ValueError for a single element per channel; RuntimeError where sizes or dtypes don't fit.

    >>> instance_norm(_C.tensor([[[1.0, 3.0], [10.0, 30.0]]]))
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """
    return _C.instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps: float = 1e-5):
    """The rows of ``normalized_shape``, the input's last dimensions, with mean 0 and variance 1, times
    ``weight``, plus ``bias``, which have that shape. RuntimeError where shapes or dtypes don't fit.

    >>> layer_norm(_C.tensor([[1.0, 3.0], [10.0, 30.0]]), (2,))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    return _C.layer_norm(input, normalized_shape, weight, bias, eps)


def group_norm(input, num_groups: int, weight=None, bias=None, eps: float = 1e-5):
    """The channels (dimension 1) of each sample in ``num_groups`` groups, each with mean 0 and variance 1,
    times ``weight``, plus ``bias``, of one element per channel.

    ValueError for a single element per group; RuntimeError where sizes or dtypes don't fit.

    >>> group_norm(_C.tensor([[1.0, 3.0, 10.0, 30.0]] * 2), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000],
            [-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    if input.dim() >= 2 and input.numel() == num_groups:
        raise ValueError(
            f"group_norm: Expected more than 1 value per channel when training, got input size "
            f"{list(input.shape)}"
        )
    return _C.group_norm(input, num_groups, weight, bias, eps)


def normalize(input, p: float = 2.0, dim=1, eps: float = 1e-12, out=None):
    """The vectors along ``dim``, an int or several, divided by their p-norm, or by ``eps`` where that is
    larger. The result is left in ``out``, if that is given. NotImplementedError for integers.

    >>> normalize(_C.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    result = _C.normalize(input, p, dim, eps)
    return result if out is None else out.copy_(result)
