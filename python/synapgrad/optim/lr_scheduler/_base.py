"""What all schedulers share, and those whose rates are formulas of the engine."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

from synapgrad._C import Tensor

from ..optimizer import Optimizer

EPOCH_IS_DEPRECATED = (
    "The epoch parameter in `scheduler.step()` is deprecated: call `scheduler.step()` once per epoch. With "
    "an epoch the rate is computed from the first one, where there is such a formula, whatever it is now."
)


def values(optimizer: Optimizer, key: str) -> list:
    """That option of each group; of a tensor a copy, as the schedule changes the tensor itself."""
    return [
        group[key].clone() if isinstance(group[key], Tensor) else group[key]
        for group in optimizer.param_groups
    ]


def set_option(group: dict, key: str, value) -> None:
    if isinstance(group[key], Tensor):
        group[key].fill_(float(value))
    else:
        group[key] = value


def per_group(name: str, optimizer: Optimizer, value) -> list:
    """One value for each group, from a list of them or a single one."""
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        value = [value] * count
    elif len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {count}."
        )
    return [item.clone() if isinstance(item, Tensor) else item for item in value]


def keep_initial_lr(group: dict) -> None:
    """Remember the rate of a group, unless there is one already, as "initial_lr"."""
    lr = group["lr"]
    group.setdefault("initial_lr", lr.clone() if isinstance(lr, Tensor) else lr)


def check_optimizer(optimizer) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


class LRScheduler:
    """Base class of the schedulers. A subclass defines ``get_lr``, which is called in ``step``.

    Args:
        optimizer: whose rates are set.
        last_epoch: the epoch to go on after. -1 begins; otherwise the groups have "initial_lr", as those of
            an optimizer whose state was loaded do.

    Attributes:
        base_lrs: the rate of each group without a schedule.
        last_epoch: the current epoch, from 0.

    Raises:
        TypeError: ``optimizer`` is none.
        KeyError: ``last_epoch`` is not -1, and a group has no "initial_lr".

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> class Halving(optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base * 0.5**self.last_epoch for base in self.base_lrs]
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                keep_initial_lr(group)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    f"last_epoch={last_epoch}. Load the optimizer's state first, or begin with last_epoch=-1."
                )
        self.base_lrs = values(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        optimizer._expect_step()
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict:
        """Everything but the optimizer; save the optimizer's state as well."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what another scheduler's ``state_dict`` gave. The rates are the optimizer's to load."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list:
        """The rate of each group, as the schedule last set it."""
        return self._last_lr

    def get_lr(self) -> list:
        """Compute the rate of each group for ``last_epoch``. Others call :meth:`get_last_lr`."""
        raise NotImplementedError

    def _check_called_within_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    @contextmanager
    def _within_step(self):
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, or deprecated, to that one, and set the rates."""
        if self._step_count == 1 and not self.optimizer._has_stepped():
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call `optimizer.step()` "
                "first: in this order the first learning rate of the schedule is skipped.",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_IS_DEPRECATED, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        with self._within_step():
            closed = None if epoch is None else getattr(self, "_get_closed_form_lr", None)
            rates = self.get_lr() if closed is None else closed()
        self._set_rates(rates)

    def _set_rates(self, rates: list) -> None:
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise ValueError(
                f"{type(self).__name__} knows the rates of {len(rates)} groups, but the optimizer has "
                f"{len(groups)}: make a scheduler anew after adding a group"
            )
        for group, lr in zip(groups, rates):
            set_option(group, "lr", lr)
        self._last_lr = values(self.optimizer, "lr")


class Formula(LRScheduler):
    """A schedule whose rates come from the engine.

    A subclass defines ``_rate(lr, base)``: the rate in ``last_epoch`` from that of the epoch before, or where
    ``lr`` is None from ``base``, the first one. A group that joins the optimizer later is taken along from the rate
    that it brings.
    """

    #: A scheduler that begins in this epoch, or goes on in a later one, first leaves the rate as it finds it.
    _left_as_is_from = 0.0

    def get_lr(self) -> list:
        """The rate of each group in ``last_epoch``."""
        self._check_called_within_step()
        if self._is_initial and self.last_epoch >= self._left_as_is_from:
            return values(self.optimizer, "lr")
        groups = self.optimizer.param_groups
        for group in groups[len(self.base_lrs) :]:
            keep_initial_lr(group)
        later = [group["initial_lr"] for group in groups[len(self.base_lrs) :]]
        return [self._rate(group["lr"], base) for group, base in zip(groups, self.base_lrs + later)]

    def _get_closed_form_lr(self) -> list:
        return [self._rate(None, base) for base in self.base_lrs]

    def _rate(self, lr, base) -> float:
        raise NotImplementedError
