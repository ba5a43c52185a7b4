"""Adamax."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["Adamax"]


class Adamax(Rule):
    """Adam with the greatest recent gradient in place of the root of the mean square.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t::

        g ← g + weight_decay · θ
        m ← β₀ · m + (1 - β₀) · g
        u ← max(β₁ · u, |g| + eps)
        θ ← θ - lr / (1 - β₀ᵗ) · m / u

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        betas: how much m and u keep from step to step.
        eps: keeps the quotient finite.
        weight_decay: the L2 penalty.
        maximize: go uphill.
        foreach, differentiable, capturable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "exp_avg" (m) and "exp_inf"
    (u).

    Raises:
        ValueError: a negative lr, eps or weight_decay; one of betas outside 0 ≤ β < 1.

    Diederik Kingma and Jimmy Ba, "Adam: a method for stochastic optimization", 2014, section 7.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adamax([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.9000, -1.9000])
    """

    _check = staticmethod(_C._adamax_check)
    _step = staticmethod(_C._adamax_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ):
        super().__init__(params, options(locals()))
