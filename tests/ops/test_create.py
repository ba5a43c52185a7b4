"""New tensors from numbers: PyTorch's elements, dtypes, strides and errors."""

import pytest
import torch

import synapgrad as sg

from .harness import OpRow, OpSuite, S, T

EMPTY = T((0, 3))


def row(name, *samples, **keywords):
    """Numbers become a tensor: there is no dtype to choose, nor a layout."""
    return OpRow(name, list(samples), (torch.float32,), layouts=False, **keywords)


ROWS = [
    *(row(name, S(2, 3), S(()), S((2, 0)), S(2, dtype=torch.int16)) for name in ("zeros", "ones")),
    row("empty", S((0,)), S(2, 0, dtype=torch.int16), errors=[S(-1), S("x")]),
    row("empty_strided", S((2, 0), (1, 2)), errors=[S((2,), (1, 2))]),
    row(
        "full",
        S((2, 3), 1.5),
        S((), 2),
        S((2,), True),
        S((2,), 1.5, dtype=torch.int64),
        errors=[S(2, 1), S((2,), "x")],
    ),
    row("eye", S(3), S(2, 4), S(0), errors=[S(-1), S("x")]),
    row("arange", S(5), S(1, 2.5, 0.5), S(5, 0, -2), errors=[S(5, 0), S(0, 1, 0)]),
    row("range", S(0, 3), S(1, 2, 0.5), errors=[S(5, 0), S(0, 1, 0)]),
    row("linspace", S(0, 1, 5), S(2, 1, 1), S(0, 1, 0), errors=[S(0, 1, -1), S(0, 1)]),
    row("logspace", S(0, 2, 3), S(0, 3, 4, base=2), errors=[S(0, 1, -1), S(0, 1)]),
    *(
        OpRow(
            name,
            [S(T((3, 4), grad=False)), S(T(grad=False)), S(EMPTY), S(T((2,)), dtype=torch.int64)],
            errors=[S(3)],
        )
        for name in ("zeros_like", "ones_like")
    ),
    OpRow("empty_like", [S(EMPTY), S(EMPTY, dtype=torch.int64)], errors=[S(3)]),
    OpRow(
        "full_like",
        [S(T((3, 4)), 3), S(T(()), 1.5), S(EMPTY, True), S(T((2,)), 3.5, dtype=torch.int64)],
        errors=[S(3, 1)],
    ),
]


class TestCreate(OpSuite):
    rows = ROWS


DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def describe(x):
    return x.tolist(), str(x.dtype).split(".")[1], tuple(x.shape), x.stride(), x.requires_grad


def assert_same(make):
    assert describe(make(sg)) == describe(make(torch))


CALLS = {
    "zeros": lambda lib: lib.zeros(2, 3),
    "zeros of a tuple": lambda lib: lib.zeros((2, 3)),
    "zeros of a list": lambda lib: lib.zeros([2, 3]),
    "zeros of a size": lambda lib: lib.zeros(lib.Size([2, 3])),
    "zeros by name": lambda lib: lib.zeros(size=(2,)),
    "zeros 0-d": lambda lib: lib.zeros(()),
    "zeros of none": lambda lib: lib.zeros(2, 0, 3),
    "ones that learn": lambda lib: lib.ones(2, requires_grad=True, device="cpu"),
    "full of ints": lambda lib: lib.full((2,), 1),
    "full of bools": lambda lib: lib.full((2,), True),
    "full of floats": lambda lib: lib.full((2, 2), 1.5),
    "full of a tensor": lambda lib: lib.full((2,), lib.tensor(2)),
    "full of minus one": lambda lib: lib.full((2,), -1, dtype=lib.uint8),
    "full cut off": lambda lib: lib.full((2,), 1.5, dtype=lib.int32),
    "full of minus zero": lambda lib: 1 / lib.full((2,), -0.0),
    "full of infinity": lambda lib: lib.full((2,), float("inf"), dtype=lib.float16),
    "eye": lambda lib: lib.eye(3),
    "eye wide": lambda lib: lib.eye(2, 4, dtype=lib.int32),
    "eye tall": lambda lib: lib.eye(4, 2, dtype=lib.bool),
    "eye of none": lambda lib: lib.eye(0, 3),
    "arange": lambda lib: lib.arange(5),
    "arange of floats": lambda lib: lib.arange(1, 2.5, 0.5),
    "arange to a float": lambda lib: lib.arange(5.0),
    "arange down": lambda lib: lib.arange(5, 0, -2),
    "arange of none": lambda lib: lib.arange(0),
    "arange of a bool": lambda lib: lib.arange(True),
    "arange cut off": lambda lib: lib.arange(0, 1, 0.1, dtype=lib.int32),
    "arange of cut steps": lambda lib: lib.arange(0, 10, 2.5, dtype=lib.int64),
    "arange by name": lambda lib: lib.arange(start=1, end=3),
    "arange of an end": lambda lib: lib.arange(end=3),
    "arange to a tensor": lambda lib: lib.arange(lib.tensor(3.5)),
    "arange large": lambda lib: lib.arange(2**53, 2**53 + 3),
    "range": lambda lib: lib.range(0, 3),
    "range of halves": lambda lib: lib.range(1, 2, 0.5),
    "linspace": lambda lib: lib.linspace(0, 1, 5),
    "linspace of one": lambda lib: lib.linspace(2, 1, 1),
    "linspace of none": lambda lib: lib.linspace(0, 1, 0),
    "linspace of ints": lambda lib: lib.linspace(0, 10, 4, dtype=lib.int64),
    "logspace": lambda lib: lib.logspace(0, 2, 3),
    "logspace of base 2": lambda lib: lib.logspace(0, 3, 4, base=2),
    "zeros_like permuted": lambda lib: lib.zeros_like(lib.ones(2, 3).transpose(0, 1)),
    "ones_like sliced": lambda lib: lib.ones_like(lib.zeros(4, 6)[::2, ::3]),
    "ones_like expanded": lambda lib: lib.ones_like(lib.zeros(1, 3).expand(2, 3)),
    "zeros_like of another dtype": lambda lib: lib.zeros_like(lib.ones(2), dtype=lib.int64),
    "zeros_like that learn": lambda lib: lib.zeros_like(lib.ones(2), requires_grad=True),
    "full_like": lambda lib: lib.full_like(lib.ones(2), 3),
    "full_like of ints": lambda lib: lib.full_like(lib.ones(2), 3, dtype=lib.int64),
    "empty_strided": lambda lib: lib.empty_strided((2, 3), (1, 2)).zero_(),
    "new_zeros": lambda lib: lib.ones(2, dtype=lib.int16).new_zeros(2, 3),
    "new_ones": lambda lib: lib.ones(2).new_ones((2,), dtype=lib.int64),
    "new_full": lambda lib: lib.ones(2).new_full((2,), 3),
    "new_tensor": lambda lib: lib.ones(2, dtype=lib.int32).new_tensor([1.5, 2]),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls(name):
    assert_same(CALLS[name])


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes(name):
    for make in (
        lambda lib, d: lib.zeros(3, dtype=d),
        lambda lib, d: lib.ones(3, dtype=d),
        lambda lib, d: lib.full((3,), 1, dtype=d),
        lambda lib, d: lib.eye(3, dtype=d),
        lambda lib, d: lib.ones(3).new_zeros(2, dtype=d),
    ):
        assert_same(lambda lib, make=make: make(lib, getattr(lib, name)))
    if name != "bool":
        assert_same(lambda lib: lib.arange(2, 20, 3, dtype=getattr(lib, name)))
        assert_same(lambda lib: lib.linspace(0, 16, 5, dtype=getattr(lib, name)))


@pytest.mark.parametrize("name", ["float32", "float64"])
@pytest.mark.parametrize("steps", [2, 3, 7, 50, 101])
def test_spacing_is_close(name, steps):
    """PyTorch rounds where its vectors begin; the last digit may differ."""
    tolerance = {"float32": 3e-7, "float64": 1e-15}[name]
    for make in (
        lambda lib, d: lib.linspace(-1.3, 2.7, steps, dtype=d),
        lambda lib, d: lib.arange(0.1, 0.1 + steps * 0.3, 0.3, dtype=d),
        lambda lib, d: lib.logspace(-1, 1, steps, dtype=d),
    ):
        ours = torch.tensor(make(sg, getattr(sg, name)).tolist(), dtype=torch.float64)
        theirs = make(torch, getattr(torch, name)).double()
        torch.testing.assert_close(ours, theirs, rtol=2 * tolerance, atol=2 * tolerance)


def test_default_dtype():
    try:
        for lib in (sg, torch):
            lib.set_default_dtype(lib.float64)
        for make in (
            lambda lib: lib.zeros(2),
            lambda lib: lib.tensor([1.5]),
            lambda lib: lib.arange(1.0),
            lambda lib: lib.full((1,), 2.0),
            lambda lib: lib.tensor([1]) / 2,
        ):
            assert_same(make)
        assert sg.get_default_dtype() is sg.float64
        with pytest.raises(TypeError):
            sg.set_default_dtype(sg.int64)
    finally:
        for lib in (sg, torch):
            lib.set_default_dtype(lib.float32)


ERRORS = {
    "negative size": lambda lib: lib.zeros(2, -3),
    "float size": lambda lib: lib.zeros(1.5),
    "bool size": lambda lib: lib.zeros(True),
    "str size": lambda lib: lib.zeros((2, "a")),
    "no size": lambda lib: lib.zeros(),
    "nested size": lambda lib: lib.zeros(2, (3,)),
    "full of an int size": lambda lib: lib.full(2, 1),
    "full beyond uint8": lambda lib: lib.full((2,), 300, dtype=lib.uint8),
    "full of nan ints": lambda lib: lib.full((2,), float("nan"), dtype=lib.int32),
    "full beyond float32": lambda lib: lib.full((2,), 1e50),
    "integers that learn": lambda lib: lib.zeros(2, dtype=lib.int32, requires_grad=True),
    "arange away": lambda lib: lib.arange(5, 0),
    "arange of no step": lambda lib: lib.arange(0, 1, 0),
    "arange to infinity": lambda lib: lib.arange(0, float("inf")),
    "arange to nan": lambda lib: lib.arange(0, float("nan")),
    "arange of bools": lambda lib: lib.arange(3, dtype=lib.bool),
    "range away": lambda lib: lib.range(5, 0),
    "linspace of minus one": lambda lib: lib.linspace(0, 1, -1),
    "linspace of bools": lambda lib: lib.linspace(0, 1, 3, dtype=lib.bool),
    "linspace without steps": lambda lib: lib.linspace(0, 1),
    "negative eye": lambda lib: lib.eye(-1),
    "like a number": lambda lib: lib.ones_like(3),
    "another device": lambda lib: lib.ones(2, device="cuda"),
    "no device": lambda lib: lib.ones(2, device="xx"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    with pytest.raises(Exception) as theirs:
        ERRORS[name](torch)
    with pytest.raises(theirs.type):
        ERRORS[name](sg)


@pytest.mark.parametrize("shape", [(1 << 40, 1 << 40), (1 << 62, 4), (1 << 45,), (0, 1 << 62, 4)])
def test_sizes_beyond_memory(shape):
    for make in (sg.zeros, sg.empty, sg.ones, sg.rand):
        with pytest.raises(MemoryError):
            make(shape)
