"""Schedules of the learning rate.

A scheduler sets ``group["lr"]`` of an optimizer's groups, first when it is made and then with every
``step()``, which belongs after the optimizer's::

    for epoch in range(100):
        train(...)              # calls optimizer.step()
        scheduler.step()

The formulas are the engine's; here are names, state and warnings. Most formulas compute a rate from the one
before, so that several schedulers, and the user, may change a rate in turn.
"""

from ._base import LRScheduler
from ._cycles import CyclicLR, OneCycleLR
from ._formulas import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from ._plateau import ReduceLROnPlateau
from ._several import ChainedScheduler, SequentialLR

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
