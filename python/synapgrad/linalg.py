"""Linear algebra.

>>> import synapgrad as sg
>>> sg.linalg.vector_norm(sg.tensor([3.0, 4.0]))
tensor(5.)
"""

from __future__ import annotations

from . import _C

__all__ = ["cross", "diagonal", "matmul", "matrix_power", "vector_norm"]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
matmul = _C.matmul
matrix_power = _C.matrix_power
vector_norm = _C.linalg_vector_norm


def cross(input, other, *, dim: int = -1):
    """The cross product of vectors of three numbers along ``dim``; the inputs broadcast.

    >>> cross(_C.tensor([1.0, 0.0, 0.0]), _C.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    return _C.cross(input, other, dim)


def diagonal(A, *, offset: int = 0, dim1: int = -2, dim2: int = -1):
    """A view of the diagonal of each matrix over ``dim1`` and ``dim2``; ``offset`` counts upwards from the
    main one.

    >>> diagonal(_C.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    return _C.diagonal(A, offset, dim1, dim2)
