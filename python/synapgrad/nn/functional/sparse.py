"""Functions of indices: embeddings and one-hot vectors."""

from __future__ import annotations

from synapgrad import _C

__all__ = ["embedding", "embedding_bag", "one_hot"]

# The engine's own functions, where its signature is the public one: a wrapper would only cost time.
one_hot = _C.one_hot


def _padding(padding_idx: int | None, rows: int) -> int | None:
    """The row that ``padding_idx``, which may count from the end, means."""
    if padding_idx is None:
        return None
    assert -rows <= padding_idx < rows, (
        f"Padding_idx must be within num_embeddings: got {padding_idx} for {rows}"
    )
    return padding_idx % rows


def embedding(
    input,
    weight,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
):
    """The rows of the matrix ``weight`` with the numbers in ``input``: (…) gives (…, width).

    Args:
        input: int32 or int64, any shape; IndexError for a number out of range.
        padding_idx: a row that gets no gradient; AssertionError out of range.
        max_norm: looked-up rows of ``weight`` are first shrunk to this norm, in place and unrecorded.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide the gradient of a row by how often it is looked up.
        sparse: there are no sparse gradients; NotImplementedError.

    >>> embedding(_C.tensor([1, 0]), _C.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [1., 2.]])
    """
    padding = _padding(padding_idx, weight.size(0))
    if max_norm is not None:
        with _C.no_grad():
            _C.embedding_renorm_(weight, input, max_norm, norm_type)
    return _C.embedding(weight, input, -1 if padding is None else padding, scale_grad_by_freq, sparse)


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights=None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
):
    """Sums, means or maxima of bags of rows of the matrix ``weight``, without the rows in between.

    Args:
        input: the numbers of the rows: a bag in each row of a matrix, or a vector with ``offsets``.
        offsets: where in the vector each bag begins. An empty bag gives zeros.
        mode: 'sum', 'mean' or 'max'; ValueError otherwise.
        per_sample_weights: factors for sums, of the shape of ``input``.
        include_last_offset: the last offset is the end of the last bag.
        padding_idx: a row that does not count.
        max_norm, norm_type, scale_grad_by_freq, sparse: see :func:`embedding`.

    >>> embedding_bag(_C.tensor([0, 1, 1]), _C.tensor([[1.0, 2.0], [3.0, 4.0]]), _C.tensor([0, 2]))
    tensor([[2., 3.],
            [3., 4.]])
    """
    padding = _padding(padding_idx, weight.size(0))
    if max_norm is not None:
        with _C.no_grad():
            _C.embedding_renorm_(weight, input, max_norm, norm_type)
    return _C._embed_bags(
        weight,
        input,
        offsets,
        scale_grad_by_freq,
        mode,
        sparse,
        per_sample_weights,
        include_last_offset,
        padding,
    )
