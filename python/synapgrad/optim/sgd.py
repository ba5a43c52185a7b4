"""Stochastic gradient descent."""

from __future__ import annotations

from synapgrad import _C
from synapgrad._C import Tensor

from .optimizer import Optimizer

__all__ = ["SGD"]


def refuse_implementation_options(name: str, *, foreach=None, differentiable=False, fused=None) -> None:
    """Refuse the options that choose among implementations: there is one, fused over a whole group."""
    for option, value in (("foreach", foreach), ("differentiable", differentiable), ("fused", fused)):
        if value:
            raise NotImplementedError(
                f"{name}: {option}={value!r} is not supported; a step is always one fused pass"
            )


class SGD(Optimizer):
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
        foreach, differentiable, fused: accepted as None or False; NotImplementedError otherwise.

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
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        for what, value in (
            ("learning rate", lr),
            ("momentum value", momentum),
            ("weight_decay value", weight_decay),
        ):
            if value < 0.0:
                raise ValueError(f"Invalid {what}: {value}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        refuse_implementation_options("SGD", foreach=foreach, differentiable=differentiable, fused=fused)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:  # a state saved where an option did not exist yet
            for option, default in (
                ("nesterov", False),
                ("maximize", False),
                ("foreach", None),
                ("differentiable", False),
                ("fused", None),
            ):
                group.setdefault(option, default)

    def step(self, closure=None):
        """Update the parameters once.

        Args:
            closure: a function that computes the loss and its gradients anew and returns the loss; what it
                returns is returned.
        """
        loss = None
        if closure is not None:
            with _C.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params, momentum = group["params"], group["momentum"]
            # Without momentum there is nothing to remember, and no state to look through.
            buffers = None if momentum == 0 else [self._buffer(param) for param in params]
            _C.sgd_step(
                params,
                buffers,
                group["lr"],
                momentum,
                group["dampening"],
                group["weight_decay"],
                group["nesterov"],
                group["maximize"],
            )
            if buffers is not None:
                for param, buffer in zip(params, buffers):
                    if buffer is not None:
                        self.state[param]["momentum_buffer"] = buffer
        return loss

    def _buffer(self, param):
        state = self.state.get(param)
        return None if state is None else state.get("momentum_buffer")
