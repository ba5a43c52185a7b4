"""Calls of modules with other parameters and buffers than their own."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from synapgrad._C import Tensor

from ..modules.module import Module

__all__ = ["functional_call"]

_MISSING = object()


def _named_tensors(module: Module) -> dict[str, Tensor]:
    """All parameters and buffers by dotted name, those with several names under each of them."""
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _with_tied(module: Module, tensors: dict) -> dict:
    """``tensors``, and what has one name there under its other names, too. ValueError where two of them are given
    different tensors.
    """
    names_of: dict[int, list[str]] = defaultdict(list)
    for name, tensor in _named_tensors(module).items():
        names_of[id(tensor)].append(name)
    complete = dict(tensors)
    for names in names_of.values():
        given = [tensors[name] for name in names if name in tensors]
        if any(tensor is not given[0] for tensor in given):
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(names)}, which are tied. "
                "Consider using tie_weights=False"
            )
        if given:
            complete.update(dict.fromkeys(names, given[0]))
    return complete


def _check_names(module: Module, given: dict) -> None:
    """RuntimeError unless ``given`` has the names of the module's tensors, all of them and no others."""
    own = _named_tensors(module)
    kinds = {"Unexpected": given.keys() - own.keys(), "Missing": own.keys() - given.keys()}
    errors = [
        f"{kind} key(s): {', '.join(map(repr, sorted(names)))}." for kind, names in kinds.items() if names
    ]
    if errors:
        raise RuntimeError(
            "Error(s) in reparametrizing for {}:\n\t{}".format(module._get_name(), "\n\t".join(errors))
        )


def _owner(module: Module, path: str) -> Module:
    """The submodule of the dotted name ``path``."""
    for name in path.split(".") if path else ():
        if not hasattr(module, name):
            raise AttributeError(f"{module._get_name()} has no attribute `{name}`")
        module = getattr(module, name)
        if not isinstance(module, Module):
            raise TypeError(f"submodule `{path}`: {module} is not an instance of Module")
    return module


def _swap(module: Module, name: str, tensor):
    """Put ``tensor`` into the place of the dotted name and return what was there; _MISSING stands for nothing."""
    path, _, attribute = name.rpartition(".")
    owner = _owner(module, path)
    if attribute == "":
        raise KeyError('tensor name can\'t be empty string ""')
    before = getattr(owner, attribute, _MISSING)
    for value in (tensor, before):
        if not isinstance(value, Tensor) and value is not None and value is not _MISSING:
            raise TypeError(f"attribute `{name}`: {value} is not an instance of Tensor")
    # Past Module's registration: what was a parameter stays one by name, whatever stands in for it.
    if tensor is not _MISSING:
        object.__setattr__(owner, attribute, tensor)
    elif before is not _MISSING:
        object.__delattr__(owner, attribute)
    return before


@contextmanager
def _reparametrized(module: Module, tensors: dict) -> Iterator[None]:
    """A block in which the module has these tensors; afterwards they are what the block made of them."""
    before: dict = {}
    try:
        for name, tensor in tensors.items():
            before[name] = _swap(module, name, tensor)
        yield
    finally:
        # The last one first: a module that is in two places has been given tensors twice.
        for name, tensor in reversed(before.items()):
            tensors[name] = _swap(module, name, tensor)


def _functional_call(module: Module, tensors: dict, args, kwargs, tie_weights: bool, strict: bool):
    """``functional_call`` with checked ``tensors``."""
    swapped = _with_tied(module, tensors) if tie_weights else dict(tensors)
    if strict:
        _check_names(module, swapped)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    try:
        with _reparametrized(module, swapped):
            return module(*args, **(kwargs or {}))
    finally:
        tensors.update((name, swapped[name]) for name in tensors if swapped[name] is not _MISSING)


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args=None,
    kwargs: dict | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
):
    """The same as :func:`synapgrad.func.functional_call`, with one dictionary. Deprecated, and warns so."""
    warnings.warn(
        "`nn.utils.stateless.functional_call` is deprecated. Please use `func.functional_call` instead.",
        FutureWarning,
        stacklevel=2,
    )
    return _functional_call(module, parameters_and_buffers, args, kwargs, tie_weights, strict)
