"""Schedulers of schedulers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ..optimizer import Optimizer
from ._base import LRScheduler, set_option, values
from ._plateau import ReduceLROnPlateau


class _Several(LRScheduler):
    """A scheduler of schedulers."""

    _schedulers: Sequence[LRScheduler]

    def _check_schedulers(self, schedulers, optimizer) -> Optimizer:
        name = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {i} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau`, whose `step` wants a metric, but got one "
                    f"at index {i} in the given schedulers sequence."
                )
            optimizer = optimizer or scheduler.optimizer
            if scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {i} with another one."
                )
        return optimizer

    def state_dict(self) -> dict:
        """Everything but the optimizer; as "_schedulers" the states of the schedulers."""
        state = super().state_dict()
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what another scheduler's ``state_dict`` gave, and let each of the schedulers do so."""
        saved = state_dict["_schedulers"]
        super().load_state_dict({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, saved):
            scheduler.load_state_dict(state)


class SequentialLR(_Several):
    """One scheduler after another: the next takes over in each epoch of ``milestones``, and begins anew.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> from synapgrad.optim.lr_scheduler import ConstantLR, ExponentialLR, SequentialLR
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> schedulers = [ConstantLR(optimizer, factor=0.5), ExponentialLR(optimizer, gamma=0.5)]
    >>> scheduler = SequentialLR(optimizer, schedulers, milestones=[2])
    >>> for epoch in range(4):
    ...     print(scheduler.get_last_lr(), end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    [0.5] [0.5] [1.0] [0.5]

    Raises:
        ValueError: no schedulers, one of another optimizer, a :class:`ReduceLROnPlateau`, or not one
            milestone less than schedulers.
        TypeError: something is no scheduler.
    """

    def __init__(self, optimizer: Optimizer, schedulers: list, milestones: list[int], last_epoch: int = -1):
        self._check_schedulers(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number "
                f"of milestone points, but got {len(schedulers)} schedulers and {len(milestones)} milestones"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        # Each scheduler took its first step when it was made; only that of the first one stays.
        for group in optimizer.param_groups:
            set_option(group, "lr", group["initial_lr"])
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched=None) -> None:
        """Take back a step of the schedulers, and of those inside them."""
        sched = self if sched is None else sched
        if hasattr(sched, "_schedulers"):
            for inner in sched._schedulers:
                self.recursive_undo(inner)
        elif hasattr(sched, "last_epoch"):
            sched.last_epoch -= 1

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        self.last_epoch += 1
        which = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[which]
        if which > 0 and self._milestones[which - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Several):
    """Several schedulers at once: a step is a step of each.

    Raises:
        ValueError: no schedulers, one of another optimizer, or a :class:`ReduceLROnPlateau`.
        TypeError: something is no scheduler.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> constant = optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> falling = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    >>> scheduler = optim.lr_scheduler.ChainedScheduler([constant, falling])
    >>> for epoch in range(4):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.5 0.45 0.81 0.729
    """

    def __init__(self, schedulers, optimizer: Optimizer | None = None):
        self.optimizer = self._check_schedulers(schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = values(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values(self.optimizer, "lr")
