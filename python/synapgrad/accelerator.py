"""What programs ask about accelerators: there are none. SynapGrad computes on the CPU.

>>> import synapgrad as sg
>>> sg.accelerator.current_accelerator() if sg.accelerator.is_available() else "cpu"
'cpu'
"""

from __future__ import annotations

__all__ = ["current_accelerator", "device_count", "is_available"]


def is_available() -> bool:
    """False."""
    return False


def current_accelerator(check_available: bool = False) -> None:
    """None."""
    return None


def device_count() -> int:
    """0."""
    return 0
