"""ASGD."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["ASGD"]


class ASGD(Rule):
    """Averaged stochastic gradient descent.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t,
    η = lr and μ = 1 at first::

        g ← g + weight_decay · θ
        θ ← θ · (1 - lambd · η) - η · g
        a ← a + μ · (θ - a)
        η ← lr / (1 + lambd · lr · t)^alpha
        μ ← 1 / max(1, t - t0)

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        lambd: how much of θ decays, and how fast η does.
        alpha: the power of η.
        t0: the step after which the average begins; until then it is θ.
        weight_decay: the L2 penalty.
        maximize: go uphill.
        foreach, differentiable, capturable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "eta" (η), "mu" (μ) and "ax"
    (a, the average).

    Raises:
        ValueError: a negative lr or weight_decay.

    Boris Polyak and Anatoli Juditsky, "Acceleration of stochastic approximation by averaging", 1992.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.ASGD([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.8000, -1.6000])
    """

    _check = staticmethod(_C._asgd_check)
    _step = staticmethod(_C._asgd_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        super().__init__(params, options(locals()))
