"""Attention: means of values, weighted by how well their keys match a query."""

from __future__ import annotations

from synapgrad import _C

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
multi_head_attention_forward = _C.multi_head_attention_forward
scaled_dot_product_attention = _C.scaled_dot_product_attention
