"""RMSprop."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["RMSprop"]


class RMSprop(Rule):
    """RMSprop: divides by the root of the mean of recent squared gradients.

    One step, for each parameter θ with the gradient g (-g with ``maximize``)::

        g ← g + weight_decay · θ
        v ← alpha · v + (1 - alpha) · g²
        a ← alpha · a + (1 - alpha) · g
        d = g / (√(v - a²) + eps)              √v  where not centered
        b ← momentum · b + d
        θ ← θ - lr · b                         θ - lr · d  without momentum

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        alpha: how much the averages keep from step to step.
        eps: keeps the quotient finite.
        weight_decay: the L2 penalty.
        momentum: how much of b is kept from step to step; 0 keeps no b.
        centered: divide by the deviation from the mean, not from zero.
        maximize: go uphill.
        capturable, foreach, differentiable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "square_avg" (v),
    "momentum_buffer" (b) and "grad_avg" (a).

    Raises:
        ValueError: a negative lr, eps, momentum, weight_decay or alpha.

    Geoffrey Hinton, Nitish Srivastava and Kevin Swersky, "Neural networks for machine learning", lecture 6,
    2012; centered: Alex Graves, "Generating sequences with recurrent neural networks", 2013.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 5.9605e-08, -1.0000e+00])
    """

    _check = staticmethod(_C._rmsprop_check)
    _step = staticmethod(_C._rmsprop_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, options(locals()))
