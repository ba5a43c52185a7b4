"""Reverse-mode automatic differentiation.

================================  =================================================
``backward``, ``grad``            gradients left at the leaves, or returned
``no_grad`` and its siblings      modes: what is recorded, which gradients are kept
``Function``                      operations with a derivative of one's own
``gradcheck``, ``gradgradcheck``  derivatives against difference quotients
``functional``                    Jacobians, Hessians and products with them
================================  =================================================
"""

from __future__ import annotations

import importlib as _importlib

from .anomaly import detect_anomaly, set_detect_anomaly
from .engine import backward, grad
from .function import Function
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    retain_grads,
    set_grad_enabled,
)
from .gradcheck import GradcheckError, gradcheck, gradgradcheck

__all__ = [
    "Function",
    "GradcheckError",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "retain_grads",
    "set_detect_anomaly",
    "set_grad_enabled",
]


def __getattr__(name: str):
    if name in ("functional", "graph"):
        return _importlib.import_module(f"{__name__}.{name}")
    if name == "Variable":
        from .. import Tensor

        return Tensor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
