"""Attention beside torch's."""

import pytest
import torch

import synapgrad as sg
import synapgrad.nn.functional as F

from .harness import FLOATS, OpRow, OpSuite, S, T, make, same, same_gradients, to_synapgrad

INF = float("inf")
NN = "nn.functional"


def bools(*rows):
    """A mask, a text for each row."""
    return [[mark == "x" for mark in row] for row in rows]


def U(*shape, **options):
    """Small numbers: sums of products of large ones lose more than the tolerance by cancelling."""
    return T(shape, low=-1.0, high=1.0, **options)


Q, K, V = U(2, 3, 4, 5), U(2, 3, 6, 5), U(2, 3, 6, 5)
ADDED = T((4, 6), low=-1.0, high=1.0, grad=False)


def heads(embed_dim=4, num_heads=2):
    """Arguments of multi_head_attention_forward."""
    inputs = U(4, 2, 4), U(6, 2, 4), U(6, 2, 4)
    projections = U(12, 4), U(12), None, None, False, 0.0, U(4, 4), U(4)
    return *inputs, embed_dim, num_heads, *projections


ROWS = [
    OpRow(
        "scaled_dot_product_attention",
        [
            S(Q, K, V),
            S(Q, K, U(2, 3, 6, 7)),
            S(Q, K, V, is_causal=True),
            S(Q, K, V, scale=-0.3),
            S(U(4, 5), U(6, 5), U(6, 2)),
            S(U(3, 4, 5), U(3, 6, 5), U(3, 6, 5), is_causal=True),
            S(U(7, 5), U(3, 5), U(3, 2), is_causal=True),
            S(U(1, 2, 3, 4, 5), U(1, 2, 3, 6, 5), U(1, 2, 3, 6, 5)),
            S(U(2, 1, 4, 5), U(1, 3, 6, 5), U(3, 6, 2)),
            S(Q, K, V, ADDED),
            S(Q, K, V, U(2, 1, 1, 6, grad=False)),
            S(Q, K, V, U(3, 4, 1, grad=False)),
            S(Q, K, V, U(2, 1, 4, 6)),
            S(Q, K, V, T((4, 6), torch.float32, grad=False)),
            S(Q, K, V, dropout_p=0.4),
            S(Q, K, V, U(4, 6), 0.3),
            S(Q, K, V, dropout_p=1.0),
            S(U(2, 4, 4, 5), U(2, 2, 6, 5), U(2, 2, 6, 3), enable_gqa=True),
            S(U(4, 4, 5), U(2, 6, 5), U(2, 6, 5), is_causal=True, enable_gqa=True),
            S(U(4, 4, 5), U(2, 6, 5), U(1, 6, 5), dropout_p=0.2, enable_gqa=True),
            S(U(2, 3, 0, 5), K, V),
            S(U(0, 3, 4, 5), U(0, 3, 6, 5), U(0, 3, 6, 5)),
            S(Q, U(2, 3, 0, 5), U(2, 3, 0, 5)),
            S(U(2, 3, 4, 0), U(2, 3, 6, 0), V),
            S(Q, K, U(2, 3, 6, 0)),
        ],
        FLOATS,
        errors=[
            S(T((5,)), K, V),
            S(Q, T((2, 3, 6, 4)), V),
            S(Q, K, T((2, 3, 6, 5), torch.float64)),
            S(T((2, 4, 4, 5)), K, V),
            S(Q, K, V, T((4, 4), grad=False)),
            S(Q, K, V, T((1, 1, 1, 4, 6), grad=False)),
            S(Q, K, V, T((4, 6), torch.float64, grad=False)),
            S(Q, K, V, T((4, 6), torch.int64)),
            S(Q, K, V, ADDED, 0.0, True),
            S(Q, K, V, dropout_p=1.5),
            S(Q, K, V, dropout_p=-0.5),
            S(Q, T((2, 2, 6, 5)), T((2, 2, 6, 5)), enable_gqa=True),
            S(T((4, 5)), T((6, 5)), T((6, 5)), enable_gqa=True),
            S(*(T((2, 3, 4, 5), torch.int64) for _ in range(3))),
        ],
        home=NN,
        second=False,
    ),
    OpRow(
        "multi_head_attention_forward",
        [
            S(*heads()),
            S(*heads(), need_weights=False),
            S(*heads(), attn_mask=T((4, 6), grad=False), average_attn_weights=False),
        ],
        FLOATS[:2],
        errors=[
            S(*heads(embed_dim=5)),
            S(*heads(num_heads=3)),
            S(*heads(), attn_mask=T((4, 5))),
            S(*heads(), is_causal=True),
        ],
        home=NN,
        second=False,
    ),
]


class TestAttention(OpSuite):
    rows = ROWS


def pairs(*tensors):
    """PyTorch's and SynapGrad's of each."""
    theirs = [t.detach().clone().requires_grad_(t.is_floating_point()) for t in tensors]
    return theirs, [to_synapgrad(t) for t in theirs]


def compare(shapes, what, second=False, dtype=torch.float64, **options):
    made = [make(U(*shape), dtype, str(i)) for i, shape in enumerate(shapes)]
    theirs, ours = pairs(*made)
    both = []
    for lib, inputs in ((torch, theirs), (sg, ours)):
        lib.manual_seed(3)
        kwargs = {
            name: (lib.tensor(value) if isinstance(value, list) else value) for name, value in options.items()
        }
        if second and lib is torch:
            with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
                both.append(torch.nn.functional.scaled_dot_product_attention(*inputs, **kwargs))
        else:
            both.append(lib.nn.functional.scaled_dot_product_attention(*inputs, **kwargs))
    same(*both, what)
    assert both[1].requires_grad
    same_gradients(*both, list(zip(theirs, ours)), what, second=second)


SMALL = [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 5)]
MASKS = {
    "bool": bools("xx.x.x", ".xxxxx", "x....x", "xxxxxx"),
    "blind": bools("xx.x.x", "......", "x....x", "xxxxxx"),
    "row": bools("xx.x.x"),
    "numbers": [[0.0, 1.0, -INF, 2.0, 0.5, -1.0], [-INF] * 6, [3.0] * 6, [0.0] * 6],
    "one number": 2.0,
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", MASKS)
def test_masks(name, dtype):
    """Blind queries give 0, and no gradient."""
    value = MASKS[name] if isinstance(MASKS[name], list) else [[MASKS[name]]]
    compare(SMALL, name, attn_mask=value, dtype=dtype)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 2.0},
        {"attn_mask": MASKS["bool"]},
        {"attn_mask": MASKS["blind"]},
        {"attn_mask": MASKS["numbers"]},
        {"dropout_p": 0.4},
    ],
    ids=str,
)
def test_second_derivatives(options):
    compare(SMALL, str(options), second=True, **options)


def test_second_derivatives_of_shared_heads():
    shapes = [(2, 4, 4, 5), (2, 2, 6, 5), (2, 2, 6, 3)]
    compare(shapes, "shared heads", second=True, is_causal=True, enable_gqa=True)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("shape", [(1, 2, 130, 8), (2, 1, 65, 40), (1, 1, 200, 3)])
def test_several_blocks_of_queries(shape, causal):
    compare([shape] * 3, f"{shape}, {causal}", dtype=torch.float32, is_causal=causal)


def test_many_keys():
    compare([(1, 1, 3, 4), (1, 1, 9000, 4), (1, 1, 9000, 4)], "many keys")


def test_dropout_draws_pytorchs_numbers():
    compare([(2, 4, 40, 8)] * 3, "dropout", dtype=torch.float32, dropout_p=0.2, is_causal=True)
    assert torch.get_rng_state().tolist() == sg.get_rng_state().tolist()


def test_the_result_lies_in_memory_as_the_queries_do():
    """So that heads are put side by side again without a copy."""
    x = sg.randn(2, 7, 3, 4, requires_grad=True)
    q = x.transpose(1, 2)
    y = F.scaled_dot_product_attention(q, q, q)
    assert y.transpose(1, 2).is_contiguous()
    theirs = torch.randn(2, 7, 3, 4).transpose(1, 2)
    assert y.stride() == torch.nn.functional.scaled_dot_product_attention(theirs, theirs, theirs).stride()


def test_names_of_nodes():
    for lib in (torch, sg):
        q = lib.ones(1, 2, 3, 4, requires_grad=True)
        attention = lib.nn.functional.scaled_dot_product_attention
        assert attention(q, q, q).grad_fn.name() == "ScaledDotProductFlashAttentionForCpuBackward0"
        assert attention(q, q, q, dropout_p=0.5).grad_fn.name() == "UnsafeViewBackward0"


def test_nan_spreads():
    """To what depends on it. (PyTorch gives 0 for a query that is not a number.)"""
    for where, rows in enumerate([[False, True, False], [True] * 3, [True] * 3]):
        tensors = [sg.randn(1, 1, 3, 4) for _ in range(3)]
        tensors[where][0, 0, 1, 2] = float("nan")
        assert F.scaled_dot_product_attention(*tensors).isnan().any(-1).tolist() == [[rows]]


def test_a_changed_operand_is_noticed():
    q = sg.randn(1, 1, 3, 4, requires_grad=True) * 1
    y = F.scaled_dot_product_attention(q, q, q)
    q.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
