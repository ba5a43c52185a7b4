"""The live views behind ``module._parameters``, ``module._buffers`` and ``module._modules``."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import MutableMapping

#: Instance attribute that holds the names of each kind, in order of registration.
KINDS = ("_parameter_names", "_buffer_names", "_module_names")


def forget(attributes: dict, name: str, keep: str | None = None) -> None:
    """Strike ``name`` from every list of names but ``keep``; the value itself stays where it is."""
    for kind in KINDS:
        if kind != keep:
            attributes[kind].pop(name, None)
    if keep != "_buffer_names":
        attributes["_non_persistent_buffers_set"].discard(name)


class Registry(MutableMapping):
    """A dictionary of one module's members of one kind, without a copy of them.

    A member is stored once: as an ordinary attribute, in the module's ``__dict__``. What the module keeps
    besides is an ordered set of names per kind, and this class lets that set be read and written as if it
    were the dictionary ``name -> member``. As there is one copy, ``module.weight`` and
    ``module._parameters["weight"]`` cannot disagree, whichever of the two is assigned to or deleted.

    >>> from synapgrad import nn
    >>> layer = nn.Linear(2, 1)
    >>> list(layer._parameters)
    ['weight', 'bias']
    >>> layer._parameters["bias"] = None
    >>> layer.bias is None
    True
    """

    __slots__ = ("_attributes", "_kind")

    def __init__(self, attributes: dict, kind: str):
        self._attributes = attributes
        self._kind = kind

    def __getitem__(self, name):
        if name not in self._attributes[self._kind]:
            raise KeyError(name)
        return self._attributes[name]

    def __setitem__(self, name, member):
        forget(self._attributes, name, keep=self._kind)
        self._attributes[self._kind][name] = None
        self._attributes[name] = member

    def __delitem__(self, name):
        if name not in self._attributes[self._kind]:
            raise KeyError(name)
        forget(self._attributes, name)
        del self._attributes[name]

    def popitem(self):
        """Take the youngest member out, as a dictionary does: ``(name, member)``."""
        for name in reversed(self):
            return name, self.pop(name)
        raise KeyError("popitem(): no member is registered")

    def __contains__(self, name):
        return name in self._attributes[self._kind]

    def __iter__(self):
        return iter(self._attributes[self._kind])

    def __reversed__(self):
        return reversed(self._attributes[self._kind])

    def __len__(self):
        return len(self._attributes[self._kind])

    def replace(self, members) -> None:
        """Make ``members``, a mapping or pairs, the whole content, in their order."""
        members = dict(members)
        for name in self:
            self._attributes.pop(name, None)
        # A new set of names: a module made by copying another's __dict__ still shares the old one.
        self._attributes[self._kind] = {}
        self.update(members)

    def copy(self) -> OrderedDict:
        """The content as a dictionary of its own."""
        return OrderedDict(self)

    def __reduce__(self):
        # A copy or a pickle of the view alone has no module to look into.
        return OrderedDict, (list(self.items()),)

    def __deepcopy__(self, memo):
        return copy.deepcopy(self.copy(), memo)

    def __repr__(self):
        return repr(dict(self))


def registry(kind: str, doc: str) -> property:
    """The attribute through which a module's members of one kind are read, and replaced as a whole."""
    return property(
        lambda module: Registry(module.__dict__, kind),
        lambda module, members: Registry(module.__dict__, kind).replace(members),
        doc=doc,
    )
