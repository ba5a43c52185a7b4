"""Distances and similarities as layers."""

from __future__ import annotations

from synapgrad import _C

from .module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """The cosine of the angle between the vectors along ``dim``: ``Σ x₁·x₂ / (‖x₁‖·‖x₂‖)``, no norm
    counting less than ``eps``. The inputs broadcast.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.CosineSimilarity()(synapgrad.tensor([[1.0, 0.0]]), synapgrad.tensor([[3.0, 4.0]]))
    tensor([0.6000])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8):
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1, x2):
        return _C.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of ``x₁ - x₂ + eps`` along the last dimension, which stays with ``keepdim``. The inputs
    broadcast.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> nn.PairwiseDistance(p=1, eps=0.0)(synapgrad.tensor([[1.0, 0.0]]), synapgrad.tensor([[3.0, 4.0]]))
    tensor([6.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False):
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1, x2):
        return _C.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
