"""Numbers that may be given once or once per dimension."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = []


def _ntuple(n: int):
    """A function that makes a tuple of what it gets: the items of a sequence, or one value ``n`` times.

    >>> _ntuple(2)(3), _ntuple(2)([3, 4])
    ((3, 3), (3, 4))
    """

    def parse(x):
        return tuple(x) if isinstance(x, Iterable) else (x,) * n

    parse.__name__ = f"_ntuple_{n}"
    return parse


_single, _pair, _triple, _quadruple = (_ntuple(n) for n in (1, 2, 3, 4))
