"""Distances and similarities of vectors."""

from __future__ import annotations

from synapgrad import _C

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
cosine_similarity = _C.cosine_similarity
pairwise_distance = _C.pairwise_distance


def pdist(input, p: float = 2.0):
    """The distances ``‖xᵢ - xⱼ‖_p`` of all pairs of rows, i < j: (N, M) becomes (N·(N - 1)/2). The differences are
    held in memory meanwhile.

    RuntimeError for other dimensions, integers, and a negative p.

    >>> pdist(_C.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if input.dim() != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.dim()}D")
    if not input.is_floating_point():
        raise RuntimeError(f"pdist only supports floating-point dtypes, got: {input.dtype}")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, got: {p}")
    first, second = _C.triu_indices(input.size(0), input.size(0), 1)
    return _C.linalg_vector_norm(input.index_select(0, first) - input.index_select(0, second), p, -1)
