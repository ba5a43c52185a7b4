"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from synapgrad._C import Tensor

from .adam import Adam
from .rule import options

__all__ = ["AdamW"]


class AdamW(Adam):
    """:class:`Adam` with ``decoupled_weight_decay``: weight decay that does not go through the averages.

    One step t, for each parameter θ with the gradient g (-g with ``maximize``)::

        θ ← θ · (1 - lr · weight_decay)
        m ← β₀ · m + (1 - β₀) · g
        v ← β₁ · v + (1 - β₁) · g²
        θ ← θ - lr · m / (1 - β₀ᵗ) / (√(v / (1 - β₁ᵗ)) + eps)     with amsgrad, the greatest v so far

    Arguments, state and errors are those of :class:`Adam`.

    Ilya Loshchilov and Frank Hutter, "Decoupled weight decay regularization", 2017.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> x = synapgrad.tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optim.AdamW([x], lr=0.1, weight_decay=0.5)
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.data
    tensor([ 0.8500, -1.8000])
    """

    def __init__(
        self,
        params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ):
        super().__init__(params, **options(locals()), decoupled_weight_decay=True)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
