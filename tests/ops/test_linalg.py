"""Products of tensors beyond the plain matrix product."""

import pytest
import torch

import synapgrad

from .harness import FLOATS, INTS, OpRow, OpSuite, S, T, to_synapgrad, to_torch

NUMBERS = (*FLOATS, *INTS)
M, N, V = T((3, 4)), T((4, 2)), T((4,))
#: einsum and its kin add up in another order, which 16 bits show.
EXACT = (torch.float32, torch.float64, torch.int64)

ROWS = [
    OpRow(
        "einsum",
        [
            S("ij,jk->ik", M, N),
            S("ij,jk", M, N),
            S("ij->ji", M),
            S("ba", M),
            S("ij->", M),
            S("ij->j", M),
            S("ii", T((3, 3))),
            S("ii->i", T((3, 3))),
            S("iij->j", T((3, 3, 2))),
            S("i,j->ij", V, T((3,))),
            S("i,i", V, V),
            S("i,i->i", V, V),
            S("bij,bjk->bik", T((2, 3, 4)), T((2, 4, 5))),
            S("...ij,...jk->...ik", T((2, 1, 3, 4)), T((5, 4, 2))),
            S("...ij,jk", T((2, 3, 4)), N),
            S("ij,jk,kl->il", M, N, T((2, 3))),
            S("ij,kj,lj->ikl", M, M, M),
            S("i...->...", T((3, 2, 2))),
            S("a b , b c -> a c", M, N),
            S("ij,j->ij", M, V),
            S("ij,ij->", M, M),
            S("abc,cd->abd", T((2, 3, 4)), N),
            S("Ab,bC", M, N),
            S("ij,jk->ik", T((3, 1)), N),
            S("ij,k->i", M, V),
            S("->", T()),
            S(",ij->ij", T(), M),
            S("ij,jk->ki", [M, N]),
            S(M, [0, 1], N, [1, 2], [0, 2]),
            S(M, [0, 1], N, [1, 2]),
            S(T((2, 3, 4)), [..., 0], [0, ...]),
        ],
        EXACT,
        errors=[
            S("ij,jk->ik", M),
            S("ij", V),
            S("ij,jk->il", M, N),
            S("ij,jk->ii", M, N),
            S("i1->i", M),
            S("ij,jk->ik", M, M),
            S("ii", M),
            S("i.j->ij", M),
            S("ij->iij", M),
        ],
    ),
    OpRow(
        "tensordot",
        [
            S(T((2, 3, 4)), T((3, 4, 5)), 2),
            S(M, N, 1),
            S(M, V, 0),
            S(T((3, 4, 5)), T((4, 3, 2)), ([1, 0], [0, 1])),
            S(M, M, dims=([1], [1])),
        ],
        EXACT,
        errors=[S(M, M, 1), S(M, N, 3), S(M, N, ([0, 1], [0])), S(M, N, -1)],
    ),
    OpRow("outer", [S(V, T((3,))), S(T((0,)), V)], NUMBERS, errors=[S(M, V)]),
    OpRow("ger", [S(V, T((3,)))], NUMBERS),
    OpRow("inner", [S(V, V), S(M, V), S(M, T((2, 4))), S(T(), M)], EXACT, errors=[S(M, N)]),
    OpRow("vdot", [S(V, V)], NUMBERS, errors=[S(V, T((3,))), S(M, V)]),
    OpRow("kron", [S(M, N), S(T(), V)], EXACT),
    OpRow("kron", [S(V, M)], EXACT, wider=EXACT),  # PyTorch refuses a transposed operand whose rank differs
    OpRow(
        "addmm",
        [S(T((3, 2)), M, N), S(T((2,)), M, N, beta=2, alpha=3), S(T((3, 2)), M, N, beta=0)],
        EXACT,
        errors=[S(T((4, 2)), M, N), S(T((3, 2)), M, M)],
    ),
    OpRow(
        "addmv",
        [S(T((3,)), M, V), S(T((3,)), M, V, beta=2, alpha=3)],
        EXACT,
        errors=[S(T((2,)), M, V), S(T((3,)), M, T((3,)))],
    ),
    OpRow(
        "addr",
        [S(T((4, 3)), V, T((3,))), S(T((3,)), V, T((3,)), beta=2, alpha=3)],
        EXACT,
        errors=[S(T((2,)), V, V), S(T((3, 4)), M, V)],
    ),
    OpRow(
        "baddbmm",
        [
            S(T((2, 3, 5)), T((2, 3, 4)), T((2, 4, 5))),
            S(T((5,)), T((2, 3, 4)), T((2, 4, 5)), beta=2, alpha=3),
        ],
        EXACT,
        errors=[S(T((2,)), T((2, 3, 4)), T((2, 4, 5))), S(T((5,)), T((2, 3, 4)), T((2, 3, 5)))],
    ),
    OpRow(
        "addbmm",
        [S(T((3, 5)), T((2, 3, 4)), T((2, 4, 5))), S(T((3, 5)), T((2, 3, 4)), T((2, 4, 5)), beta=2, alpha=3)],
        EXACT,
    ),
    OpRow(
        "cross",
        [S(T((3, 4)), T((3, 4)), 0), S(T((2, 3)), T((2, 3)), 1), S(T((2, 3)), T((2, 3)), -1)],
        EXACT,
        errors=[S(M, M, 1), S(M, M, 2)],
    ),
    OpRow(
        "matrix_power",
        [
            S(T((3, 3)), 0),
            S(T((3, 3)), 1),
            S(T((2, 3, 3), low=-1.0, high=1.0), 3),
            S(T((3, 3), low=-1.0, high=1.0), 5),
        ],
        (torch.float32, torch.float64),
        errors=[S(M, 2)],
    ),
    *(
        OpRow(
            name,
            [S(3, 3), S(2, 4, 1), S(4, 2, offset=-1), S(0, 3), S(3, 3, dtype=torch.int32)],
            (torch.int64,),
            errors=[S(-1, 3), S(3), S(2.5, 3)],
            layouts=False,
        )
        for name in ("tril_indices", "triu_indices")
    ),
]


class TestLinalg(OpSuite):
    rows = ROWS


@pytest.mark.parametrize("name", ["tril_indices", "triu_indices"])
@pytest.mark.parametrize("args", [(3, 3), (3, 5, 1), (4, 2, -1), (0, 3), (3, 3, -5)])
def test_indices_of_triangles(name, args):
    assert torch.equal(to_torch(getattr(synapgrad._C, name)(*args)), getattr(torch, name)(*args))


def test_a_beta_of_zero_forgets_nan():
    x, m = torch.full((2, 2), float("nan")), torch.ones(2, 2)
    got = synapgrad._C.addmm(*map(to_synapgrad, (x, m, m)), beta=0)
    assert to_torch(got).tolist() == [[2.0, 2.0], [2.0, 2.0]]
