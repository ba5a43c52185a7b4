"""What programs ask about graphics cards: there are none. SynapGrad computes on the CPU.

A program that looks before it moves its tensors runs as it stands:

>>> import synapgrad as sg
>>> device = sg.device("cuda" if sg.cuda.is_available() else "cpu")
>>> sg.ones(2, device=device)
tensor([1., 1.])
"""

from __future__ import annotations

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "get_device_name",
    "is_available",
    "is_bf16_supported",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "memory_allocated",
    "reset_peak_memory_stats",
    "set_device",
    "synchronize",
]


def is_available() -> bool:
    """False."""
    return False


def is_bf16_supported() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there is no generator to seed. ``synapgrad.manual_seed`` seeds the one that is used."""


def manual_seed_all(seed: int) -> None:
    """Nothing, as :func:`manual_seed`."""


def empty_cache() -> None:
    """Nothing: there is no memory to give back."""


def reset_peak_memory_stats(device=None) -> None:
    """Nothing: no memory is counted."""


def memory_allocated(device=None) -> int:
    """0 bytes."""
    return 0


def max_memory_allocated(device=None) -> int:
    """0 bytes."""
    return 0


def _none(what: str):
    raise RuntimeError(f"cuda.{what}: SynapGrad computes on the CPU only; ask cuda.is_available() first")


def synchronize(device=None):
    """RuntimeError: there is nothing to wait for."""
    _none("synchronize")


def current_device():
    """RuntimeError: there is no device."""
    _none("current_device")


def set_device(device):
    """RuntimeError: there is no device."""
    _none("set_device")


def get_device_name(device=None):
    """RuntimeError: there is no device."""
    _none("get_device_name")
