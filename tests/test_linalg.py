"""synapgrad.linalg against torch.linalg: arguments arrive. The arithmetic is tested in tests/ops."""

import math

import pytest
import torch

import synapgrad

X = [
    [[1.0, -2.0, 3.0], [4.0, 0.5, -6.0], [0.0, 8.0, 9.0]],
    [[1.0, 1.0, 2.0], [3.0, 5.0, -8.0], [2.0, 0.0, 1.0]],
]
Y = [[1.0, 2.0, 3.0]]

CALLS = [
    ("vector_norm", (X,), {}),
    ("vector_norm", (X, 1), {}),
    ("vector_norm", (X, math.inf, -1, True), {}),
    ("vector_norm", (X,), dict(ord=3.0, dim=(0, 2), dtype="float64")),
    ("matrix_power", (X, 3), {}),
    ("matmul", (X, X), {}),
    ("cross", (X, Y), {}),
    ("cross", (X, X), dict(dim=1)),
    ("diagonal", (X,), {}),
    ("diagonal", (X,), dict(offset=-1, dim1=0, dim2=2)),
    # What neither accepts.
    ("cross", (X, Y, 1), {}),
    ("cross", (X, Y), dict(dim=0)),
    ("vector_norm", (X, 2, 5), {}),
    ("diagonal", (X, 1), {}),
]


def call(library, name, arguments, keywords):
    x = library.tensor(X, requires_grad=True)
    arguments = [x if a is X else library.tensor(a) if isinstance(a, list) else a for a in arguments]
    keywords = {key: getattr(library, value) if key == "dtype" else value for key, value in keywords.items()}
    try:
        result = getattr(library.linalg, name)(*arguments, **keywords)
    except Exception as error:
        return type(error), None, None
    (result * result).sum().backward()
    return result.tolist(), x.grad.tolist(), str(result.dtype).split(".")[1]


@pytest.mark.parametrize(("name", "arguments", "keywords"), CALLS, ids=lambda value: str(value)[:40])
def test_a_function_is_pytorchs(name, arguments, keywords):
    mine = call(synapgrad, name, arguments, keywords)
    expected = call(torch, name, arguments, keywords)
    assert mine[2] == expected[2]
    if expected[2] is None:
        assert mine == expected
        return
    for a, b in zip(mine[:2], expected[:2]):
        torch.testing.assert_close(torch.tensor(a), torch.tensor(b))


def test_every_function_is_tested():
    assert {name for name, _, _ in CALLS} == set(synapgrad.linalg.__all__)
