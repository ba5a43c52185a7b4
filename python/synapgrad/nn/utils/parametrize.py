"""Parametrizations: a parameter or buffer that is a function of other tensors, which are the ones that are learned.

After ``register_parametrization(layer, "weight", f)`` reading ``layer.weight`` computes ``f(original)``, and
assigning to it puts ``f.right_inverse`` of the value into ``original``. Nothing else about the layer changes:
its class becomes a subclass that has ``weight`` as a property.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

from ..modules.container import ModuleDict, ModuleList
from ..modules.module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "transfer_parametrizations_and_params",
    "type_before_parametrizations",
]

#: How many ``with cached()`` blocks are open, and what has been computed in them.
_open_blocks = 0
_values: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """A block in which each parametrized tensor is computed once, when it is first read.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> from synapgrad.nn.utils import parametrize
    >>> class Double(nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> layer = parametrize.register_parametrization(nn.Linear(2, 1), "weight", Double())
    >>> with parametrize.cached():
    ...     layer.weight is layer.weight
    True
    >>> layer.weight is layer.weight
    False
    """
    global _open_blocks
    _open_blocks += 1
    try:
        yield
    finally:
        _open_blocks -= 1
        if not _open_blocks:
            _values.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, in the order in which they are applied, and what they are applied to:
    ``module.parametrizations.weight``, made by :func:`register_parametrization`.

    Args:
        modules: the parametrizations; ValueError for none.
        original: the tensor, which is taken through the ``right_inverse`` of those that have one, the last
            one first.
        unsafe: whether dtype and shape may change.

    Attributes:
        original: the tensor to be learned; or ``original0``, ``original1``, …, where ``right_inverse`` gives a
            sequence of tensors, which the first parametrization then takes as its arguments.
        is_tensor, ntensors: whether there is one, and how many there are.
    """

    original: Tensor

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False):
        if len(modules) == 0:
            raise ValueError("ParametrizationList: one module or more is required")
        super().__init__(modules)
        self.unsafe = unsafe
        kind = (original.dtype, tuple(original.shape))
        value = self._inverted(original)
        self.is_tensor = isinstance(value, Tensor)
        self.ntensors = 1 if self.is_tensor else len(value)
        if self.is_tensor:
            if value.dtype != original.dtype:
                raise ValueError(
                    "ParametrizationList: a `right_inverse` that outputs one tensor may not change the dtype, "
                    f"but it made {value.dtype} of {original.dtype}"
                )
            # The same object, so that an optimizer that has it goes on working.
            before, original.data = original.data, value.data
            _register(self, "original", original)
        else:
            for i, part in enumerate(value):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        "ParametrizationList: 'right_inverse' must return a Tensor or a Sequence of tensors, "
                        f"but element {i} of the sequence is a {type(part).__name__}"
                    )
                if isinstance(original, Parameter):
                    part = Parameter(part, original.requires_grad)
                _register(self, f"original{i}", part.requires_grad_(original.requires_grad))
        if not unsafe:
            try:
                _check_kind("the parametrized tensor", self(), *kind)
            except Exception:
                if self.is_tensor:
                    original.data = before
                raise

    def _inverted(self, value):
        """``right_inverse`` of all of them, where there is one. ValueError for what is no tensor and no sequence."""
        with _C.no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:
                        pass
        if not isinstance(value, (Tensor, Sequence)):
            raise ValueError(
                "ParametrizationList: 'right_inverse' must return a Tensor or a Sequence of tensors, but got "
                f"{type(value).__name__}"
            )
        return value

    def _originals(self) -> list[Tensor]:
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        return [getattr(self, name) for name in names]

    def right_inverse(self, value: Tensor) -> None:
        """Make ``value`` the parametrized tensor: what ``module.weight = value`` does.

        Raises:
            RuntimeError: a parametrization has no ``right_inverse``.
            ValueError: ``right_inverse`` gives other tensors than when it was registered.
        """
        with _C.no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
        if self.is_tensor != isinstance(value, Tensor) or not isinstance(value, (Tensor, Sequence)):
            wanted = "a tensor" if self.is_tensor else "a sequence of tensors"
            raise ValueError(f"`right_inverse` should return {wanted}. Got {type(value).__name__}")
        values: Any = [value] if self.is_tensor else value
        originals = self._originals()
        if len(values) != len(originals):
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {len(originals)}. "
                f"Got a sequence of length {len(values)}."
            )
        for original, part in zip(originals, values):
            if not isinstance(part, Tensor) or part.dtype != original.dtype:
                raise ValueError(
                    f"`right_inverse` should return tensors with the dtype of the originals, {original.dtype}, "
                    f"but got {part.dtype if isinstance(part, Tensor) else type(part).__name__}"
                )
        for original, part in zip(originals, values):
            original.data = part.data

    def forward(self) -> Tensor:
        """The parametrized tensor."""
        first, *others = self
        value = first(*self._originals())
        for parametrization in others:
            value = parametrization(value)
        return value


def _check_kind(what: str, value, dtype, shape: tuple[int, ...]) -> None:
    """ValueError unless ``value`` is a tensor of this dtype and shape."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{what}: a parametrization must return a tensor. Got {type(value).__name__}.")
    for aspect, got, wanted in (("dtype", value.dtype, dtype), ("shape", tuple(value.shape), shape)):
        if got != wanted:
            raise ValueError(
                f"{what}: a parametrization may not change the {aspect} of the tensor, unless the `unsafe` flag "
                f"is enabled, but it made {got} of {wanted}"
            )


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def _list(module: Module, name: str) -> ParametrizationList:
    """The parametrizations of a tensor that has some."""
    return module._modules["parametrizations"][name]


def _getstate(module):
    raise RuntimeError(
        "Serialization of parametrized modules is only supported through state_dict(): save that, and load it "
        "into a module with the same parametrizations"
    )


def _deepcopy(module, memo):
    """A copy without ``__getstate__``, whose class has parametrizations of its own."""
    cls = type(module)
    twin: Any = object.__new__(type(cls.__name__, cls.__bases__, dict(vars(cls))))
    memo[id(module)] = twin
    twin.__dict__.update(copy.deepcopy(module.__dict__, memo))
    return twin


def _open_class(module: Module) -> None:
    """Give a module a class of its own, for properties to be put into."""
    cls = type(module)
    namespace: dict = {"__getstate__": _getstate}
    if not hasattr(cls, "__deepcopy__"):
        namespace["__deepcopy__"] = _deepcopy
    module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), namespace)


def _parametrized_tensor(name: str) -> property:
    """The property that stands for a parametrized tensor of this name."""

    def read(module) -> Tensor:
        parametrization = _list(module, name)
        if not _open_blocks:
            return parametrization()
        key = (id(module), name)
        if key not in _values:
            _values[key] = parametrization()
        return _values[key]

    def write(module, value: Tensor) -> None:
        _list(module, name).right_inverse(value)

    return property(read, write)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Make a parameter or buffer the result of a module; returns ``module``.

    What is learned is then ``module.parametrizations.<name>.original``. A tensor that has parametrizations
    already gets one more, which is applied to the result of the others.

    Args:
        module: has the tensor.
        tensor_name: the tensor's.
        parametrization: computes the tensor in its ``forward`` from the original. ``right_inverse(tensor)``, if
            it has that, gives an original from which forward makes the tensor; called now, and whenever the
            tensor is assigned to. It may give a sequence of originals: ``original0``, ``original1``, …, new
            parameters that an optimizer has yet to be told about.
        unsafe: whether dtype and shape of the tensor may change; nothing is checked then.

    Raises:
        ValueError: there is no such parameter or buffer; or dtype or shape change.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> from synapgrad.nn.utils import parametrize
    >>> class Symmetric(nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).T
    ...     def right_inverse(self, a):
    ...         return a.triu()
    >>> layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Symmetric())
    >>> layer.weight = synapgrad.tensor([[1.0, 2.0], [2.0, 3.0]])
    >>> layer.parametrizations.weight.original.tolist()
    [[1.0, 2.0], [0.0, 3.0]]
    >>> layer.weight.tolist()
    [[1.0, 2.0], [2.0, 3.0]]
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            _check_addition(f"module.{tensor_name}", getattr(module, tensor_name), parametrization)
        parametrizations = _list(module, tensor_name)
        parametrizations.append(parametrization)
        parametrizations.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        # What may refuse comes first, before anything is changed.
        lists = module._modules["parametrizations"] if is_parametrized(module) else ModuleDict()
        lists[tensor_name] = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        if not is_parametrized(module):
            module.add_module("parametrizations", lists)
            _open_class(module)
        delattr(module, tensor_name)
        setattr(type(module), tensor_name, _parametrized_tensor(tensor_name))
    else:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    return module


def _check_addition(name: str, tensor: Tensor, parametrization: Module) -> None:
    """ValueError if a parametrization, or its right inverse, gives something of another kind than ``tensor``."""
    kind = (tensor.dtype, tuple(tensor.shape))
    value = parametrization(tensor)
    _check_kind(name, value, *kind)
    if hasattr(parametrization, "right_inverse"):
        try:
            _check_kind(f"right_inverse of {name}", parametrization.right_inverse(value), *kind)
        except NotImplementedError:
            pass


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether the tensor of this name has parametrizations; without a name, whether any has."""
    parametrizations = getattr(module, "parametrizations", None)
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Make a parametrized tensor a plain parameter or buffer again; returns ``module``.

    Args:
        module: has the tensor.
        tensor_name: the tensor's.
        leave_parametrized: keep its present value; otherwise that of the original.

    Raises:
        ValueError: the tensor has no parametrizations; or it has several originals, and
            ``leave_parametrized=False`` asks for the one.

    >>> from synapgrad import nn
    >>> from synapgrad.nn.utils import parametrizations, parametrize
    >>> layer = parametrizations.weight_norm(nn.Linear(2, 1))
    >>> parametrize.remove_parametrizations(layer, "weight")
    Linear(in_features=2, out_features=1, bias=True)
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = _list(module, tensor_name)
    if parametrizations.is_tensor:
        tensor = parametrizations.original
        if leave_parametrized:
            with _C.no_grad():
                tensor.data = getattr(module, tensor_name).data
    elif leave_parametrized:
        value = getattr(module, tensor_name)  # with its graph, which says whether it is learned
        tensor = Parameter(value) if value.requires_grad else value
    else:
        raise ValueError(
            f"remove_parametrizations: {tensor_name} is computed from a sequence of tensors, so that "
            "leave_parametrized=False has no original to go back to"
        )
    delattr(type(module), tensor_name)
    del module._modules["parametrizations"][tensor_name]
    _register(module, tensor_name, tensor)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class of a module, without what parametrizations make of it."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Share the parametrizations of ``from_module``, and the originals, with ``to_module``; returns that.

    Args:
        from_module: has the parametrizations; one that has none changes nothing.
        to_module: gets them; a tensor that it doesn't have is made.
        tensor_name: the tensor whose they are; by default all.
    """
    if not is_parametrized(from_module):
        return to_module
    for name in list(from_module._modules["parametrizations"]) if tensor_name is None else [tensor_name]:
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name)))
        source = _list(from_module, name)
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        target = _list(to_module, name)
        for kind in ("_parameters", "_buffers"):
            for original, tensor in getattr(source, kind).items():
                setattr(target, original, tensor)
    return to_module
