"""One table, many tests: how every operation is compared with PyTorch.

A family's test file holds a table with a row per operation::

    ROWS = [
        OpRow("exp", [S(T((3, 4)))]),
        OpRow("clamp", [S(T((3, 4)), -1, 1), S(T((5,)), max=0.5)], errors=[S(T((2,)))]),
    ]

    class TestPointwise(OpSuite):
        rows = ROWS

A row says only *how to call*. ``T`` describes a tensor, and from one description the same tensor is made in
both libraries. :class:`OpSuite` derives the tests from it: value, dtype, shape and `requires_grad` of the
results, first and second derivatives, for every dtype and for several memory layouts; the function, the
method and the twin in place; the errors; and in float64 the derivatives against difference quotients.

The same operation must succeed or fail in both libraries. Where both fail, the exceptions must have the same
type.
"""

from __future__ import annotations

import math
import random
import warnings
from dataclasses import dataclass, field
from operator import attrgetter

import pytest
import torch

import synapgrad
from synapgrad import _C

FLOATS = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
INTS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
ALL = (*FLOATS, *INTS, torch.bool)

#: Relative and absolute tolerance. Whole numbers must be equal. The two 16-bit floats are computed in 32 bits
#: and rounded: PyTorch rounds after every step of a derivative, SynapGrad once, so a few units in the last
#: place may lie between.
TOLERANCE = {
    torch.float64: (1e-9, 1e-11),
    torch.float32: (2e-5, 2e-6),
    torch.float16: (1e-2, 5e-3),
    torch.bfloat16: (5e-2, 7e-2),
}


@dataclass(frozen=True)
class T:
    """A tensor to be made: random between `low` and `high`, or of the given `values` (a number or a list)."""

    shape: tuple = ()
    dtype: torch.dtype | None = None  # None: whichever dtype is being tested
    low: float = -3.0
    high: float = 3.0
    values: object = None
    grad: bool = True  # whether it requires a gradient, if its dtype can have one

    def __repr__(self):
        what = [self.shape if self.values is None else self.values, *([self.dtype] if self.dtype else [])]
        return f"T({', '.join(map(str, what))})"


class S:
    """A sample call. `smooth=False` at kinks, jumps and poles: a difference quotient means nothing there, nor
    does the second derivative.
    """

    def __init__(self, *args, smooth=True, **kwargs):
        self.args, self.kwargs, self.smooth = args, kwargs, smooth

    def __repr__(self):
        keywords = [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"({', '.join([*map(repr, self.args), *keywords])})"


@dataclass
class OpRow:
    """An operation and how to call it."""

    name: str
    samples: list
    dtypes: tuple = ALL
    #: Calls that must fail in both libraries; the dtype of `T` is float32 unless given.
    errors: list = field(default_factory=list)
    #: Dtypes with which SynapGrad does what PyTorch refuses on a CPU.
    wider: tuple = ()
    in_place: bool = True  # False: the twin in place, if there is one, is tested elsewhere
    in_place_gradient: bool = True  # False: PyTorch has no derivative, or a wrong one, of the twin in place
    layouts: bool = True  # False: memory layouts make no difference, or are tested elsewhere
    second: bool = True  # False: PyTorch has no second derivative
    home: str = ""  # "nn.functional", "Tensor", …: called as it is there, in both libraries, and only so

    def __str__(self):
        return self.name

    @property
    def operation(self) -> str:
        """The name of the operation in the registry."""
        return f"linalg_{self.name}" if self.home == "linalg" else self.name


# ---- making the same tensor twice --------------------------------------------------------------------------


def make(tensor: T, dtype: torch.dtype, seed: str) -> torch.Tensor:
    """The tensor that `tensor` describes. The same description and seed always give the same one."""
    dtype, values, shape = tensor.dtype or dtype, tensor.values, tensor.shape
    if values is not None:
        values = values if isinstance(values, (list, tuple)) else [values]
        if dtype not in FLOATS:
            values = [int(v) for v in values if math.isfinite(v)]
        if not isinstance(tensor.values, (list, tuple)):
            shape = ()
        elif math.prod(shape) != len(values) or shape == ():
            shape = (len(values),)
        if dtype is torch.uint8:
            values = [v % 256 for v in values]
    else:
        rng, n = random.Random(seed + repr(shape)), math.prod(shape)
        if dtype in FLOATS:
            values = [rng.uniform(tensor.low, tensor.high) for _ in range(n)]
        else:
            limits = (0, 1) if dtype is torch.bool else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
            low, high = (min(limits[1], max(limits[0], round(limit))) for limit in (tensor.low, tensor.high))
            values = [rng.randint(low, high) for _ in range(n)]
    made = torch.tensor(values, dtype=torch.float64 if dtype in FLOATS else dtype).to(dtype).reshape(shape)
    return made.requires_grad_(tensor.grad and dtype in FLOATS)


def transposed(x):
    order = tuple(reversed(range(x.dim())))
    return x.permute(order).contiguous().permute(order)


def strided(x):
    """Every second element of a larger tensor, from the second on."""
    larger = x.new_zeros(*x.shape[:-1], 2 * x.shape[-1] + 1) if x.dim() else x.new_zeros(3)
    view = larger[..., 1::2] if x.dim() else larger[1]
    return view.copy_(x)


def expanded(x):
    """The first row, again and again, from a stride of zero."""
    return x[:1].expand(x.shape) if x.dim() and x.shape[0] > 1 else x


#: What to do to every tensor of a sample. An expanded tensor cannot be changed in place.
LAYOUTS = {"as it is": lambda x: x, "transposed": transposed, "strided": strided, "expanded": expanded}


def lay_out(x: torch.Tensor, layout: str) -> torch.Tensor:
    return LAYOUTS[layout](x.detach()).requires_grad_(x.requires_grad)


def to_synapgrad(x: torch.Tensor) -> synapgrad.Tensor:
    """A tensor of the same elements in the same layout."""
    length = (
        0
        if x.numel() == 0
        else x.storage_offset() + 1 + sum((n - 1) * s for n, s in zip(x.shape, x.stride()))
    )
    memory = x.detach().as_strided((length,), (1,), 0).tolist()
    start = x.storage_offset() if length else 0
    made = synapgrad.tensor(memory, dtype=dtype(x)).as_strided(x.shape, x.stride(), start).detach()
    made.requires_grad = x.requires_grad
    return made


def to_torch(x: synapgrad.Tensor) -> torch.Tensor:
    name = repr(x.dtype).removeprefix("synapgrad.")
    return torch.tensor(x.tolist(), dtype=getattr(torch, name)).reshape(x.shape)


def dtype(x: torch.Tensor | torch.dtype) -> synapgrad.dtype:
    """The dtype of the same name."""
    return getattr(synapgrad, str(x.dtype if isinstance(x, torch.Tensor) else x).removeprefix("torch."))


class Call:
    """A sample made into arguments for both libraries, and the leaves among them that require a gradient."""

    def __init__(self, sample: S, dtype: torch.dtype, layout: str = "as it is"):
        self.dtype, self.layout, self.count = dtype, layout, 0
        self.leaves = []  # pairs: PyTorch's and SynapGrad's
        self.tensors = []  # the same for all tensors
        pairs = [self.pair(argument) for argument in sample.args]
        named = {name: self.pair(argument) for name, argument in sample.kwargs.items()}
        self.args = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        self.kwargs = {n: p[0] for n, p in named.items()}, {n: p[1] for n, p in named.items()}

    def pair(self, argument):
        if isinstance(argument, T):
            self.count += 1
            theirs = lay_out(make(argument, self.dtype, str(self.count)), self.layout)
            ours = to_synapgrad(theirs)
            self.tensors.append((theirs, ours))
            if theirs.requires_grad:
                self.leaves.append((theirs, ours))
            return theirs, ours
        if isinstance(argument, (list, tuple)):
            pairs = [self.pair(item) for item in argument]
            return type(argument)(p[0] for p in pairs), type(argument)(p[1] for p in pairs)
        if isinstance(argument, torch.dtype):
            return argument, dtype(argument)
        return argument, argument

    def run(self, theirs, ours):
        """The results of both libraries, or their exceptions. Random numbers start from the same seed."""
        seed()
        return (
            attempt(theirs, *self.args[0], **self.kwargs[0]),
            attempt(ours, *self.args[1], **self.kwargs[1]),
        )


def seed():
    for library in (torch, synapgrad):
        library.manual_seed(0)


# ---- comparing ---------------------------------------------------------------------------------------------


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:  # noqa: BLE001
        return error


def failed_alike(theirs, ours, what: str) -> bool:
    """Whether both failed, with exceptions of one type; it is wrong if only one did."""
    if not isinstance(theirs, Exception) and not isinstance(ours, Exception):
        return False
    alike = isinstance(theirs, Exception) and isinstance(ours, Exception) and isinstance(ours, type(theirs))
    assert alike, f"{what}\n  PyTorch: {theirs!r}\n  SynapGrad: {ours!r}"
    assert str(ours), f"{what}: an error without a message"
    return True


def flat(result):
    """The tensors of a result, and what else there is."""
    return [item for part in result for item in flat(part)] if isinstance(result, (list, tuple)) else [result]


def same(theirs: torch.Tensor, ours, what: str):
    """The same dtype, shape and numbers."""
    if not isinstance(theirs, torch.Tensor):
        assert type(ours) is type(theirs) and ours == theirs, f"{what}: {ours!r} instead of {theirs!r}"
        return
    assert isinstance(ours, synapgrad.Tensor), f"{what}: {ours!r} is not a tensor"
    ours = to_torch(ours)
    assert ours.dtype == theirs.dtype, f"{what}: {ours.dtype} instead of {theirs.dtype}"
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape} instead of {theirs.shape}"
    relative, absolute = TOLERANCE.get(theirs.dtype, (0, 0))
    close = torch.isclose(ours, theirs.detach(), rtol=relative, atol=absolute, equal_nan=True)
    assert close.all(), f"{what}:\n  PyTorch:   {theirs[~close]}\n  SynapGrad: {ours[~close]}"


def same_results(theirs, ours, what: str):
    """The same tensors, in a tuple with the same names if they are in one."""
    if isinstance(theirs, tuple):
        names = getattr(type(theirs), "__match_args__", ())
        assert getattr(type(ours), "__match_args__", ()) == names, f"{what}: fields other than {names}"
    assert len(flat(ours)) == len(flat(theirs)), (
        f"{what}: {len(flat(ours))} results instead of {len(flat(theirs))}"
    )
    for a, b in zip(flat(theirs), flat(ours)):
        same(a, b, what)
        if isinstance(a, torch.Tensor):
            assert b.requires_grad == a.requires_grad, f"{what}: requires_grad is {b.requires_grad}"


# ---- derivatives -------------------------------------------------------------------------------------------


def gradients(outputs, weights, leaves, create_graph=False):
    """Σ weight·∂output/∂leaf for each leaf, through `backward`, in either library."""
    for leaf in leaves:
        leaf.grad = None
    with warnings.catch_warnings():
        # PyTorch warns that create_graph makes a reference cycle, which taking the gradient out again undoes.
        warnings.simplefilter("ignore")
        for output, weight in zip(outputs, weights):
            if output.requires_grad:
                output.backward(weight, retain_graph=True, create_graph=create_graph)
    grads = [leaf.grad for leaf in leaves]
    for leaf in leaves:
        leaf.grad = None
    return grads


def same_gradients(theirs, ours, leaves, what: str, second: bool):
    """The same first derivatives and, on request, the same second ones."""
    outputs = [
        (a, b) for a, b in zip(flat(theirs), flat(ours)) if isinstance(a, torch.Tensor) and a.requires_grad
    ]
    if not outputs:
        return
    both = []
    weights = [make(T(tuple(a.shape)), a.dtype, f"weight {i}") for i, (a, _) in enumerate(outputs)]
    weights = [(w, to_synapgrad(w)) for w in weights]
    for side in (0, 1):
        out, weight = [pair[side] for pair in outputs], [pair[side] for pair in weights]
        inputs = [pair[side] for pair in leaves]
        both.append(attempt(gradients, out, weight, inputs, create_graph=second))
    if failed_alike(*both, f"{what}: the gradient"):
        return
    same_grads(*both, leaves, f"{what}: the gradient of")
    if not second:
        return
    # The derivatives of the gradients by the inputs and by the gradient that came in.
    firsts = [pair for pair in zip(*both) if None not in pair]
    again = [(w, to_synapgrad(w)) for w in (make(T(tuple(a.shape)), a.dtype, "again") for a, _ in firsts)]
    seconds = []
    for side in (0, 1):
        inputs = [pair[side] for pair in leaves + weights]
        seconds.append(gradients([p[side] for p in firsts], [p[side] for p in again], inputs))
    same_grads(*seconds, leaves + weights, f"{what}: the second derivative by")


def same_grads(theirs, ours, leaves, what: str):
    """No gradient and a gradient of zeros mean the same."""
    for i, (a, b) in enumerate(zip(theirs, ours)):
        if a is None and b is None:
            continue
        a = torch.zeros_like(leaves[i][0]) if a is None else a
        b = to_synapgrad(torch.zeros_like(leaves[i][0])) if b is None else b
        same(a.detach(), b, f"{what} tensor {i}")


def check_by_differences(function, leaves, what: str):
    """`function` takes and gives lists of float64 tensors of SynapGrad. Its derivative along a random
    direction is compared with a difference quotient, and then that of its gradient likewise.
    """
    step = 1e-6
    point = [theirs.detach() for theirs, _ in leaves]
    direction = [
        make(T(tuple(x.shape), grad=False), torch.float64, f"direction {i}") for i, x in enumerate(point)
    ]

    def at(distance):
        return [to_synapgrad((x + distance * d).requires_grad_()) for x, d in zip(point, direction)]

    def weights(outputs):
        shapes = [tuple(to_torch(output).shape) for output in outputs]
        return [make(T(shape, grad=False), torch.float64, f"output {i}") for i, shape in enumerate(shapes)]

    def dot(values, weights):
        return sum((to_torch(v) * w).sum().item() for v, w in zip(values, weights) if v is not None)

    def check(function, what):
        inputs = at(0.0)
        outputs = function(inputs)
        if not any(output.requires_grad for output in outputs):
            return
        w = weights(outputs)
        exact = dot(gradients(outputs, map(to_synapgrad, w), inputs), direction)
        quotient = (dot(function(at(step)), w) - dot(function(at(-step)), w)) / (2 * step)
        assert exact == pytest.approx(quotient, rel=1e-5, abs=1e-6), what

    def gradient(inputs):
        outputs = function(inputs)
        grads = gradients(outputs, map(to_synapgrad, weights(outputs)), inputs, create_graph=True)
        return [grad for grad in grads if grad is not None]

    check(function, f"{what}: the derivative and the difference quotient")
    check(gradient, f"{what}: the second derivative and the difference quotient of the first")


# ---- the tests ---------------------------------------------------------------------------------------------

#: Where PyTorch keeps its functions. SynapGrad's are in one place.
HOMES = (torch, torch.nn.functional, torch.special, torch._C._nn)


def torch_function(name: str):
    return next((getattr(home, name) for home in HOMES if hasattr(home, name)), None)


def forms(row: OpRow):
    """The ways to call an operation that PyTorch has, and SynapGrad's."""
    name = row.name
    if row.home:
        path = f"{row.home}.{name}"
        pairs = {path: tuple(attrgetter(path)(library) for library in (torch, synapgrad))}
    else:
        pairs = {"function": (torch_function(name), getattr(_C, name, None))}
        pairs["method"] = getattr(torch.Tensor, name, None), getattr(synapgrad.Tensor, name, None)
    for form, (theirs, ours) in pairs.items():
        if theirs is not None:
            assert ours is not None, f"{name}: there is no {form}"
            yield form, theirs, ours


class OpSuite:
    """The tests of a table. A subclass says `rows = ROWS`."""

    rows: list[OpRow] = []

    def pytest_generate_tests(self, metafunc):
        if "dtype" in metafunc.fixturenames:
            cases = [(row, dtype) for row in self.rows for dtype in row.dtypes]
            ids = [f"{row}-{str(dtype).removeprefix('torch.')}" for row, dtype in cases]
            metafunc.parametrize(("row", "dtype"), cases, ids=ids)
        elif "row" in metafunc.fixturenames:
            metafunc.parametrize("row", self.rows, ids=str)

    def test_value_and_gradients(self, row, dtype):
        _, theirs, ours = next(forms(row))
        for sample in row.samples:
            for layout in LAYOUTS if row.layouts else ("as it is",):
                what = f"{row}{sample}, {dtype}, {layout}"
                call = Call(sample, dtype, layout)
                expected, got = call.run(theirs, ours)
                if isinstance(expected, Exception) and dtype in row.wider:
                    continue
                if failed_alike(expected, got, what):
                    break
                same_results(expected, got, what)
                # Second derivatives don't depend on the layout, and 16-bit floats lose too much on the way.
                second = row.second and sample.smooth and layout == "as it is" and dtype in FLOATS[:2]
                same_gradients(expected, got, call.leaves, what, second)

    def test_all_forms_agree(self, row):
        for form, theirs, ours in forms(row):
            for sample in row.samples:
                if form == "method" and not isinstance(sample.args[0], T):
                    continue
                what = f"{row}{sample} as a {form}"
                expected, got = Call(sample, torch.float32).run(theirs, ours)
                if not failed_alike(expected, got, what):
                    same_results(expected, got, what)

    def test_in_place(self, row, dtype):
        name = f"{row}_"
        if not row.in_place or not hasattr(torch.Tensor, name):
            pytest.skip("there is no such twin to compare here")
        assert hasattr(synapgrad.Tensor, name), f"there is no {name}"
        for sample in row.samples:
            if not isinstance(sample.args[0], T):
                continue
            for layout in ("as it is", "transposed", "strided"):
                what = f"{name}{sample}, {dtype}, {layout}"
                call = Call(sample, dtype, layout)
                # A leaf that requires a gradient cannot be changed, but a result can.
                targets = call.args[0][0], call.args[1][0]
                if targets[0].requires_grad:
                    targets = targets[0].mul(1), targets[1].mul(1)
                for args, target in zip(call.args, targets):
                    args[0] = target
                version = targets[1]._version
                expected, got = call.run(getattr(torch.Tensor, name), getattr(synapgrad.Tensor, name))
                if isinstance(expected, Exception) and dtype in row.wider:
                    continue
                if failed_alike(expected, got, what):
                    assert targets[1]._version == version, f"{what}: changed although it failed"
                    break
                assert got is targets[1], f"{what}: returns another tensor"
                assert targets[1]._version == version + 1, f"{what}: the version must count the change"
                same_results(expected, got, what)
                if row.in_place_gradient:
                    same_gradients(expected, got, call.leaves, what, second=False)

    def test_errors(self, row):
        for form, theirs, ours in forms(row):
            for sample in row.errors:
                if form == "method" and not isinstance(sample.args[0], T):
                    continue
                what = f"{row}{sample} as a {form}"
                call = Call(sample, torch.float32)
                expected, got = call.run(theirs, ours)
                assert isinstance(expected, Exception), f"{what}: PyTorch takes this"
                failed_alike(expected, got, what)
                if not isinstance(got, TypeError):  # Python itself makes those, with the name of the argument
                    assert row.name in str(got), f"{what}: {got} does not name the operation"
                for a, b in call.tensors:
                    same(a, b, f"{what}: changed although it failed")

    def test_difference_quotients(self, row):
        if not set(FLOATS) & set(row.dtypes):
            pytest.skip("not for floats")
        _, theirs, function = next(forms(row))
        for sample in row.samples:
            call = Call(sample, torch.float64)
            fails = isinstance(attempt(theirs, *call.args[0], **call.kwargs[0]), Exception)
            if fails or not sample.smooth or not call.leaves:
                continue

            def ours(inputs, call=call):
                seed()
                put = {id(leaf): new for (_, leaf), new in zip(call.leaves, inputs)}
                results = flat(function(*replaced(call.args[1], put), **replaced(call.kwargs[1], put)))
                return [r for r in results if isinstance(r, synapgrad.Tensor) and r.requires_grad]

            check_by_differences(ours, call.leaves, f"{row}{sample}")


def replaced(value, put: dict):
    """`value`, in which the tensors whose ids are keys of `put` are exchanged."""
    if isinstance(value, dict):
        return {name: replaced(item, put) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(replaced(item, put) for item in value)
    return put.get(id(value), value)
