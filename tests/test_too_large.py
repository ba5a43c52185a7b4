"""Sizes beyond any memory: an exception that says so, never the end of the process, and never a wrong size."""

import pytest

import synapgrad as sg
import synapgrad.nn.functional as F

HUGE = 2**58

#: Views that pretend to be huge: one element, repeated.
ONES = sg.ones(1).expand(HUGE)
COLUMN = sg.ones(1, 1).expand(HUGE, 1)
INDICES = sg.zeros(1, dtype=sg.int64).expand(HUGE)
SMALL = sg.ones(3)
MATRIX = sg.ones(3, 3)

LARGE = 2**42
LONG = sg.ones(1).expand(LARGE)
COLUMNS = sg.ones(1, 1).expand(LARGE, 2)
SIGNAL = sg.ones(1, 1, 1).expand(1, 1, LARGE)
ZEROS = sg.zeros(1, dtype=sg.int64).expand(LARGE)

CALLS = {
    "zeros": lambda: sg.zeros(HUGE, HUGE),
    "ones": lambda: sg.ones(HUGE),
    "rand": lambda: sg.rand(HUGE, 4),
    "arange": lambda: sg.arange(10**18),
    "linspace": lambda: sg.linspace(0, 1, HUGE),
    "eye": lambda: sg.eye(HUGE),
    "randperm": lambda: sg.randperm(HUGE),
    "tril_indices": lambda: sg.tril_indices(HUGE, 2),
    "full": lambda: sg.full((HUGE, 8), 1),
    "expand": lambda: ONES.expand(HUGE, HUGE),
    "add": lambda: ONES + COLUMN,
    "lt": lambda: ONES < COLUMN,
    "where": lambda: sg.where(sg.tensor(True), ONES, COLUMN),
    "exp": lambda: ONES.exp(),
    "to": lambda: ONES.to(sg.float64),
    "contiguous": lambda: ONES.contiguous(),
    "outer": lambda: ONES.outer(ONES),
    "kron": lambda: sg.kron(ONES, ONES),
    "mm": lambda: COLUMN @ COLUMN.T,
    "dot": lambda: ONES.dot(ONES),
    "linear": lambda: sg.nn.functional.linear(ONES, ONES.view(1, HUGE)),
    "attention": lambda: sg.nn.functional.scaled_dot_product_attention(COLUMN, COLUMN, COLUMN),
    "keys": lambda: sg.nn.functional.scaled_dot_product_attention(sg.ones(2, 1), COLUMN, COLUMN),
    "einsum": lambda: sg.einsum("i,j->ij", ONES, ONES),
    "tensordot": lambda: sg.tensordot(ONES, ONES, 0),
    "cat": lambda: sg.cat([ONES, ONES]),
    "stack": lambda: sg.stack([ONES, ONES]),
    "repeat": lambda: SMALL.repeat(HUGE, 8),
    "tile": lambda: SMALL.tile(2**62),
    "repeat_interleave": lambda: sg.repeat_interleave(SMALL, 2**62),
    "pad": lambda: sg.nn.functional.pad(SMALL, (2**62, 2**62)),
    "meshgrid": lambda: sg.stack(sg.meshgrid(ONES, ONES, indexing="ij")),
    "cartesian_prod": lambda: sg.cartesian_prod(*[sg.ones(2**10)] * 8),
    "combinations": lambda: sg.combinations(sg.ones(10**5), r=4),
    "flip": lambda: ONES.flip(0),
    "roll": lambda: ONES.roll(1, 0),
    "split": lambda: ONES.split(1),
    "chunk": lambda: ONES.chunk(HUGE),
    "tensor_split": lambda: SMALL.tensor_split(HUGE),
    "unbind": lambda: ONES.unbind(),
    "iter": lambda: list(ONES),
    "tolist": lambda: ONES.tolist(),
    "softmax": lambda: ONES.softmax(0),
    "cumsum": lambda: ONES.cumsum(0),
    "sort": lambda: ONES.sort(),
    "unique": lambda: ONES.unique(),
    "searchsorted": lambda: sg.searchsorted(SMALL, ONES),
    "bucketize": lambda: sg.bucketize(ONES, SMALL),
    "isin": lambda: sg.isin(ONES, SMALL),
    "histc": lambda: sg.histc(SMALL, HUGE),
    "bincount": lambda: sg.bincount(sg.tensor([HUGE])),
    "one_hot": lambda: sg.nn.functional.one_hot(sg.tensor([HUGE])),
    "gather": lambda: SMALL.gather(0, INDICES),
    "index_select": lambda: SMALL.index_select(0, INDICES),
    "take": lambda: SMALL.take(INDICES),
    "indexing": lambda: SMALL[INDICES],
    "nonzero": lambda: ONES.nonzero(),
    "numpy": lambda: ONES.clone().numpy(),
    "bernoulli": lambda: sg.bernoulli(ONES),
    "multinomial": lambda: sg.multinomial(SMALL, HUGE, replacement=True),
    "adaptive_avg_pool1d": lambda: F.adaptive_avg_pool1d(sg.ones(1, 1, 2), LARGE),
    "interpolate": lambda: F.interpolate(sg.ones(1, 1, 2), size=LARGE, mode="linear"),
    "interpolated": lambda: F.interpolate(SIGNAL, size=3, mode="linear"),
    "lstm": lambda: sg.nn.LSTM(1, 1)(LONG.view(LARGE, 1, 1)),
    "rnn": lambda: sg.nn.RNN(1, 1)(LONG.view(LARGE, 1, 1)),
}

#: What each says it is, where it is asked for more than any memory has.
NAMES = {
    "add": lambda: LONG + LONG,
    "sub": lambda: sg.sub(LONG, 1),
    "neg": lambda: LONG.neg(),
    "exp": lambda: sg.exp(LONG),
    "pow": lambda: LONG**2,
    "gt": lambda: LONG > 0,
    "where": lambda: sg.where(sg.tensor(True), LONG, LONG),
    "clamp": lambda: LONG.clamp(0, 1),
    "contiguous": lambda: LONG.contiguous(),
    "clone": lambda: LONG.clone(),
    "double": lambda: LONG.double(),
    "to": lambda: LONG.to(sg.float16),
    "matmul": lambda: COLUMNS @ sg.ones(2, 3),
    "mm": lambda: sg.mm(COLUMNS, sg.ones(2, 3)),
    "bmm": lambda: sg.bmm(COLUMNS[None], sg.ones(1, 2, 3)),
    "cat": lambda: sg.cat([LONG, LONG]),
    "stack": lambda: sg.stack([LONG, LONG]),
    "repeat": lambda: SMALL.repeat(LARGE),
    "repeat_interleave": lambda: LONG.repeat_interleave(2),
    "sort": lambda: sg.sort(LONG),
    "topk": lambda: LONG.topk(LARGE),
    "flip": lambda: LONG.flip(0),
    "tril": lambda: sg.ones(1, 1).expand(2**20, 2**20).tril(),
    "sum": lambda: COLUMNS.sum(1),
    "max": lambda: COLUMNS.max(1),
    "var": lambda: COLUMNS.var(1),
    "argmax": lambda: COLUMNS.argmax(1),
    "cumsum": lambda: LONG.cumsum(0),
    "softmax": lambda: LONG.softmax(0),
    "indexing": lambda: SMALL[ZEROS],
    "gather": lambda: SMALL.gather(0, ZEROS),
    "index_select": lambda: SMALL.index_select(0, ZEROS),
    "masked_select": lambda: LONG.masked_select(sg.tensor(True)),
    "nonzero": lambda: LONG.nonzero(),
    "one_hot": lambda: F.one_hot(sg.tensor([LARGE])),
    "embedding": lambda: F.embedding(ZEROS, sg.ones(3, 4)),
    "linear": lambda: F.linear(COLUMNS, sg.ones(3, 2)),
    "conv1d": lambda: F.conv1d(SIGNAL, sg.ones(1, 1, 3)),
    "conv_transpose1d": lambda: F.conv_transpose1d(SIGNAL, sg.ones(1, 1, 3)),
    "max_pool1d": lambda: F.max_pool1d(SIGNAL, 2),
    "im2col": lambda: F.unfold(sg.ones(1, 1, 1, 1).expand(1, 1, 2**20, 2**20), 2),
    "layer_norm": lambda: F.layer_norm(COLUMNS, (2,)),
    "dropout": lambda: F.dropout(LONG),
    "gelu": lambda: F.gelu(LONG),
    "mse_loss": lambda: F.mse_loss(LONG, LONG, reduction="none"),
    "cross_entropy": lambda: F.cross_entropy(COLUMNS, ZEROS, reduction="none"),
    "scaled_dot_product_attention": lambda: F.scaled_dot_product_attention(COLUMNS, COLUMNS, COLUMNS),
    "pad": lambda: F.pad(LONG, (1, 1)),
    "interpolate": lambda: F.interpolate(sg.ones(1, 1, 2, 2), size=(2**25, 2**25)),
    "zeros": lambda: sg.zeros(LARGE),
    "full": lambda: sg.full((LARGE,), 1),
    "arange": lambda: sg.arange(LARGE),
    "randn": lambda: sg.randn(LARGE),
    "bernoulli": lambda: sg.bernoulli(LONG),
    "tolist": lambda: LONG.tolist(),
}


@pytest.mark.parametrize("name", CALLS)
def test_too_large(name):
    with pytest.raises((MemoryError, RuntimeError)) as refused:
        CALLS[name]()
    assert "Panic" not in refused.type.__name__


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_was_too_large(name):
    with pytest.raises((MemoryError, RuntimeError), match=rf"^{name}: .*\b[0-9]{{9,}}\b"):
        NAMES[name]()


def test_what_needs_no_memory_is_allowed():
    assert ONES[5].item() == 1
    assert ONES.view(2, -1).shape == (2, HUGE // 2)
    assert sg.zeros(0, 3).expand(5, 0, 3).sum() == 0
