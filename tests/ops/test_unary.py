"""Functions of one number."""
from .harness import OpRow, OpSuite, S, T

ROWS = [
    OpRow("exp", [S(T((3, 4))), S(T()), S(T((0, 3)))], errors=[S("x")]),
]


class TestUnary(OpSuite):
    rows = ROWS
