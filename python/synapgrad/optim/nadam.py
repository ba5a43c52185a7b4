"""NAdam."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["NAdam"]


class NAdam(Rule):
    """Adam with Nesterov's momentum.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t,
    m and v as in :class:`Adam`::

        μₜ = β₀ · (1 - ½ · 0.96^(t · momentum_decay))          Πₜ = μ₁ · … · μₜ
        n = (1 - μₜ) / (1 - Πₜ) · g + μₜ₊₁ / (1 - Πₜ₊₁) · m
        θ ← θ - lr · n / (√(v / (1 - β₁ᵗ)) + eps)

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        betas: how much the averages keep from step to step, of g and of g².
        eps: keeps the quotient finite.
        weight_decay: the penalty on large parameters.
        momentum_decay: how fast μ comes to β₀.
        decoupled_weight_decay: take it from the parameter itself, as AdamW does.
        maximize: go uphill.
        foreach, capturable, differentiable: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "mu_product" (Π), "exp_avg"
    (m) and "exp_avg_sq" (v).

    Raises:
        ValueError: a negative lr, eps, weight_decay or momentum_decay; one of betas outside 0 ≤ β < 1.

    Timothy Dozat, "Incorporating Nesterov momentum into Adam", 2016.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.NAdam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.8944, -1.8944])
    """

    _check = staticmethod(_C._nadam_check)
    _step = staticmethod(_C._nadam_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, options(locals()))
