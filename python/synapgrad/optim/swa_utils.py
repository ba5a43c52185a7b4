"""Averages of a model's weights over the course of training.

Pavel Izmailov, Dmitrii Podoprikhin, Timur Garipov, Dmitry Vetrov and Andrew Gordon Wilson, "Averaging weights
leads to wider optima and better generalization", 2018::

    averaged = AveragedModel(model)
    scheduler = SWALR(optimizer, swa_lr=0.05)
    for epoch in range(100):
        train(...)
        if epoch > 75:
            averaged.update_parameters(model)
            scheduler.step()
    update_bn(loader, averaged)
"""

from __future__ import annotations

import copy
import itertools
from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

from ..nn.modules.module import Module
from .lr_scheduler._base import LRScheduler, check_optimizer, per_group
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def _move(averaged, current, weight: float) -> None:
    """averaged ← averaged + weight · (current - averaged); whole numbers are cut."""
    if averaged.is_floating_point():
        averaged.lerp_(current, weight)
    else:
        averaged.copy_(averaged * (1 - weight) + current * weight)


def _move_all(averages, params, weight: float) -> None:
    with _C.no_grad():
        for average, param in zip(averages, params, strict=True):
            _move(average, param, weight)


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_multi_avg_fn(decay: float = 0.999):
    """A ``multi_avg_fn`` of :class:`AveragedModel`: averages ← decay · averages + (1 - decay) · parameters.

    Raises:
        ValueError: ``decay`` is not between 0 and 1.

    >>> import synapgrad
    >>> from synapgrad.optim import swa_utils
    >>> averages = [synapgrad.tensor([2.0, 4.0])]
    >>> with synapgrad.no_grad():
    ...     swa_utils.get_ema_multi_avg_fn(decay=0.75)(averages, [synapgrad.tensor([4.0, 8.0])], 1)
    >>> averages[0].tolist()
    [2.5, 5.0]
    """
    _check_decay(decay)

    return lambda averages, params, _count: _move_all(averages, params, 1 - decay)


def get_swa_multi_avg_fn():
    """A ``multi_avg_fn`` of :class:`AveragedModel`: the mean of all parameters seen.

    >>> import synapgrad
    >>> from synapgrad.optim import swa_utils
    >>> averages = [synapgrad.tensor([2.0, 4.0])]
    >>> with synapgrad.no_grad():
    ...     swa_utils.get_swa_multi_avg_fn()(averages, [synapgrad.tensor([4.0, 8.0])], 1)
    >>> averages[0].tolist()
    [3.0, 6.0]
    """

    return lambda averages, params, count: _move_all(averages, params, 1 / (int(count) + 1))


def get_ema_avg_fn(decay: float = 0.999):
    """An ``avg_fn`` of :class:`AveragedModel`: decay · average + (1 - decay) · parameter.

    Raises:
        ValueError: ``decay`` is not between 0 and 1.

    >>> from synapgrad.optim import swa_utils
    >>> swa_utils.get_ema_avg_fn(decay=0.75)(2.0, 4.0, 1)
    2.5
    """
    _check_decay(decay)

    def update(average, param, _count):
        with _C.no_grad():
            return decay * average + (1 - decay) * param

    return update


def get_swa_avg_fn():
    """An ``avg_fn`` of :class:`AveragedModel`: the mean of all parameters seen.

    >>> from synapgrad.optim import swa_utils
    >>> swa_utils.get_swa_avg_fn()(2.0, 5.0, 2)
    3.0
    """

    def update(average, param, count):
        with _C.no_grad():
            return average + (param - average) / (count + 1)

    return update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of those that the model has had.

    Args:
        model: what is copied.
        device: where the copy lives.
        avg_fn: ``avg_fn(average, parameter, count)`` gives the new average, by default the mean.
        multi_avg_fn: ``multi_avg_fn(averages, parameters, count)`` changes all averages in place.
        use_buffers: average buffers, too; otherwise they are copied.

    Raises:
        AssertionError: both functions.

    >>> import synapgrad
    >>> from synapgrad import nn, optim
    >>> model = nn.Linear(1, 1)
    >>> averaged = optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     weight = nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item()
    3.0
    """

    n_averaged: Tensor

    def __init__(self, model: Module, device=None, avg_fn=None, multi_avg_fn=None, use_buffers: bool = False):
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", _C.tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        """The result of the averaged model."""
        return self.module(*args, **kwargs)

    def _averaged(self, model: Module) -> list:
        buffers = model.buffers() if self.use_buffers else ()
        return [tensor.detach() for tensor in itertools.chain(model.parameters(), buffers)]

    def update_parameters(self, model: Module) -> None:
        """Take the parameters that ``model`` has now into the averages."""
        averages, current = self._averaged(self.module), self._averaged(model)
        if self.n_averaged == 0:
            for average, value in zip(averages, current):
                average.copy_(value)
        elif self.avg_fn is not None:
            for average, value in zip(averages, current):
                average.copy_(self.avg_fn(average, value, self.n_averaged))
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(averages, current, self.n_averaged)
        if not self.use_buffers:
            for own, other in zip(self.module.buffers(), model.buffers()):
                own.detach().copy_(other.detach())
        self.n_averaged += 1


def update_bn(loader, model: Module, device=None) -> None:
    """Compute the running statistics of batch normalisation anew, as a plain mean over ``loader``.

    Args:
        loader: gives inputs, or lists whose first item is one.
        model: is called with each of them, in training mode.
        device: where inputs are moved.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> from synapgrad.optim import swa_utils
    >>> model = nn.Sequential(nn.BatchNorm1d(1), nn.ReLU())
    >>> swa_utils.update_bn([synapgrad.tensor([[1.0], [3.0]]), synapgrad.tensor([[5.0], [7.0]])], model)
    >>> model[0].running_mean.tolist()
    [4.0]
    """
    norms: dict[Any, float | None] = {
        module: getattr(module, "momentum", None)
        for module in model.modules()
        if any(cls.__name__ == "_BatchNorm" for cls in type(module).__mro__)
    }
    if not norms:
        return
    was_training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    try:
        with _C.no_grad():
            for batch in loader:
                x = batch[0] if isinstance(batch, (list, tuple)) else batch
                model(x if device is None else x.to(device))
    finally:
        for norm, momentum in norms.items():
            norm.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """In ``anneal_epochs`` from the rate it finds to ``swa_lr``, and there it stays.

    Args:
        optimizer: whose rates are set.
        swa_lr: the last rate; one for all groups or a list of one for each.
        anneal_epochs: how many epochs it takes.
        anneal_strategy: along half a "cos", or "linear".
        last_epoch: the epoch to go on after.

    Raises:
        TypeError: ``optimizer`` is none.
        ValueError: an unknown strategy, a negative number of epochs, another number of rates than of groups.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.swa_utils.SWALR(optimizer, swa_lr=0.2, anneal_epochs=4, anneal_strategy="linear")
    >>> for epoch in range(6):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.8 0.6 0.4 0.2 0.2
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ):
        check_optimizer(optimizer)
        rates = per_group("swa_lr", optimizer, swa_lr)
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for group, rate in zip(optimizer.param_groups, rates):
            group["swa_lr"] = rate
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The rate of each group after as many steps as there were."""
        self._check_called_within_step()
        linear = self._anneal_strategy == "linear"
        return [
            _C._swa_lr(
                group["lr"], group["lr"], self._step_count - 1, group["swa_lr"], self.anneal_epochs, linear
            )
            for group in self.optimizer.param_groups
        ]
