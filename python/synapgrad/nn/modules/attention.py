"""Attention of several heads."""

from __future__ import annotations

from typing import Any

from synapgrad import _C
from synapgrad._C import Tensor

from .. import init
from ..parameter import Parameter
from ._convert import _require_cpu
from .linear import Linear
from .module import Module

__all__ = ["MultiheadAttention"]


class NonDynamicallyQuantizableLinear(Linear):
    """:class:`Linear` under the name that PyTorch shows for the projection of an attention's output."""


class MultiheadAttention(Module):
    """``concat(head₁, …)·Woᵀ + bo`` with ``headᵢ = softmax(Qᵢ·Kᵢᵀ / √(E/H) + mask)·Vᵢ`` and
    ``Qᵢ = query·Wqᵢᵀ + bqᵢ``, ``Kᵢ = key·Wkᵢᵀ + bkᵢ``, ``Vᵢ = value·Wvᵢᵀ + bvᵢ``.

    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser, I. Polosukhin,
    "Attention Is All You Need" (2017).

    Args:
        embed_dim: E, the size of queries and outputs.
        num_heads: H, which divides E: AssertionError otherwise, ValueError where one is not positive.
        dropout: the probability that a weight is set to 0 in training.
        bias: whether there are bq, bk, bv and bo.
        add_bias_kv: whether every sequence gets a learned key and value at its end.
        add_zero_attn: whether every sequence gets a key and a value of zeros at its end.
        kdim, vdim: the sizes of keys and values; E by default.
        batch_first: whether the batch is the first dimension of inputs and output, not the second.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the parameters; float32 by default.

    Shapes: ``query`` is (L, N, E), ``key`` (S, N, kdim), ``value`` (S, N, vdim), the output (L, N, E); with
    ``batch_first`` (N, L, E) and so on. All without N for a single sequence.

    Attributes:
        in_proj_weight: (3E, E), of Wq, Wk and Wv, from U(-a, a) with a = √(6 / 4E); None with another kdim or
            vdim, where there are q_proj_weight, k_proj_weight and v_proj_weight, (E, size of the input).
        in_proj_bias: (3E), zeros at first; or None.
        out_proj: the linear layer of Wo and bo; the latter zeros at first.
        bias_k, bias_v: (1, 1, E), from N(0, 2 / (E + E·1)); or None.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> attention = nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = synapgrad.randn(3, 5, 8)
    >>> output, weights = attention(x, x, x)
    >>> tuple(output.shape), tuple(weights.shape)
    ((3, 5, 8), (3, 5, 5))
    """

    in_proj_weight: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
    in_proj_bias: Any
    bias_k: Tensor | None
    bias_v: Tensor | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device=None,
        dtype=None,
    ):
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "MultiheadAttention: embed_dim and num_heads must be greater than 0, "
                f"got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        _require_cpu("MultiheadAttention", device)
        self.embed_dim = embed_dim
        self.kdim = kdim if kdim is not None else embed_dim
        self.vdim = vdim if vdim is not None else embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(
                f"MultiheadAttention: embed_dim must be divisible by num_heads, got {embed_dim} and {num_heads}"
            )
        one = self._qkv_same_embed_dim
        shapes = {
            "in_proj_weight": (3 * embed_dim, embed_dim) if one else None,
            "q_proj_weight": None if one else (embed_dim, embed_dim),
            "k_proj_weight": None if one else (embed_dim, self.kdim),
            "v_proj_weight": None if one else (embed_dim, self.vdim),
            "in_proj_bias": (3 * embed_dim,) if bias else None,
        }
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else Parameter(_C.empty(shape, dtype=dtype)))
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        if add_bias_kv:
            self.bias_k = Parameter(_C.empty((1, 1, embed_dim), dtype=dtype))
            self.bias_v = Parameter(_C.empty((1, 1, embed_dim), dtype=dtype))
        else:
            self.bias_k = self.bias_v = None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        if self._qkv_same_embed_dim:
            init.xavier_uniform_(self.in_proj_weight)
        else:
            for weight in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for added in (self.bias_k, self.bias_v):
            if added is not None:
                init.xavier_normal_(added)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The output and, with ``need_weights``, the weights; without, None, and it is quicker.

        Args:
            key_padding_mask: (N, S), or (S): True for keys to be ignored, or numbers to be added to their
                scores.
            attn_mask: (L, S) or (N·H, L, S): True where a query must not see a key, or numbers to be added to
                the scores.
            average_attn_weights: weights averaged over the heads, (N, L, S), or else (N, H, L, S).
            is_causal: promises that ``attn_mask``, which is needed, lets query i see the keys 0 … i.
        """
        return _C.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            self.training,
            key_padding_mask,
            need_weights,
            attn_mask,
            not self._qkv_same_embed_dim,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
            _batch_first=self.batch_first,
        )
