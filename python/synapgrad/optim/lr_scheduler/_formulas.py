"""Schedules that are formulas or functions of the epoch."""

from __future__ import annotations

import math
import types
from collections import Counter

from synapgrad import _C

from ..optimizer import Optimizer
from ._base import Formula, LRScheduler, values


class StepLR(Formula):
    """Every ``step_size`` epochs the rate is multiplied by ``gamma``: lr · gamma^⌊epoch / step_size⌋.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for epoch in range(5):
    ...     print(scheduler.get_last_lr(), end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    [1.0] [1.0] [0.5] [0.5] [0.25]

    Raises:
        ValueError: ``step_size`` is 0.
    """

    _left_as_is_from = math.inf

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1):
        if step_size == 0:
            raise ValueError("StepLR: step_size must not be 0")
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._step_lr(lr, base, self.last_epoch, self.step_size, self.gamma)


class MultiStepLR(Formula):
    """At each epoch in ``milestones`` the rate is multiplied by ``gamma``, twice at double ones.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 4], gamma=0.5)
    >>> for epoch in range(6):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 1 0.5 0.5 0.25 0.25
    """

    _left_as_is_from = math.inf

    def __init__(self, optimizer: Optimizer, milestones, gamma: float = 0.1, last_epoch: int = -1):
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._multi_step_lr(lr, base, self.last_epoch, list(self.milestones.elements()), self.gamma)


class ConstantLR(Formula):
    """The rate is multiplied by ``factor`` before epoch ``total_iters``.

    Raises:
        ValueError: ``factor`` is not between 0 and 1.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> for epoch in range(4):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.5 0.5 1 1
    """

    _left_as_is_from = math.inf

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ):
        if factor > 1.0 or factor < 0:
            raise ValueError("Constant multiplicative factor expected to be between 0 and 1.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._constant_lr(lr, base, self.last_epoch, self.factor, self.total_iters)


class LinearLR(Formula):
    """In ``total_iters`` epochs from lr · start_factor in a straight line to lr · end_factor.

    Raises:
        ValueError: ``start_factor`` is not above 0 and up to 1, or ``end_factor`` not between 0 and 1.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.2, total_iters=4)
    >>> for epoch in range(6):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.2 0.4 0.6 0.8 1 1
    """

    _left_as_is_from = 1.0

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ):
        if start_factor > 1.0 or start_factor <= 0:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
            )
        if end_factor > 1.0 or end_factor < 0:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._linear_lr(lr, base, self.last_epoch, self.start_factor, self.end_factor, self.total_iters)


class ExponentialLR(Formula):
    """Every epoch the rate is multiplied by ``gamma``: lr · gamma^epoch.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for epoch in range(5):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.5 0.25 0.125 0.0625
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._exponential_lr(lr, base, self.last_epoch, self.gamma)


class PolynomialLR(Formula):
    """lr · (1 - epoch / total_iters)^power, and 0 from epoch ``total_iters`` on.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.PolynomialLR(optimizer, total_iters=4, power=2)
    >>> for epoch in range(6):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.562 0.25 0.0625 0 0
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1):
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._polynomial_lr(lr, base, self.last_epoch, self.total_iters, self.power)


class CosineAnnealingLR(Formula):
    """Down half a wave of the cosine in ``T_max`` epochs, and up again in as many::

        eta_min + (lr - eta_min) · (1 + cos(π · epoch / T_max)) / 2

    Ilya Loshchilov and Frank Hutter, "SGDR: stochastic gradient descent with warm restarts", 2016.

    Raises:
        ValueError: ``T_max`` is 0.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    >>> for epoch in range(5):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.854 0.5 0.146 0
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1):
        if T_max == 0:
            raise ValueError("CosineAnnealingLR: T_max must not be 0")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _rate(self, lr, base) -> float:
        return _C._cosine_annealing_lr(lr, base, self.last_epoch, self.T_max, self.eta_min)


class CosineAnnealingWarmRestarts(LRScheduler):
    """:class:`CosineAnnealingLR` that jumps back after ``T_0`` epochs, then after ``T_mult`` times as many, …

    ``step(epoch)`` takes parts of an epoch, too: ``scheduler.step(epoch + batch / batches)``.

    Ilya Loshchilov and Frank Hutter, "SGDR: stochastic gradient descent with warm restarts", 2016.

    Raises:
        ValueError: ``T_0`` or ``T_mult`` is no positive integer, or ``eta_min`` no number.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2, T_mult=2)
    >>> for epoch in range(7):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.5 1 0.854 0.5 0.146 1
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ):
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        if not isinstance(eta_min, (float, int)):
            raise ValueError(f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The rate of each group, ``T_cur`` epochs after the last restart."""
        self._check_called_within_step()
        return [
            _C._cosine_annealing_lr(None, base, self.T_cur, self.T_i, self.eta_min) for base in self.base_lrs
        ]

    def step(self, epoch=None) -> None:
        """Go on to the next epoch, or to that one, and set the rates.

        Raises:
            ValueError: a negative epoch.
        """
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"Expected non-negative epoch, but got {epoch}")
            self.T_cur, self.T_i = epoch, self.T_0
            if self.T_mult == 1:
                self.T_cur %= self.T_0
            while self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        self.last_epoch = math.floor(epoch)
        with self._within_step():
            rates = self.get_lr()
        self._set_rates(rates)


class _ByFunction(LRScheduler):
    """A schedule given by functions of the epoch, one for all groups or one for each."""

    def __init__(self, optimizer: Optimizer, lr_lambda, last_epoch: int = -1):
        self.optimizer = optimizer
        count = len(optimizer.param_groups)
        if not isinstance(lr_lambda, (list, tuple)):
            lr_lambda = [lr_lambda] * count
        elif len(lr_lambda) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(lr_lambda)}")
        self.lr_lambdas = list(lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict:
        """Everything but the optimizer. Functions are left out, of objects their attributes are saved."""
        state = super().state_dict()
        state["lr_lambdas"] = [
            None if isinstance(function, types.FunctionType) else function.__dict__.copy()
            for function in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what another scheduler's ``state_dict`` gave; the functions stay this one's own."""
        saved = state_dict["lr_lambdas"]
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "lr_lambdas"})
        for function, attributes in zip(self.lr_lambdas, saved):
            if attributes is not None:
                function.__dict__.update(attributes)


class LambdaLR(_ByFunction):
    """lr · lr_lambda(epoch), with one function or a list of one for each group.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5 / (1 + epoch)).get_last_lr()
    [0.5]

    Raises:
        ValueError: another number of functions than of groups.
    """

    def get_lr(self) -> list:
        """The rate of each group in ``last_epoch``."""
        self._check_called_within_step()
        return [
            base * function(self.last_epoch)
            for function, base in zip(self.lr_lambdas, self.base_lrs, strict=True)
        ]


class MultiplicativeLR(_ByFunction):
    """Every epoch the rate is multiplied by lr_lambda(epoch); a function, or a list of one for each group.

    Raises:
        TypeError: ``lr_lambda`` is no function.
        ValueError: another number of functions than of groups.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> for epoch in range(4):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    1 0.5 0.25 0.125
    """

    def __init__(self, optimizer: Optimizer, lr_lambda, last_epoch: int = -1):
        for function in lr_lambda if isinstance(lr_lambda, (list, tuple)) else [lr_lambda]:
            if not callable(function):
                raise TypeError(f"lr_lambda should be a function, but got {type(function).__name__}")
        super().__init__(optimizer, lr_lambda, last_epoch)

    def get_lr(self) -> list:
        """The rate of each group in ``last_epoch``."""
        self._check_called_within_step()
        rates = values(self.optimizer, "lr")
        if self._is_initial:
            return rates
        return [lr * function(self.last_epoch) for function, lr in zip(self.lr_lambdas, rates, strict=True)]
