"""Rule: what the optimizers share whose step is one call into the engine per group of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from synapgrad import _C
from synapgrad._C import Tensor

from .optimizer import Optimizer

__all__ = ["Rule"]

#: Options that PyTorch has not had from the start: a state saved before lacks them.
ADDED = {
    "amsgrad": False,
    "capturable": False,
    "centered": False,
    "decoupled_weight_decay": False,
    "differentiable": False,
    "foreach": None,
    "fused": None,
    "maximize": False,
    "momentum": 0,
    "nesterov": False,
}


def options(arguments: dict) -> dict:
    """The options among the ``locals()`` with which an optimizer's constructor begins: what its signature lists,
    in that order, without the parameters.
    """
    return {name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")}


def check_implementation(name: str, options: dict) -> None:
    """Accept the options that choose among implementations as far as they mean something here.

    There is one implementation: fused, for a whole group, on the CPU. ``foreach`` and ``fused`` give the same
    numbers with either value.

    Raises:
        NotImplementedError: ``differentiable`` or ``capturable``.
        RuntimeError: both ``foreach`` and ``fused``.
    """
    if options.get("differentiable"):
        raise NotImplementedError(f"{name}: differentiable=True is not supported, a step is never recorded")
    if options.get("capturable"):
        raise NotImplementedError(f"{name}: capturable=True is not supported, it is meant for CUDA graphs")
    if options.get("foreach") and options.get("fused"):
        raise RuntimeError(f"{name}: `fused` and `foreach` cannot be `True` together.")


class Rule(Optimizer):
    """An optimizer whose step is one call into the engine per group of parameters.

    A subclass lists its options in the constructor and names two functions: ``_check(options)`` refuses
    options without meaning, ``_step(group, state)`` takes a step.
    """

    _check: ClassVar[Callable]
    _step: ClassVar[Callable]

    def __init__(self, params, defaults: dict):
        if isinstance(defaults["lr"], Tensor) and defaults["lr"].numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        self._check(defaults)
        check_implementation(type(self).__name__, defaults)
        super().__init__(params, defaults)

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for option, default in ADDED.items():
                if option in self.defaults:
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
            self._step(group, self.state)
        return loss
