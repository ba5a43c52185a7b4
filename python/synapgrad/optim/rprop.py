"""Rprop."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["Rprop"]


class Rprop(Rule):
    """Resilient propagation: each element has its own step size, and of the gradient only the sign counts.

    One step, for each parameter θ with the gradient g (-g with ``maximize``); s is the
    step size, lr at first, and p the last gradient::

        s ← s · etas[1]           where g · p > 0
        s ← s · etas[0],  g ← 0   where g · p < 0
        s ← s, kept between step_sizes[0] and step_sizes[1]
        θ ← θ - sign(g) · s
        p ← g

    For gradients of a whole set of data, not of batches.

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the first step size, a number or a tensor of one element.
        etas: by what a step size shrinks and grows.
        step_sizes: the smallest and the greatest step size.
        maximize: go uphill.
        capturable, foreach, differentiable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "prev" (p) and "step_size"
    (s).

    Raises:
        ValueError: a negative lr; etas that are not 0 < first < 1 < second.

    Martin Riedmiller and Heinrich Braun, "A direct adaptive method for faster backpropagation learning: the
    RPROP algorithm", 1993.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Rprop([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.9000, -1.9000])
    """

    _check = staticmethod(_C._rprop_check)
    _step = staticmethod(_C._rprop_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, options(locals()))
