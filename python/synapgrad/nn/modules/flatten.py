"""Flatten and Unflatten: layers that change only the shape."""

from __future__ import annotations

from .module import Module, _typename

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """Make one dimension of the dimensions ``start_dim`` … ``end_dim``; the first, the batch, is kept by
    default.

    Shapes: (*, Sₛ, …, Sₑ, *) becomes (*, Sₛ·…·Sₑ, *).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Flatten()(synapgrad.randn(32, 1, 5, 5)).shape)
    (32, 25)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Split the dimension ``dim`` into the sizes ``unflattened_size``, of which one may be -1.

    Raises:
        TypeError: a name for ``dim`` (dimensions have none here), or sizes that are no integers.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> tuple(nn.Unflatten(1, (2, 5, 5))(synapgrad.randn(32, 50)).shape)
    (32, 2, 5, 5)
    """

    def __init__(self, dim: int, unflattened_size):
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten: dim must be an integer, but got {_typename(dim)}")
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {_typename(unflattened_size)}"
            )
        for position, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be a tuple of ints, "
                    f"but found an element of type {_typename(size)} at position {position}"
                )
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
