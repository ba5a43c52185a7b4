"""Schedules that go up and down, and take momentum with them."""

from __future__ import annotations

import math
import types

from synapgrad import _C

from ..optimizer import Optimizer
from ._base import LRScheduler, check_optimizer, per_group, set_option


class _CyclesMomentum(LRScheduler):
    """What :class:`CyclicLR` and :class:`OneCycleLR` share: momentum that falls while the rate rises."""

    def _take_momentum(self, base_momentum, max_momentum, last_epoch: int) -> tuple[list, list]:
        defaults = self.optimizer.defaults
        if "momentum" not in defaults and "betas" not in defaults:
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in defaults
        bases = per_group("base_momentum", self.optimizer, base_momentum)
        tops = per_group("max_momentum", self.optimizer, max_momentum)
        if last_epoch == -1:
            for group, base, top in zip(self.optimizer.param_groups, bases, tops):
                self._set_momentum(group, top)
                group["max_momentum"] = top
                group["base_momentum"] = base
        return bases, tops

    def _set_momentum(self, group: dict, momentum) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class CyclicLR(_CyclesMomentum):
    """Up and down between ``base_lr`` and ``max_lr`` in straight lines. An epoch here is a step.

    Args:
        optimizer: whose rates are set.
        base_lr, max_lr: the ends; one for all groups or a list of one for each.
        step_size_up, step_size_down: steps of each half of a cycle; by default down takes as many as up.
        mode: "triangular"; "triangular2", which halves the height from cycle to cycle; or "exp_range", which
            multiplies it by gamma^step.
        gamma: see "exp_range".
        scale_fn: a factor of the height, in place of ``mode``.
        scale_mode: whether ``scale_fn`` is a function of the "cycle", from 1, or of "iterations".
        cycle_momentum: let momentum, or the first of betas, go the other way.
        base_momentum, max_momentum: between which.
        last_epoch: the step to go on after.

    Leslie Smith, "Cyclical learning rates for training neural networks", 2017.

    Raises:
        TypeError: ``optimizer`` is none.
        ValueError: an unknown mode, an optimizer without momentum, lists of another length than the groups.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.CyclicLR(optimizer, 0.1, 0.5, step_size_up=2, cycle_momentum=False)
    >>> for epoch in range(7):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.1 0.3 0.5 0.3 0.1 0.3 0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn=None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ):
        check_optimizer(optimizer)
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise ValueError("mode is invalid and scale_fn is None")
        self.optimizer = optimizer
        base_lrs = per_group("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs):
                set_option(group, "lr", lr)
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._take_momentum(
                base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x) -> float:
        """The factor of the height in cycle, or step, x."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return 1 / 2.0 ** (x - 1)
        return self.gamma**x if self.mode == "exp_range" else 1.0

    def get_lr(self) -> list:
        """The rate of each group in step ``last_epoch``; sets momentum as well."""
        self._check_called_within_step()
        up = self.total_size * self.step_ratio
        number, height = _C._cycle(self.last_epoch, up, self.total_size - up)
        height *= self.scale_fn(int(number) if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            ends = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, base, top in ends:
                self._set_momentum(group, _C._anneal(top, base, height, True))
        return [
            _C._anneal(base, top, height, True) for base, top in zip(self.base_lrs, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict:
        """Everything but the optimizer. A ``scale_fn`` that is a function is left out."""
        state = super().state_dict()
        function = self._scale_fn_custom
        plain = function is None or isinstance(function, types.FunctionType)
        state["_scale_fn_custom"] = None if plain else function.__dict__.copy()
        return state

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over what another scheduler's ``state_dict`` gave; ``scale_fn`` stays this one's own."""
        attributes = state_dict["_scale_fn_custom"]
        kept = {key: value for key, value in state_dict.items() if key != "_scale_fn_custom"}
        super().load_state_dict(kept)
        if attributes is not None:
            self._scale_fn_custom.__dict__.update(attributes)


class OneCycleLR(_CyclesMomentum):
    """Up to ``max_lr`` and down to almost nothing. An epoch here is a step of the optimizer.

    Args:
        optimizer: whose rates are set.
        max_lr: the top; one for all groups or a list of one for each.
        total_steps: how many steps, or
        epochs, steps_per_epoch: whose product it is.
        pct_start: the part of the steps that leads up.
        anneal_strategy: along half a "cos", or "linear".
        cycle_momentum: let momentum, or the first of betas, go the other way.
        base_momentum, max_momentum: between which.
        div_factor: the first rate is max_lr / div_factor, whatever the optimizer's is.
        final_div_factor: the last one is the first / final_div_factor.
        three_phase: go down as steeply as up, and then to almost nothing.
        last_epoch: the step to go on after.

    Leslie Smith and Nicholay Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2017.

    Raises:
        TypeError: ``optimizer`` is none.
        ValueError: no number of steps, options out of range, an optimizer without momentum, and from ``step``
            after the last one.

    >>> import synapgrad
    >>> from synapgrad import optim
    >>> optimizer = optim.SGD([synapgrad.ones(1)], lr=1.0)
    >>> scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=6, cycle_momentum=False)
    >>> for batch in range(5):
    ...     print(f"{scheduler.get_last_lr()[0]:.3g}", end=" ")
    ...     optimizer.step()
    ...     scheduler.step()
    0.04 0.994 0.812 0.463 0.133
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ):
        check_optimizer(optimizer)
        self.optimizer = optimizer
        if total_steps is not None:
            counts = {"total_steps": total_steps}
        elif epochs is not None and steps_per_epoch is not None:
            counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        else:
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        for name, count in counts.items():
            if not isinstance(count, int) or count <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {count}")
        if not isinstance(pct_start, float) or pct_start < 0 or pct_start > 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self.total_steps = math.prod(counts.values())
        up, last = pct_start * self.total_steps, self.total_steps - 1
        if three_phase:
            ends = [(up - 1.0, "max", "base"), (2 * up - 2.0, "initial", "max"), (last, "min", "max")]
        else:
            ends = [(up - 1.0, "max", "base"), (last, "min", "max")]
        rate, momentum = "initial", "max"
        self._schedule_phases: list[dict] = []
        for end, next_rate, next_momentum in ends:
            self._schedule_phases.append(
                {
                    "end_step": end,
                    "start_lr": f"{rate}_lr",
                    "end_lr": f"{next_rate}_lr",
                    "start_momentum": f"{momentum}_momentum",
                    "end_momentum": f"{next_momentum}_momentum",
                }
            )
            rate, momentum = next_rate, next_momentum
        self._anneal_func_type = anneal_strategy
        tops = per_group("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, tops):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._take_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list:
        """The rate of each group in step ``last_epoch``; sets momentum as well."""
        self._check_called_within_step()
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(
                f"Tried to step {step} times. The specified number of total steps is {self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases[:-1]:
            if step <= phase["end_step"]:
                break
            start = phase["end_step"]
        else:
            phase = self._schedule_phases[-1]
        part = (step - start) / (phase["end_step"] - start)
        linear = self._anneal_func_type == "linear"

        def between(group: dict, what: str) -> float:
            return _C._anneal(group[phase[f"start_{what}"]], group[phase[f"end_{what}"]], part, linear)

        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                self._set_momentum(group, between(group, "momentum"))
        return [between(group, "lr") for group in self.optimizer.param_groups]
