"""Data sets to learn and to test with."""

from .make import make_moons

__all__ = ["make_moons"]
