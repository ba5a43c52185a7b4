"""Parameters of layers that begin as constants."""

from __future__ import annotations

from synapgrad import _C

from ..parameter import Parameter
from .module import Module


def register_affine(module: Module, shape: tuple[int, ...], weight: bool, bias: bool, dtype) -> None:
    """Give a layer the parameters ``weight`` and ``bias`` of one shape, or None where they are not wanted."""
    for name, wanted in (("weight", weight), ("bias", bias)):
        module.register_parameter(name, Parameter(_C.empty(shape, dtype=dtype)) if wanted else None)


def reset_affine(module) -> None:
    """Set ``weight`` to 1 and ``bias`` to 0, those that are there."""
    with _C.no_grad():
        if module.weight is not None:
            module.weight.fill_(1)
        if module.bias is not None:
            module.bias.zero_()
