"""The state of the default generator of random numbers."""

from __future__ import annotations

import contextlib

from . import _C
from ._C import default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


@contextlib.contextmanager
def fork_rng(devices=None, enabled: bool = True):
    """Give the default generator back, at the end, the state that it had before.

    >>> import synapgrad as sg
    >>> before = sg.random.get_rng_state()
    >>> with sg.random.fork_rng():
    ...     _ = sg.manual_seed(1)
    >>> (sg.random.get_rng_state() == before).all().item()
    True
    """
    if not enabled:
        yield
        return
    state = _C.get_rng_state()
    try:
        yield
    finally:
        _C.set_rng_state(state)
