"""RAdam."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["RAdam"]


class RAdam(Rule):
    """Adam that waits with dividing by √v until v can be trusted.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t,
    m and v as in :class:`Adam`::

        ρ∞ = 2 / (1 - β₁) - 1
        ρ = ρ∞ - 2 · t · β₁ᵗ / (1 - β₁ᵗ)
        r = √((ρ - 4)(ρ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ))
        θ ← θ - lr · m / (1 - β₀ᵗ) · r · √(1 - β₁ᵗ) / (√v + eps)   where ρ > 5
        θ ← θ - lr · m / (1 - β₀ᵗ)                                 before

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        betas: how much the averages keep from step to step, of g and of g².
        eps: keeps the quotient finite.
        weight_decay: the penalty on large parameters.
        decoupled_weight_decay: take it from the parameter itself, as AdamW does.
        maximize: go uphill.
        foreach, capturable, differentiable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "exp_avg" (m) and
    "exp_avg_sq" (v).

    Raises:
        ValueError: a negative lr, eps or weight_decay; one of betas outside 0 ≤ β < 1.

    Liyuan Liu, Haoming Jiang, Pengcheng He, Weizhu Chen, Xiaodong Liu, Jianfeng Gao and Jiawei Han, "On the
    variance of the adaptive learning rate and beyond", 2019.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.RAdam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.8000, -1.6000])
    """

    _check = staticmethod(_C._radam_check)
    _step = staticmethod(_C._radam_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, options(locals()))
