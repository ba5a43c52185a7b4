"""Distances and similarities of vectors."""

from __future__ import annotations

from synapgrad import _C

__all__ = ["cosine_similarity", "pairwise_distance"]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
cosine_similarity = _C.cosine_similarity
pairwise_distance = _C.pairwise_distance
