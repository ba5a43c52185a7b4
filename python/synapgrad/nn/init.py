"""First values for parameters. Each function fills ``tensor`` in place, without recording it, and returns it.

``generator`` is the source of random numbers; the default one, which ``manual_seed`` seeds, if it is None.
*fan in* and *fan out* are the numbers of inputs and outputs of one unit: for a weight of the shape
(out, in, k₁, k₂, …) they are in·k₁·k₂·… and out·k₁·k₂·…
"""

from __future__ import annotations

import functools
import warnings

from synapgrad import _C

from .parameter import is_lazy

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By what a nonlinearity's input has to be scaled for its output to keep the variance.

    ==================  ========================
    linear, conv…d      1
    sigmoid             1
    tanh                5/3
    relu                √2
    leaky_relu          √(2 / (1 + param²)), param = 0.01 by default
    selu                3/4
    ==================  ========================

    ValueError for another name or a ``param`` that is no number.

    >>> round(calculate_gain("relu"), 4)
    1.4142
    """
    if not isinstance(nonlinearity, str):
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return _C._calculate_gain(nonlinearity, param)


def uniform_(tensor, a: float = 0.0, b: float = 1.0, generator=None):
    """Fill with numbers from U(a, b).

    >>> bool((uniform_(_C.empty(3), 2.0, 3.0) >= 2).all())
    True
    """
    return _C._init_uniform_(_with_shape(tensor), a, b, generator)


def normal_(tensor, mean: float = 0.0, std: float = 1.0, generator=None):
    """Fill with numbers from N(mean, std²).

    >>> normal_(_C.empty(2), 3.0, 0.0)
    tensor([3., 3.])
    """
    return _C._init_normal_(_with_shape(tensor), mean, std, generator)


def constant_(tensor, val: float):
    """Fill with ``val``.

    >>> constant_(_C.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    with _C.no_grad():
        return tensor.fill_(val)


def ones_(tensor):
    """Fill with 1.

    >>> ones_(_C.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor):
    """Fill with 0.

    >>> zeros_(_C.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def eye_(tensor):
    """Make a matrix the identity: 1 on the diagonal, 0 elsewhere. ValueError for what has not two dimensions.

    >>> eye_(_C.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    return _C._init_eye_(tensor)


def dirac_(tensor, groups: int = 1):
    """Make the weight of a convolution one that copies its input channels: 1 in the middle of each i-th
    kernel.

    With ``groups``, in each group of output channels. ValueError for a tensor of other than 3, 4 or 5
    dimensions, or where ``groups`` does not divide the first.

    >>> dirac_(_C.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    return _C._init_dirac_(tensor, groups)


def trunc_normal_(
    tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator=None
):
    """Fill with numbers from N(mean, std²), those outside [a, b] drawn again. RuntimeError where a > b or
    std < 0.

    >>> bool((trunc_normal_(_C.empty(9), a=-0.5, b=0.5).abs() <= 0.5).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "trunc_normal_: mean is more than 2 std from [a, b]; few of its numbers lie there", stacklevel=2
        )
    return _C._init_trunc_normal_(_with_shape(tensor), mean, std, a, b, generator)


def orthogonal_(tensor, gain: float = 1, generator=None):
    """Fill with a random matrix whose rows (or columns, if they are fewer) are orthogonal and of length
    ``gain`` (A. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2013).

    Of the dimensions after the first one is made. ValueError below two dimensions, NotImplementedError for
    dtypes other than float32 and float64.

    >>> q = orthogonal_(_C.empty(2, 5))
    >>> bool(((q @ q.T - _C.eye(2)).abs() < 1e-6).all())
    True
    """
    return _C._init_orthogonal_(tensor, gain, generator)


def sparse_(tensor, sparsity: float, std: float = 0.01, generator=None):
    """Fill a matrix with numbers from N(0, std²) and a fraction ``sparsity`` of each column with 0 (J.
    Martens, "Deep learning via Hessian-free optimization", 2010).

    Which elements are zero the default generator says. ValueError for what has not two dimensions.

    >>> int((sparse_(_C.empty(10, 3), 0.3) == 0).sum())
    9
    """
    return _C._init_sparse_(tensor, sparsity, std, generator)


def xavier_uniform_(tensor, gain: float = 1.0, generator=None):
    """Fill with numbers from U(-a, a), a = gain · √(6 / (fan in + fan out)). ValueError below two dimensions.

    >>> bool((xavier_uniform_(_C.empty(3, 3)).abs() <= 1).all())
    True
    """
    return _C._init_xavier_uniform_(tensor, gain, generator)


def xavier_normal_(tensor, gain: float = 1.0, generator=None):
    """Fill with numbers from N(0, s²), s = gain · √(2 / (fan in + fan out)). ValueError below two dimensions.

    >>> tuple(xavier_normal_(_C.empty(3, 3)).shape)
    (3, 3)
    """
    return _C._init_xavier_normal_(tensor, gain, generator)


def kaiming_uniform_(
    tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
):
    """Fill with numbers from U(-b, b), b = gain · √(3 / fan).

    Args:
        a: the slope below zero of a leaky_relu.
        mode: 'fan_in' keeps the variance of the forward pass, 'fan_out' that of the backward pass.
        nonlinearity: what follows, for :func:`calculate_gain`.

    ValueError below two dimensions, for an unknown mode or nonlinearity, and for a slope that is no number.

    >>> bool((kaiming_uniform_(_C.empty(3, 6), nonlinearity="relu").abs() <= 1).all())
    True
    """
    if _nothing_to_fill(tensor):
        return tensor
    calculate_gain(nonlinearity, a)  # refuses what is no slope
    return _C._init_kaiming_uniform_(tensor, a, mode, nonlinearity, generator)


def kaiming_normal_(
    tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator=None
):
    """Fill with numbers from N(0, s²), s = gain / √fan. The arguments are those of :func:`kaiming_uniform_`.

    >>> tuple(kaiming_normal_(_C.empty(3, 3), mode="fan_out").shape)
    (3, 3)
    """
    if _nothing_to_fill(tensor):
        return tensor
    calculate_gain(nonlinearity, a)  # refuses what is no slope
    return _C._init_kaiming_normal_(tensor, a, mode, nonlinearity, generator)


def _with_shape(tensor):
    """The tensor. ValueError for a lazy module's, which has no elements yet that could be filled."""
    if is_lazy(tensor):
        raise ValueError(
            "nn.init: Attempted to use an uninitialized parameter; call its module with an input before"
        )
    return tensor


def _nothing_to_fill(tensor) -> bool:
    """Whether a dimension is zero, where the fan may be zero too and the bound infinite."""
    if 0 in tuple(_with_shape(tensor).shape):
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
        return True
    return False


def _calculate_fan_in_and_fan_out(tensor) -> tuple[int, int]:
    """Fan in and fan out of a weight. ValueError below two dimensions.

    >>> _calculate_fan_in_and_fan_out(_C.empty(4, 2, 3, 3))
    (18, 36)
    """
    return _C._init_fans(tensor)


def _calculate_correct_fan(tensor, mode: str) -> int:
    """The fan that ``mode`` names: 'fan_in' or 'fan_out'; ValueError otherwise."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return _C._init_fans(tensor)[mode == "fan_out"]


def _deprecated(fill):
    """``fill`` under its old name, without the underscore; it warns."""
    old = fill.__name__.removesuffix("_")

    @functools.wraps(fill)
    def renamed(*args, **kwargs):
        text = f"`nn.init.{old}` is now deprecated in favor of `nn.init.{fill.__name__}`."
        warnings.warn(text, FutureWarning, stacklevel=2)
        return fill(*args, **kwargs)

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"Deprecated: the old name of :func:`{fill.__name__}`."
    return renamed


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
