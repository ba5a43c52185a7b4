"""Stochastic gradient descent."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["SGD"]


class SGD(Rule):
    """Stochastic gradient descent, with momentum if wanted.

    One step, for each parameter θ with the gradient g (-g with ``maximize``)::

        g ← g + weight_decay · θ
        b ← momentum · b + (1 - dampening) · g          (b = g in the first step)
        g ← g + momentum · b   with nesterov,  b  otherwise
        θ ← θ - lr · g

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        momentum: 0 keeps no b.
        dampening: how much of a new gradient b leaves out.
        weight_decay: the L2 penalty.
        nesterov: look ahead by one step of b; it wants momentum and no dampening.
        maximize: go uphill.
        foreach, differentiable, fused: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]["momentum_buffer"]`` is b.

    Raises:
        ValueError: a negative lr, momentum or weight_decay; nesterov without momentum or with dampening.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, 2.0], requires_grad=True)
    >>> optimizer = optim.SGD([x], lr=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.tolist()
    [0.0, 0.0]
    """

    _check = staticmethod(_C._sgd_check)
    _step = staticmethod(_C._sgd_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(params, options(locals()))
