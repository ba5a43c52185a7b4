"""Adadelta."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["Adadelta"]


class Adadelta(Rule):
    """Adadelta: steps in units of the parameter, without a learning rate to choose.

    One step, for each parameter θ with the gradient g (-g with ``maximize``)::

        g ← g + weight_decay · θ
        v ← rho · v + (1 - rho) · g²
        d = √(w + eps) / √(v + eps) · g
        w ← rho · w + (1 - rho) · d²
        θ ← θ - lr · d

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: a factor of the step, a number or a tensor of one element.
        rho: how much the averages of g² and d² keep from step to step.
        eps: what the first steps start from.
        weight_decay: the L2 penalty.
        maximize: go uphill.
        foreach, capturable, differentiable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "square_avg" (v) and
    "acc_delta" (w).

    Raises:
        ValueError: a negative lr, eps or weight_decay; rho outside 0 ≤ rho ≤ 1.

    Matthew Zeiler, "ADADELTA: an adaptive learning rate method", 2012.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adadelta([x], lr=10.0)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.9684, -1.9684])
    """

    _check = staticmethod(_C._adadelta_check)
    _step = staticmethod(_C._adadelta_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, options(locals()))
