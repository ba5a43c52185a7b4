"""Parameter and Buffer: tensors that a module registers when they are assigned to it."""

from __future__ import annotations

import copy

from synapgrad import _C
from synapgrad._C import Tensor

__all__ = ["Buffer", "Parameter"]


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
