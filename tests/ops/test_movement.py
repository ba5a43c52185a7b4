"""Movement: copies that put elements elsewhere."""

import numpy as np
import pytest
import torch

import synapgrad

from .harness import OpSuite, S, T, same, to_synapgrad, to_torch
from .test_view import C, E, M, V, Z, row

ROWS = [
    row(
        "cat",
        ([M, M],),
        ([M, T((4, 2)), T((4, 1))], 1),
        ([V, T((0,))],),
        ([E, T((2, 3))],),
        ([C, C], -1),
        ([M, T((1, 6), torch.float64)],),
        errors=[([],), ([M, V],), ([M, T((4, 5))],), ([M, M], 2), ([Z, Z],)],
    ),
    row("concat", ([M, M], 1), errors=[([M, V],), ([M, M], 2)]),
    row("concatenate", ([M, M], 1), errors=[([M, V],), ([M, M], 2)]),
    row(
        "stack",
        ([M, M],),
        ([M, M, M], 1),
        ([M, M], -1),
        ([Z, Z],),
        ([E, E], 2),
        ([M, T((4, 6), torch.float64)],),
        errors=[([],), ([M, V],), ([M, M], 3)],
    ),
    row("hstack", ([V, V],), ([M, M],), ([Z, Z],), errors=[([M, V],), ([],)]),
    row("vstack", ([V, V],), ([M, M],), ([Z, Z],), errors=[([M, C],), ([],)]),
    row("row_stack", ([V, V],), errors=[([M, C],)]),
    row("dstack", ([V, V],), ([M, M],), ([Z, Z],), ([C, C],), errors=[([M, V],), ([],)]),
    row("column_stack", ([V, V],), ([T((4,)), M],), ([Z, Z],), errors=[([V, M],), ([],)]),
    row("broadcast_tensors", (V, M), (Z, V, T((3, 1))), errors=[(V, T((5,)))]),
    row("meshgrid", S(V, T((3,)), indexing="ij"), S(V, T((3,)), Z, indexing="xy"), S([V, V], indexing="xy")),
    row("cartesian_prod", (V, T((2,))), (V,), errors=[(M, V)]),
    row("combinations", (V,), (V, 3), (T((3,)), 2, True), (T((2,)), 3), (T((0,)),), errors=[(M,), (V, -1)]),
    row("block_diag", (M, V, Z), (T((1, 2)),), errors=[(C,)]),
    row("atleast_1d", (Z,), (V,), ((Z, M),)),
    row("atleast_2d", (Z,), (V,), (M,)),
    row("atleast_3d", (Z,), (V,), (M,), (C,)),
    row(
        "repeat",
        (M, (2, 3)),
        (V, (2, 1, 3)),
        (V, (0,)),
        (Z, ()),
        (Z, (2, 2)),
        (E, (2, 2)),
        errors=[(M, (2,)), (M, (-1, 2))],
    ),
    row("tile", (M, (2,)), (V, (2, 3)), (Z, (2,)), (E, (2, 2))),
    row(
        "repeat_interleave",
        (M, 2),
        S(M, 3, dim=1),
        S(M, T((4,), torch.int64, 0, 3), dim=0),
        (V, T((6,), torch.int64, 0, 3)),
        (Z, 2),
        S(M, T((1,), torch.int64, values=[2]), dim=-1),
        errors=[(M, -1), (M, T((3,), torch.int64, 1, 2), 0)],
    ),
    row("contiguous", (M,), (Z,), (E,)),
    row("clone", (M,), (Z,), (E,)),
    row("flip", (M, (0,)), (C, (0, 2)), (C, (-1, 1, 0)), (Z, ()), (E, (0,)), errors=[(M, (0, 0)), (M, (3,))]),
    row("fliplr", (M,), errors=[(V,)]),
    row("flipud", (M,), (V,), errors=[(Z,)]),
    row(
        "roll",
        (M, 1),
        (M, 2, 0),
        (C, (1, -2), (0, 2)),
        (M, (1, 2), (0, 0)),
        (Z, 3),
        (E, 1, 1),
        (M, -25),
        errors=[(M, 1, (0, 1)), (M, (1, 2)), (M, 1, 4)],
    ),
    row(
        "rot90",
        (M,),
        (M, 2),
        (M, 3),
        (M, -1),
        (M, 4),
        (C, 1, (0, 2)),
        (C, 1, (2, 1)),
        errors=[(M, 1, (0, 0)), (V,), (M, 1, (0,)), (M, 1, (0, 4))],
    ),
    row("tril", (M,), (M, 1), (M, -2), (M, 9), (M, -9), (C,), (E,), errors=[(V,)]),
    row("triu", (M,), (M, 1), (M, -2), (M, 9), (M, -9), (C,), (E,), errors=[(V,)]),
    row("diag_embed", (V,), (M, 1), (M, -1, 0, 2), (M, 0, 1, 0), errors=[(Z,), (V, 0, 1, 1), (V, 0, 0, 5)]),
    row("diag", (V,), (V, 1), (M,), (M, -1), (M, 9), errors=[(C,), (Z,)]),
    row("diagflat", (M,), (V, -1), (Z,), errors=[]),
    row(
        "constant_pad_nd",
        (M, (1, 2)),
        (M, (1, 2, 0, 3), 1),
        (M, (-1, 2), 2),
        (M, (-1, -2, 1, -1)),
        (E, (1, 1, 1, 1), 1),
        (Z, ()),
        (M, (-3, -3)),
        errors=[(M, (1,)), (M, (1,) * 6), (M, (-9, 1))],
    ),
]


class TestMovement(OpSuite):
    rows = ROWS


def test_stacking_ten_thousand_inputs():
    parts = [to_synapgrad(torch.full((2,), float(i), requires_grad=True)) for i in range(10_000)]
    for join, shape in ((synapgrad.stack, (10_000, 2)), (synapgrad.cat, (20_000,))):
        joined = join(parts)
        assert to_torch(joined).shape == shape
        (joined * joined).sum().backward()
        assert all(to_torch(p.grad).tolist() == [2.0 * i] * 2 for i, p in enumerate(parts))
        for part in parts:
            part.grad = None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.uint8])
def test_large_transpositions(dtype):
    x = torch.arange(700 * 513).reshape(700, 513).to(dtype)
    for view in (lambda x: x.t(), lambda x: x.t()[3:, 5:], lambda x: x.reshape(7, 100, 513).permute(2, 0, 1)):
        same(view(x).contiguous(), view(to_synapgrad(x)).contiguous(), "contiguous")


def test_names_in_the_graph():
    x = torch.ones(4, 6, requires_grad=True)
    v = torch.ones(6, requires_grad=True)
    for code in (
        "cat([x, x])",
        "stack([x, x])",
        "hstack([x, x])",
        "column_stack([v, v])",
        "tile(x, (2,))",
        "repeat_interleave(x, 2)",
        "flip(x, (0,))",
        "fliplr(x)",
        "roll(x, 1)",
        "rot90(x)",
        "tril(x)",
        "triu(x)",
        "diag(x)",
        "diag(v)",
        "diag_embed(v)",
        "meshgrid(v, v, indexing='ij')[0]",
        "cartesian_prod(v, v)",
        "combinations(v)",
        "atleast_2d(v)",
        "constant_pad_nd(x, (1, 1))",
    ):
        theirs = eval(f"t.{code}", {"t": torch, "x": x, "v": v})
        ours = eval(f"t.{code}", {"t": synapgrad, "x": to_synapgrad(x), "v": to_synapgrad(v)})
        assert ours.grad_fn.name() == theirs.grad_fn.name(), code


@pytest.mark.parametrize("dtype", ["float64", "float32", "int16", "uint8"])
@pytest.mark.parametrize("shape", [(70, 130), (64, 16), (9, 67), (3, 65, 40)])
def test_large_transpositions_and_flips(dtype, shape):
    """Whole tiles, squares, and what remains at the edges."""
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    found = []
    for library in (synapgrad, torch):
        x = library.from_numpy(values.copy())
        turned = x.transpose(0, -1)
        last = len(shape) - 1
        found.append(
            [turned.contiguous(), x.flip(last), x.flip(0), x.flip(0, last), turned.flip(0), turned.flip(last)]
        )
    for ours, theirs in zip(*found):
        assert np.array_equal(ours.numpy(), theirs.numpy())


@pytest.mark.parametrize("pad", [(0, 0, 1, 1), (0, 0, -1, -1), (2, 1)])
def test_padding_where_there_is_nothing_to_pad(pad):
    shapes = [library.nn.functional.pad(library.rand(0, 3, 2), pad).shape for library in (synapgrad, torch)]
    assert tuple(shapes[0]) == tuple(shapes[1])
