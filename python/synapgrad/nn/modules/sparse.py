"""Embeddings: tables of vectors to be learned, looked up by their numbers."""

from __future__ import annotations

from synapgrad import _C

from .. import functional as F
from ..parameter import Parameter
from ._convert import _require_cpu
from .module import Module

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """What layers with a table of vectors have in common."""

    def _make(self, size, width, padding_idx, sparse, weight, freeze, device, dtype) -> None:
        name = type(self).__name__
        _require_cpu(name, device)
        if sparse:
            raise NotImplementedError(f"{name}: there are no sparse gradients; pass sparse=False")
        self.num_embeddings = size
        self.embedding_dim = width
        if padding_idx is not None:
            assert -size <= padding_idx < size, (
                f"Padding_idx must be within num_embeddings: got {padding_idx} for {size}"
            )
            padding_idx %= size
        self.padding_idx = padding_idx
        self.sparse = sparse
        if weight is None:
            self.weight = Parameter(_C.empty(size, width, dtype=dtype), requires_grad=not freeze)
            self.reset_parameters()
        else:
            assert tuple(weight.shape) == (size, width), (
                f"Shape of weight does not match num_embeddings and embedding_dim: got {tuple(weight.shape)} "
                f"for {(size, width)}"
            )
            self.weight = Parameter(weight, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw the table from N(0, 1) anew; the row ``padding_idx`` is 0."""
        _C._init_normal_(self.weight, 0.0, 1.0, None)
        if self.padding_idx is not None:
            with _C.no_grad():
                self.weight[self.padding_idx].fill_(0)

    def _options(self, *names: str, show=str) -> str:
        """Those of the options ``names`` that have not their default."""
        plain = {"padding_idx": None, "max_norm": None, "norm_type": 2, "scale_grad_by_freq": False}
        values = ((name, getattr(self, name)) for name in names)
        return "".join(f", {name}={show(value)}" for name, value in values if value != plain[name])


class Embedding(_Table):
    """A table of ``num_embeddings`` vectors to be learned; the input are their numbers.

    Args:
        num_embeddings: the number of vectors.
        embedding_dim: the size of each.
        padding_idx: a vector that stays 0, as no gradient reaches it; AssertionError out of range.
        max_norm: looked-up vectors are first shrunk to this norm, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide the gradient of a vector by how often it is looked up.
        sparse: there are no sparse gradients; NotImplementedError.
        device: the CPU; another is refused with a RuntimeError.
        dtype: of the table; float32 by default.

    Shapes: (*), int32 or int64, to (*, embedding_dim). IndexError for a number out of range.

    Attributes:
        weight: (num_embeddings, embedding_dim), drawn from N(0, 1).

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> table = nn.Embedding.from_pretrained(synapgrad.tensor([[1.0, 2.0], [3.0, 4.0]]))
    >>> table(synapgrad.tensor([1, 0]))
    tensor([[3., 4.],
            [1., 2.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight=None,
        _freeze: bool = False,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self._make(num_embeddings, embedding_dim, padding_idx, sparse, _weight, _freeze, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ):
        """A layer whose table is the matrix ``embeddings``, which is not to be learned unless ``freeze`` is
        False.
        """
        assert embeddings.dim() == 2, "Embeddings parameter is expected to be 2-dimensional"
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def forward(self, input):
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    def extra_repr(self) -> str:
        options = self._options("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq")
        return f"{self.num_embeddings}, {self.embedding_dim}{options}"


class EmbeddingBag(_Table):
    """Sums, means or maxima of bags of vectors of a table to be learned, without the vectors in between.

    Args:
        mode: 'sum', 'mean' or 'max'.
        include_last_offset: the last offset is the end of the last bag.
        padding_idx: a vector that stays 0 and does not count.
        num_embeddings, embedding_dim, max_norm, norm_type, scale_grad_by_freq, sparse, device, dtype: see
            :class:`Embedding`.

    Shapes: numbers (B, N), a bag in each row, or (N) with ``offsets`` (B), where the bags begin; optionally
        ``per_sample_weights``, of the shape of the numbers, for sums; to (B, embedding_dim). ValueError for
        others.

    >>> import synapgrad
    >>> from synapgrad import nn
    >>> table = nn.EmbeddingBag.from_pretrained(synapgrad.tensor([[1.0, 2.0], [3.0, 4.0]]), mode="sum")
    >>> table(synapgrad.tensor([0, 1, 1]), synapgrad.tensor([0, 2]))
    tensor([[4., 6.],
            [3., 4.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight=None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.include_last_offset = include_last_offset
        self._make(num_embeddings, embedding_dim, padding_idx, sparse, _weight, False, device, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ):
        """A layer whose table is the matrix ``embeddings``, which is not to be learned unless ``freeze`` is
        False.
        """
        assert embeddings.dim() == 2, "Embeddings parameter is expected to be 2-dimensional"
        rows, columns = embeddings.shape
        layer = cls(
            rows,
            columns,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            _weight=embeddings,
            include_last_offset=include_last_offset,
            padding_idx=padding_idx,
        )
        layer.weight.requires_grad = not freeze
        return layer

    def forward(self, input, offsets=None, per_sample_weights=None):
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    def extra_repr(self) -> str:
        options = self._options("max_norm", "norm_type", "scale_grad_by_freq", show=repr)
        padding = self._options("padding_idx", show=repr)
        return f"{self.num_embeddings}, {self.embedding_dim}{options}, mode={self.mode!r}{padding}"
