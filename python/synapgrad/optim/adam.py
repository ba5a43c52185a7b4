"""Adam."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .rule import Rule, options

__all__ = ["Adam"]


class Adam(Rule):
    """Adam; with ``amsgrad`` the variant whose steps do not grow again.

    One step, for each parameter θ with the gradient g (-g with ``maximize``) in step t::

        g ← g + weight_decay · θ        θ ← θ · (1 - lr · weight_decay)  with decoupled_weight_decay
        m ← β₀ · m + (1 - β₀) · g
        v ← β₁ · v + (1 - β₁) · g²
        θ ← θ - lr · m / (1 - β₀ᵗ) / (√(v / (1 - β₁ᵗ)) + eps)     with amsgrad, the greatest v so far

    Args:
        params: tensors, pairs (name, tensor) or groups; see :class:`Optimizer`.
        lr: the learning rate, a number or a tensor of one element.
        betas: how much the averages keep from step to step, of g and of g².
        eps: keeps the quotient finite.
        weight_decay: the penalty on large parameters.
        amsgrad: divide by the greatest v so far.
        decoupled_weight_decay: take weight decay from the parameter itself, as :class:`AdamW` does.
        maximize: go uphill.
        foreach, capturable, differentiable, fused: a step is fused either way; see
            :func:`~synapgrad.optim.rule.check_implementation`.

    A parameter without a gradient is left alone. ``state[θ]`` has "step", "exp_avg" (m), "exp_avg_sq"
    (v) and, with ``amsgrad``, "max_exp_avg_sq".

    Raises:
        ValueError: a negative lr, eps or weight_decay; one of betas outside 0 ≤ β < 1.

    Diederik Kingma and Jimmy Ba, "Adam: a method for stochastic optimization", 2014; Sashank Reddi, Satyen
    Kale and Sanjiv Kumar, "On the convergence of Adam and beyond", 2018 (``amsgrad``).

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.Adam([x], lr=0.1)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.9000, -1.9000])
    """

    _check = staticmethod(_C._adam_check)
    _step = staticmethod(_C._adam_step)

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")
        super().__init__(params, options(locals()))
