"""Sizes beyond any memory: an exception that says so, never the end of the process, and never a wrong size."""

import pytest

import synapgrad as sg

HUGE = 2**58

#: Views that pretend to be huge: one element, repeated.
ONES = sg.ones(1).expand(HUGE)
COLUMN = sg.ones(1, 1).expand(HUGE, 1)
INDICES = sg.zeros(1, dtype=sg.int64).expand(HUGE)
SMALL = sg.ones(3)
MATRIX = sg.ones(3, 3)

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
}


@pytest.mark.parametrize("name", CALLS)
def test_too_large(name):
    with pytest.raises((MemoryError, RuntimeError)) as refused:
        CALLS[name]()
    assert "Panic" not in refused.type.__name__


def test_what_needs_no_memory_is_allowed():
    assert ONES[5].item() == 1
    assert ONES.view(2, -1).shape == (2, HUGE // 2)
    assert sg.zeros(0, 3).expand(5, 0, 3).sum() == 0
