"""Modules as functions of their parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import _C
from ._C import Tensor
from .nn import Module
from .nn.utils.stateless import _functional_call

__all__ = ["functional_call", "stack_module_state"]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: dict[str, Tensor] | Sequence[dict[str, Tensor]],
    args=None,
    kwargs: dict | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
):
    """Call a module with other parameters and buffers than its own, which it has back afterwards.

    Gradients flow to the tensors that are given, so that they may be computed from others: by a step of an
    optimizer written as a formula, or by another network.

    Args:
        module: what is called.
        parameter_and_buffer_dicts: tensors by their names in ``state_dict()``, or several such dictionaries
            with different names. What is not named keeps its tensor. A tensor in whose place the module puts
            another is replaced in the dictionary, too.
        args: a tuple of arguments, or a single one.
        kwargs: arguments with names.
        tie_weights: whether a parameter that the module has under several names changes under all of them
            when one is given.
        strict: whether each of the module's parameters and buffers has to be named.

    Raises:
        ValueError: no dictionaries; a name in two of them; two tensors for tied names.
        RuntimeError: ``strict``, and names are missing or unknown.
        AttributeError: a name's path leads to no submodule.
        TypeError: a name stands for what is no tensor, or is given what is none.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> layer, x = nn.Linear(2, 1), synapgrad.tensor([3.0, 4.0])
    >>> weight = synapgrad.ones(1, 2, requires_grad=True)
    >>> y = functional_call(layer, {"weight": weight, "bias": synapgrad.zeros(1)}, (x,))
    >>> y.backward()
    >>> y.tolist(), weight.grad.tolist(), layer.weight.grad
    ([7.0], [[3.0, 4.0]], None)
    """
    if isinstance(parameter_and_buffer_dicts, dict):
        tensors = parameter_and_buffer_dicts
    elif isinstance(parameter_and_buffer_dicts, Sequence):
        tensors = {}
        for each in parameter_and_buffer_dicts:
            if not isinstance(each, dict):
                raise ValueError(
                    "functional_call: Expected all elements of parameter_and_buffer_dicts to be dictionaries"
                )
            repeated = sorted(tensors.keys() & each.keys())
            if repeated:
                raise ValueError(f"functional_call: {repeated} appeared in multiple dictionaries")
            tensors.update(each)
    else:
        raise ValueError(
            "functional_call: Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but "
            f"got {type(parameter_and_buffer_dicts)}"
        )
    return _functional_call(module, tensors, args, kwargs, tie_weights, strict)


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters and the buffers of modules of one class, those of one name stacked: leaves of their own.

    Raises:
        RuntimeError: no modules; of different classes; some in training and others not; or a parameter that
            requires gradients in some only.

    >>> from synapgrad import nn
    >>> parameters, buffers = stack_module_state([nn.Linear(2, 3) for _ in range(5)])
    >>> {name: tuple(p.shape) for name, p in parameters.items()}, buffers
    ({'weight': (5, 3, 2), 'bias': (5, 3)}, {})
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if len({type(model) for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    return (
        _stacked([dict(model.named_parameters()) for model in models]),
        _stacked([dict(model.named_buffers()) for model in models]),
    )


def _stacked(states: list[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Leaves made of the tensors of one name."""
    result = {}
    for name in states[0]:
        tensors = [state[name] for state in states]
        if len({tensor.requires_grad for tensor in tensors}) > 1:
            raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
        stacked = _C.stack(tensors).detach()
        result[name] = stacked.requires_grad_(tensors[0].requires_grad)
    return result
