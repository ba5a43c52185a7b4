"""The default generator of random numbers, and a way to leave it untouched."""

from __future__ import annotations

import contextlib

from synapgrad._C import (
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = ["default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed", "seed", "set_rng_state"]


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, **_):
    """Draw inside the block without moving the default generator: afterwards it stands where it stood before.

    >>> import synapgrad as sg
    >>> before = sg.manual_seed(0).get_state()
    >>> with sg.random.fork_rng():
    ...     numbers = sg.rand(3)
    >>> sg.get_rng_state().tolist() == before.tolist()
    True
    """
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)
