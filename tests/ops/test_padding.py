"""Padding in its four modes."""

import torch

import synapgrad

from .harness import ALL, FLOATS, OpRow, OpSuite, S, T

L, HW, DHW = T((2, 3, 5)), T((2, 1, 4, 5)), T((1, 2, 3, 4, 3))
#: What all three modes that repeat the input take.
COMMON = [
    S(L, (1, 2)),
    S(T((3, 5)), (4, 0)),
    S(L, (-1, 2)),
    S(L, (-2, -2)),
    S(HW, (1, 2, 3, 0)),
    S(T((2, 4, 5)), (0, 2, -1, 1)),
    S(DHW, (1, 1, 2, 0, 0, 2)),
    S(T((2, 3, 3, 3)), (1, 0, 0, 1, -1, 1)),
    S(T((0, 3, 5)), (1, 2)),
]
WRONG = [
    S(L, (1,)),
    S(L, (1, 1) * 4),
    S(L, ()),
    S(T((4,)), (1, 1)),
    S(HW, (1, 1)),
    S(L, (1.5, 1)),
    S(L, (-3, -3)),
    S(T((3, 0)), (1, 1)),
]


def in_mode(samples, mode, *value):
    return [S(*sample.args, mode, *value) for sample in samples]


ROWS = [
    OpRow(
        "pad",
        [S(L, (1, 2)), S(L, (1, 0, -1, 2), "constant", 3.0), S(L, ()), S(L, (1, 1, 0, 1, 2, 0), value=None)],
        ALL,
        errors=[S(L, (1,)), S(L, 3), S(L, (1, 1) * 4), S(L, (-3, -3)), S(L, (1, 1), "mirror")],
    ),
    OpRow(
        "pad",
        in_mode(COMMON, "reflect"),
        ALL,
        errors=in_mode([*WRONG, S(L, (5, 0)), S(T((2, 0, 4, 4)), (1, 1, 1, 1))], "reflect")
        + in_mode([S(L, (1, 1))], "reflect", 1.0),
    ),
    OpRow("pad", in_mode([*COMMON, S(L, (7, 6))], "replicate"), ALL, errors=in_mode(WRONG, "replicate")),
    OpRow(
        "pad",
        in_mode([*COMMON, S(L, (5, 5)), S(T((2, 0, 4, 4)), (1, 1, 1, 1)), S(L, (-3, -2))], "circular"),
        ALL,
        errors=in_mode([*WRONG, S(L, (6, 0))], "circular"),
    ),
    # More elements than one thread takes.
    OpRow(
        "pad",
        in_mode([S(T((40, 3, 30, 31)), (2, 3, 1, 4), smooth=False)], "reflect"),
        FLOATS[:1],
        layouts=False,
    ),
]


class TestPadding(OpSuite):
    rows = ROWS


def test_circular_padding_shows_what_a_negative_padding_leaves():
    x = [[0.0, 1.0, 2.0, 3.0]]
    theirs = torch.nn.functional.pad(torch.tensor(x), (2, -1), "circular")
    assert synapgrad.nn.functional.pad(synapgrad.tensor(x), (2, -1), "circular").tolist() == theirs.tolist()
