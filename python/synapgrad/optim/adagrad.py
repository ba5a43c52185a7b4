"""Adagrad."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["Adagrad"]


class Adagrad(Rule):
    """Adagrad: elements that seldom have a gradient take longer steps.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t::

        g ← g + weight_decay · θ
        s ← s + g²                             s = initial_accumulator_value at first
        θ ← θ - lr / (1 + (t - 1) · lr_decay) · g / (√s + eps)

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        lr_decay: how fast the learning rate falls.
        weight_decay: the L2 penalty.
        initial_accumulator_value: what the sums begin with.
        eps: keeps the quotient finite.
        maximize: go uphill.
        foreach, differentiable, fused: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step" and "sum" (s), from the
    beginning.

    Raises:
        ValueError: a negative lr, lr_decay, weight_decay, initial_accumulator_value or eps.

    John Duchi, Elad Hazan and Yoram Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", 2011.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.9000, -1.9000])
    """

    _check = staticmethod(_C._adagrad_check)
    _step = staticmethod(_C._adagrad_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(params, options(locals()))
        for group in self.param_groups:
            for param in group["params"]:
                state = self.state[param]
                state["step"] = _C.tensor(0.0)
                state["sum"] = _C.full_like(param, group["initial_accumulator_value"])

    def share_memory(self) -> None:
        """Nothing to do: threads share all memory, and processes are given copies."""
