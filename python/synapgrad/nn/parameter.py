"""Parameter and Buffer: tensors that a module registers when they are assigned to it; and those of which only the
shape is not known yet.
"""

from __future__ import annotations

import copy
from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = [
    "Buffer",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "UninitializedTensorMixin",
    "is_lazy",
]


class Parameter(Tensor):
    """A tensor that is to be learned.

    Assigned to an attribute of a :class:`Module`, it appears in ``module.parameters()``. It shares the
    storage of ``data``, and what is computed from it is an ordinary tensor.

    Args:
        data: a tensor of any shape; ``None`` gives an empty one.
        requires_grad: whether gradients are computed. Only floating-point tensors can require them:
            RuntimeError.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.Parameter(synapgrad.tensor([1.0, 2.0]))
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __new__(cls, data=None, requires_grad=True):
        return Tensor.__new__(cls, _C.empty(0) if data is None else data, requires_grad)

    def __deepcopy__(self, memo):
        # In memo before its attributes are copied, which may lead back to it.
        memo[id(self)] = twin = _rebuild(type(self), self.data.clone(), self.requires_grad, {})
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin

    def __reduce_ex__(self, protocol):
        return _rebuild, (type(self), self.data, self.requires_grad, vars(self))

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()


class Buffer(Tensor):
    """A tensor that belongs to a module's state and is not learned: a running mean, a mask, a table.

    Assigned to an attribute of a :class:`Module`, it appears in ``module.buffers()``, moves with
    ``module.to()`` and, if ``persistent``, is saved in ``module.state_dict()``.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Buffer(synapgrad.tensor([2.0]))
    >>> Scale().state_dict()
    OrderedDict([('factor', tensor([2.]))])
    """

    def __new__(cls, data=None, *, persistent=True):
        data = _C.empty(0) if data is None else data
        return Tensor.__new__(cls, data, data.requires_grad)

    def __init__(self, data=None, *, persistent=True):
        self.persistent = persistent

    def __deepcopy__(self, memo):
        return _rebuild(type(self), self.data.clone(), self.requires_grad, vars(self))

    def __reduce_ex__(self, protocol):
        return _rebuild, (type(self), self.data, self.requires_grad, vars(self))


def _rebuild(cls, data, requires_grad, attributes):
    """A tensor of class ``cls`` on ``data``, with the attributes that a program put on the original."""
    tensor = Tensor.__new__(cls, data, requires_grad)
    vars(tensor).update(attributes)
    return tensor


class UninitializedTensorMixin:
    """A tensor that has a dtype and no shape yet; what uninitialised parameters and buffers have in common.

    It can be converted to another dtype, copied and pickled. Its other methods, and functions that are given one,
    raise ValueError and its shape RuntimeError, until :meth:`materialize` makes it an ordinary tensor.
    """

    cls_to_become: type[Tensor]
    data: Any

    def materialize(self, shape, device=None, dtype=None) -> None:
        """Make this very object an ordinary parameter or buffer of a shape; its elements are arbitrary.

        Args:
            shape: the sizes.
            device: the CPU; another is refused with a RuntimeError.
            dtype: its own by default.
        """
        self.data = _C.empty(tuple(shape), dtype=self.data.dtype if dtype is None else dtype, device=device)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    @property
    def shape(self):
        """RuntimeError: it has none."""
        raise RuntimeError(
            f"{type(self).__name__}: Can't access the shape of an uninitialized parameter or buffer. Call the "
            "module that has it with an input, which tells the shape; and load a state_dict that was saved "
            "before into a module that has no shapes yet, either."
        )

    def __repr__(self):
        return f"<{type(self).__name__}>"

    __str__ = __repr__
    __format__ = object.__format__


def _refusing(name: str):
    def refuse(self, *args, **kwargs):
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {name}: it has no shape until its module has been "
            "called with an input"
        )

    return refuse


def _converting(name: str):
    def convert(self, *args, **kwargs):
        return _rebuild(type(self), getattr(self.data, name)(*args, **kwargs), self.requires_grad, vars(self))

    return convert


#: Methods of a tensor that work without a shape.
_CONVERSIONS = {"bfloat16", "char", "cpu", "double", "float", "half", "int", "long", "short", "to"}
_HARMLESS = {"__deepcopy__", "is_complex", "is_floating_point", "get_device", "size"}

for _name in dir(Tensor):
    if _name in _CONVERSIONS:
        setattr(UninitializedTensorMixin, _name, _converting(_name))
    elif _name in ("__eq__", "__ne__") or (
        callable(getattr(Tensor, _name)) and not hasattr(object, _name) and _name not in _HARMLESS
    ):
        setattr(UninitializedTensorMixin, _name, _refusing(_name))


class UninitializedParameter(UninitializedTensorMixin, Parameter):
    """A parameter whose shape is not known until a lazy module sees an input; see
    :class:`UninitializedTensorMixin`.

    >>> from synapgrad import nn
    >>> weight = nn.UninitializedParameter()
    >>> weight
    <UninitializedParameter>
    >>> weight.materialize((2, 3))
    >>> type(weight).__name__, tuple(weight.shape)
    ('Parameter', (2, 3))
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        return Tensor.__new__(cls, _C.empty(0, dtype=dtype, device=device), requires_grad)


class UninitializedBuffer(UninitializedTensorMixin, Buffer):
    """A buffer whose shape is not known until a lazy module sees an input; see
    :class:`UninitializedTensorMixin`.

    >>> from synapgrad import nn
    >>> nn.UninitializedBuffer(persistent=False)
    <UninitializedBuffer>
    """

    cls_to_become = Tensor

    def __new__(cls, requires_grad=False, device=None, dtype=None, persistent=True):
        return Tensor.__new__(cls, _C.empty(0, dtype=dtype, device=device), requires_grad)

    def __init__(self, requires_grad=False, device=None, dtype=None, persistent=True):
        super().__init__(persistent=persistent)


def is_lazy(param) -> bool:
    """Whether ``param`` is an uninitialised parameter or buffer."""
    return isinstance(param, UninitializedTensorMixin)
