"""What operations with several results return: tuples whose fields have names.

>>> import synapgrad
>>> values, indices = synapgrad.sort(synapgrad.tensor([2.0, 1.0]))
>>> synapgrad.sort(synapgrad.tensor([2.0, 1.0])).indices
tensor([1, 0])
"""

from __future__ import annotations

from collections import namedtuple


def _repr(self) -> str:
    fields = ",\n".join(f"{name}={value!r}" for name, value in zip(self._fields, self))
    return f"synapgrad.return_types.{type(self).__name__}(\n{fields})"


def _named(name: str, *fields: str) -> type:
    """A class of tuples with these fields."""
    return type(
        name, (namedtuple(name, fields),), {"__slots__": (), "__repr__": _repr, "__module__": __name__}
    )


aminmax = _named("aminmax", "min", "max")
cummax = _named("cummax", "values", "indices")
cummin = _named("cummin", "values", "indices")
kthvalue = _named("kthvalue", "values", "indices")
max = _named("max", "values", "indices")
median = _named("median", "values", "indices")
min = _named("min", "values", "indices")
mode = _named("mode", "values", "indices")
nanmedian = _named("nanmedian", "values", "indices")
sort = _named("sort", "values", "indices")
topk = _named("topk", "values", "indices")
