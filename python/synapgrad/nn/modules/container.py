"""Modules that hold modules or parameters: in a row, a list or a dictionary."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from synapgrad._C import Tensor

from ..parameter import Parameter
from . import _hooks
from .module import Module, _typename, indented

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]

_CALL = Module.__call__


def _position(index, length: int) -> int:
    """``index`` counted from the start. IndexError outside of -length … length - 1, TypeError for no int."""
    position = operator.index(index)
    if not -length <= position < length:
        raise IndexError(f"index {position} is out of range")
    return position % length


def _pairs(what: str, source) -> Iterator[tuple]:
    """The pairs of a mapping, of another container or of an iterable; each is checked."""
    if not isinstance(source, Iterable):
        raise TypeError(
            f"{what} should be called with an iterable of key/value pairs, but got {_typename(source)}"
        )
    if isinstance(source, (Mapping, ModuleDict, ParameterDict)):
        yield from source.items()
        return
    for position, pair in enumerate(source):
        if not isinstance(pair, Iterable):
            raise TypeError(f"{what} sequence element #{position} should be Iterable; is {_typename(pair)}")
        pair = tuple(pair)
        if len(pair) != 2:
            raise ValueError(f"{what} sequence element #{position} has length {len(pair)}; 2 is required")
        yield pair


class _ModuleRow(Module):
    """What Sequential and ModuleList share: children named by position, read and written as a list is."""

    def _rename(self, modules: Iterable[Module]) -> None:
        self._modules = {str(i): module for i, module in enumerate(modules)}

    def _name(self, index) -> str:
        return list(self._module_names)[_position(index, len(self))]

    def __len__(self) -> int:
        return len(self._module_names)

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return self._slice(index)
        return self._modules[self._name(index)]

    def _slice(self, index: slice) -> Module:
        """A container of the same class with some of the same modules."""
        return type(self)(list(self)[index])

    def __iter__(self) -> Iterator[Module]:
        return iter(list(self._modules.values()))

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        del modules[index if isinstance(index, slice) else _position(index, len(modules))]
        self._rename(modules)

    def append(self, module: Module):
        """Add ``module`` at the end; returns this container. TypeError for what is no Module."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put ``module`` before the position ``index``, which may be negative."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}.insert: {_typename(module)} is not a Module subclass")
        modules = list(self)
        modules.insert(index, module)
        self._rename(modules)

    def pop(self, index: int | slice = -1):
        """Take the module at ``index`` out and return it."""
        module = self[index]
        del self[index]
        return module


class Sequential(_ModuleRow):
    """Modules applied one after the other: ``y = mₙ(… m₂(m₁(x)))``.

    Args:
        *args: modules, named "0", "1", …, or one ``OrderedDict`` of named modules.

    It is read and changed as a list is: ``len``, iteration, ``net[0]``, ``net[1:]`` (a new Sequential of the
    same modules), ``del``, ``append``, ``insert``, ``extend``, ``pop``, ``+``, ``*``.

    >>> from synapgrad import nn
    >>> net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    >>> net
    Sequential(
      (0): Linear(in_features=2, out_features=16, bias=True)
      (1): ReLU()
      (2): Linear(in_features=16, out_features=1, bias=True)
    )
    >>> len(net[1:])
    2
    """

    def __init__(self, *args):
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for position, module in enumerate(args):
                self.add_module(str(position), module)

    def forward(self, input):
        # Straight from __dict__: the view self._modules would cost as much as a small layer.
        attributes = self.__dict__
        for name in attributes["_module_names"]:
            module = attributes[name]
            # A call without hooks comes down to forward; the way there costs as much as a small layer.
            plain = module._hooks is None and _hooks.GLOBAL is None and type(module).__call__ is _CALL
            input = (module.forward if plain else module)(input)
        return input

    def _slice(self, index: slice) -> Module:
        return type(self)(OrderedDict(list(self._modules.items())[index]))

    def __add__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(
                f"Sequential + supports only objects of Sequential class, but {type(other)} is given."
            )
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential):
        if not isinstance(other, Sequential):
            raise ValueError(
                f"Sequential += supports only objects of Sequential class, but {type(other)} is given."
            )
        return self.extend(other)

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*(list(self) * self._checked(times)))

    def __rmul__(self, times: int) -> Sequential:
        return self * times

    def __imul__(self, times: int):
        return self.extend(list(self) * (self._checked(times) - 1))

    def _checked(self, times: int) -> int:
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return times

    def insert(self, index: int, module: Module):
        """Put ``module`` before the position ``index``, which may be negative; returns this Sequential.

        Raises:
            IndexError: ``index`` outside of -len … len.
            AssertionError: ``module`` is no Module.
        """
        if not isinstance(module, Module):
            raise AssertionError(
                f"Sequential.insert: module should be of type: {Module}, but got {_typename(module)}"
            )
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Sequential.insert: index out of range: {index}")
        super().insert(index, module)
        return self

    def extend(self, sequential: Iterable[Module]):
        """Add every module of ``sequential`` at the end; returns this Sequential."""
        for module in list(sequential):
            self.append(module)
        return self


class ModuleList(_ModuleRow):
    """A list of modules that are registered, for a forward that calls them as it likes.

    Args:
        modules: an iterable of modules.

    >>> from synapgrad import nn
    >>> layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    >>> len(list(layers.parameters()))
    6
    """

    def __init__(self, modules: Iterable[Module] | None = None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def extend(self, modules: Iterable[Module]):
        """Add every module of ``modules`` at the end; returns this list. TypeError if it is not iterable."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"ModuleList.extend should be called with an iterable, but got {_typename(modules)}"
            )
        for module in list(modules):
            self.append(module)
        return self

    def __iadd__(self, modules: Iterable[Module]):
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList(chain(self, other))

    def __repr__(self):
        # Neighbours that print alike are printed once, with their number.
        runs: list[list] = []
        for position, text in enumerate(repr(module) for module in self):
            if runs and runs[-1][2] == text:
                runs[-1][1] = position
            else:
                runs.append([position, position, text])
        if not runs:
            return f"{self._get_name()}()"
        lines = [
            f"({first}): {indented(text, 2)}"
            if first == last
            else f"({first}-{last}): {last - first + 1} x {indented(text, 2)}"
            for first, last, text in runs
        ]
        return "\n  ".join([f"{self._get_name()}(", *lines]) + "\n)"


class ModuleDict(Module):
    """A dictionary of modules that are registered.

    Args:
        modules: a mapping from names to modules, or an iterable of pairs.

    >>> from synapgrad import nn
    >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    >>> list(choices)
    ['relu', 'tanh']
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules = {}

    def pop(self, key: str) -> Module:
        """Take the module ``key`` out and return it. KeyError if there is none."""
        module = self[key]
        del self[key]
        return module

    def keys(self):
        """The names."""
        return self._modules.keys()

    def items(self):
        """The pairs (name, module)."""
        return self._modules.items()

    def values(self):
        """The modules."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | ModuleDict | Iterable[tuple[str, Module]]) -> None:
        """Add the modules of a mapping or of pairs; a name that is already there gets the new module."""
        for key, module in _pairs("ModuleDict.update", modules):
            self[key] = module


def _member(value):
    """What a parameter container stores: tensors become parameters, anything else stays what it is."""
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _described(key, value, kind: str) -> str:
    """A line of a parameter container's repr. ``kind`` says what is printed of a tensor, its dtype or its
    type.
    """
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    what = "Parameter" if isinstance(value, Parameter) else "Tensor"
    described = value.type() if kind == "type" else value.dtype
    return f"  ({key}): {what} containing: [{described} of size {'x'.join(map(str, value.shape))}]"


class ParameterList(Module):
    """A list of parameters that are registered. Tensors put into it become parameters; other values are kept
    too.

    Args:
        values: an iterable.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> weights = nn.ParameterList([synapgrad.ones(2), synapgrad.zeros(3)])
    >>> len(weights), weights[1].tolist(), weights[1].requires_grad
    (2, [0.0, 0.0, 0.0], True)
    """

    def __init__(self, values: Iterable | None = None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator:
        return iter(self[i] for i in range(len(self)))

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            out = type(self)()
            return out.extend(self[i] for i in range(len(self))[index])
        return getattr(self, str(_position(index, len(self))))

    def __setitem__(self, index: int, value) -> None:
        setattr(self, str(_position(index, len(self))), _member(value))

    def append(self, value):
        """Add ``value`` at the end; returns this list."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values: Iterable):
        """Add every value of ``values`` at the end; returns this list. TypeError for a Tensor or what is not
        iterable.
        """
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                f"ParameterList.extend should be called with an iterable, but got {_typename(values)}"
            )
        for value in list(values):
            self.append(value)
        return self

    def __iadd__(self, values: Iterable):
        return self.extend(values)

    def extra_repr(self) -> str:
        return "\n".join(_described(i, value, "dtype") for i, value in enumerate(self))

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """A dictionary of parameters that are registered. Tensors put into it become parameters; other values are
    kept too.

    Args:
        parameters: a mapping, or an iterable of pairs. Keys are strings.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> weights = nn.ParameterDict({"left": synapgrad.ones(1)})
    >>> weights["right"] = synapgrad.zeros(1)
    >>> [name for name, _ in weights.named_parameters()]
    ['left', 'right']
    """

    def __init__(self, parameters: Mapping | ParameterDict | Iterable[tuple] | None = None):
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def _key_to_attr(self, key: str) -> str:
        if not isinstance(key, str):
            raise TypeError(f"ParameterDict: a key must be a string, but got {_typename(key)}")
        return key

    def __getitem__(self, key: str):
        if self._key_to_attr(key) not in self._keys:
            raise AttributeError(f"ParameterDict has no key '{key}'")
        return getattr(self, key)

    def __setitem__(self, key: str, value) -> None:
        setattr(self, self._key_to_attr(key), _member(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def copy(self) -> ParameterDict:
        """A dictionary of its own with the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def setdefault(self, key: str, default=None):
        """The value of ``key``, after setting it to ``default`` if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Take everything out."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key: str):
        """Take the value of ``key`` out and return it. AttributeError if there is none."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple:
        """Take the youngest pair out and return it. KeyError if there is none."""
        if not self._keys:
            raise KeyError("ParameterDict.popitem: dictionary is empty")
        key = next(reversed(self._keys))
        return key, self.pop(key)

    def get(self, key: str, default=None):
        """The value of ``key``, or ``default`` if there is none."""
        if key not in self:
            return default
        return self[key]

    def fromkeys(self, keys: Iterable[str], default=None) -> ParameterDict:
        """A new dictionary with the same value for every key."""
        return ParameterDict((key, default) for key in keys)

    def keys(self):
        """The keys."""
        return self._keys.keys()

    def items(self) -> Iterable[tuple]:
        """The pairs (key, value)."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterable:
        """The values."""
        return (self[key] for key in self._keys)

    def update(self, parameters: Mapping | ParameterDict | Iterable[tuple]) -> None:
        """Add the values of a mapping or of pairs; a plain dict in the order of its keys' names."""
        pairs = _pairs("ParameterDict.update", parameters)
        if isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            pairs = iter(sorted(pairs))
        for key, value in pairs:
            self[key] = value

    def extra_repr(self) -> str:
        return "\n".join(_described(key, value, "type") for key, value in self.items())

    def __or__(self, other: ParameterDict) -> ParameterDict:
        result = self.copy()
        result.update(other)
        return result

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        result = other.copy()
        result.update(self)
        return result

    def __ior__(self, other: ParameterDict):
        self.update(other)
        return self

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")
