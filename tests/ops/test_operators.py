"""Python's operators on tensors: with tensors, numbers and NumPy's numbers, on either side and in place."""

import operator

import numpy
import pytest
import torch

import synapgrad

from .harness import attempt, failed_alike, same

BINARY = {
    "+": (operator.add, operator.iadd),
    "-": (operator.sub, operator.isub),
    "*": (operator.mul, operator.imul),
    "/": (operator.truediv, operator.itruediv),
    "//": (operator.floordiv, operator.ifloordiv),
    "%": (operator.mod, operator.imod),
    "**": (operator.pow, operator.ipow),
    "&": (operator.and_, operator.iand),
    "|": (operator.or_, operator.ior),
    "^": (operator.xor, operator.ixor),
    "<<": (operator.lshift, operator.ilshift),
    ">>": (operator.rshift, operator.irshift),
}
COMPARISONS = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
}
UNARY = {"-": operator.neg, "+": operator.pos, "abs": abs, "~": operator.invert}

#: The tensor: values and dtype.
TENSORS = [
    ([-2.5, 0.5, 3.0], "float32"),
    ([-2.5, 0.5, 3.0], "float64"),
    ([0.5, 1.0, 2.0], "float16"),
    ([-3, 1, 7], "int64"),
    ([1, 2, 200], "uint8"),
    ([True, False, True], "bool"),
    (3.0, "float32"),
    (5, "int64"),
]

#: The other operand, as it is in either library.
OTHERS = {
    "a tensor": lambda lib: lib.tensor([2.0, -1.0, 0.5]),
    "a tensor of integers": lambda lib: lib.tensor([2, 3, 1]),
    "a tensor of bools": lambda lib: lib.tensor([True, True, False]),
    "a tensor that broadcasts": lambda lib: lib.tensor([[2.0], [-1.0]], dtype=lib.float64),
    "a tensor without dimensions": lambda lib: lib.tensor(2.0, dtype=lib.float64),
    "a tensor that does not fit": lambda lib: lib.tensor([1.0, 2.0]),
    "2": lambda lib: 2,
    "-3": lambda lib: -3,
    "1.5": lambda lib: 1.5,
    "True": lambda lib: True,
    "infinity": lambda lib: float("inf"),
    "2**70": lambda lib: 2**70,
    "numpy.float32": lambda lib: numpy.float32(1.5),
    "numpy.float64": lambda lib: numpy.float64(1.5),
    "numpy.int64": lambda lib: numpy.int64(2),
    "numpy.int8": lambda lib: numpy.int8(2),
    "numpy.bool": lambda lib: numpy.bool_(True),
    "a text": lambda lib: "x",
    "None": lambda lib: None,
    "a list": lambda lib: [1.0, 2.0, 3.0],
    "an object": lambda lib: object(),
}


def tensor(lib, values, dtype, requires_grad=False):
    made = lib.tensor(values, dtype=getattr(lib, dtype))
    return made.requires_grad_() if requires_grad and made.is_floating_point() else made


def compare(call, what):
    """`call` with both libraries: the same result, or exceptions of one type."""
    theirs, ours = attempt(call, torch), attempt(call, synapgrad)
    if failed_alike(theirs, ours, what):
        return
    same(theirs, ours, what)


@pytest.mark.parametrize("sign", [*BINARY, *COMPARISONS])
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("swapped", [False, True], ids=["left", "right"])
def test_an_operator(sign, other, swapped):
    function = COMPARISONS.get(sign) or BINARY[sign][0]
    for values, dtype in TENSORS:

        def call(lib, values=values, dtype=dtype):
            operands = [tensor(lib, values, dtype), OTHERS[other](lib)]
            return function(*reversed(operands)) if swapped else function(*operands)

        compare(call, f"{dtype} {values} {sign} {other}{', swapped' * swapped}")


@pytest.mark.parametrize("sign", BINARY)
@pytest.mark.parametrize("other", OTHERS)
def test_an_operator_in_place(sign, other):
    for values, dtype in TENSORS:

        def call(lib, values=values, dtype=dtype):
            x = tensor(lib, values, dtype)
            result = attempt(BINARY[sign][1], x, OTHERS[other](lib))
            if isinstance(result, Exception):
                # PyTorch may have changed a part of the elements by then.
                same_as_before = x.tolist() == tensor(lib, values, dtype).tolist()
                assert lib is torch or same_as_before, "changed although it failed"
                raise result
            return result

        compare(call, f"{dtype} {values} {sign}= {other}")


@pytest.mark.parametrize("sign", BINARY)
def test_in_place_means_the_same_object(sign):
    dtype = "int64" if sign in "& | ^ << >> //".split() else "float32"
    for lib in (torch, synapgrad):
        x = before = tensor(lib, [4, 2, 1], dtype)
        x = BINARY[sign][1](x, 2)
        assert x is before and x._version == 1


@pytest.mark.parametrize("sign", UNARY)
def test_an_operator_of_one_tensor(sign):
    for values, dtype in TENSORS:
        compare(lambda lib, v=values, d=dtype: UNARY[sign](tensor(lib, v, d)), f"{sign} {dtype} {values}")


SHAPES = [
    ((2, 3), (3, 2)),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 2, 3), (3, 2)),
    ((2, 3), (2, 3)),
    ((), (3,)),
]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_the_matrix_product(shapes):
    def call(lib, form):
        a, b = (lib.arange(1.0, 1.0 + lib.zeros(shape).numel()).reshape(shape) for shape in shapes)
        return form(a, b)

    for form in (operator.matmul, operator.imatmul):
        compare(lambda lib, form=form: call(lib, form), f"{shapes[0]} {form.__name__} {shapes[1]}")


@pytest.mark.parametrize("other", ["2", "a text", "None", "a list"])
def test_no_matrix_product(other):
    for function in (operator.matmul, lambda a, b: b @ a):
        compare(lambda lib, f=function: f(lib.ones(3, 3), OTHERS[other](lib)), f"@ {other}")


@pytest.mark.parametrize("sign", "+ - * / // % **".split())
@pytest.mark.parametrize(
    "other", ["a tensor", "a tensor that broadcasts", "2", "1.5", "numpy.float32", "True"]
)
@pytest.mark.parametrize("swapped", [False, True], ids=["left", "right"])
def test_the_gradient_of_an_operator(sign, other, swapped):
    if sign == "%" and swapped and "tensor" not in other:
        pytest.skip("PyTorch has no derivative of a number's remainder")

    def call(lib):
        x, other_ = tensor(lib, [0.75, 0.5, 3.0], "float64", requires_grad=True), OTHERS[other](lib)
        y = BINARY[sign][0](other_, x) if swapped else BINARY[sign][0](x, other_)
        weights = lib.arange(1.0, 1.0 + y.numel(), dtype=y.dtype).reshape(y.shape)
        (y * weights).sum().backward()
        return x.grad

    compare(call, f"the gradient by x of x {sign} {other}{', swapped' * swapped}")


def test_the_gradient_of_an_operator_in_place():
    def call(lib):
        x = tensor(lib, [0.75, 0.5, 3.0], "float64", requires_grad=True)
        y = x * 1
        y += x
        y *= x
        y -= 2
        y /= x
        y **= 2
        y.sum().backward()
        return x.grad

    compare(call, "the gradient after a chain in place")


def test_an_unknown_class_may_answer():
    class Answers:
        def __radd__(self, other):
            return "answered"

        __rmatmul__ = __rlshift__ = __req__ = __radd__

    x = synapgrad.ones(2)
    assert x + Answers() == "answered" and x @ Answers() == "answered" and x << Answers() == "answered"


def test_no_power_modulo():
    for lib in (torch, synapgrad):
        with pytest.raises(TypeError):
            pow(lib.tensor([2, 3]), 2, 5)
