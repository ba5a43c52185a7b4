"""The class Tensor: how tensors are made of Python's numbers, what they are, and what they are for Python."""

import copy
import math
from fractions import Fraction

import numpy as np
import pytest
import torch

import synapgrad as sg

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]


def describe(x):
    values = str(x.tolist())  # as text, so that NaN equals itself
    return values, str(x.dtype).split(".")[1], tuple(x.shape)


def assert_same(make):
    assert describe(make(sg)) == describe(make(torch))


DATA = {
    "int": 3,
    "float": 2.5,
    "bool": True,
    "ints": [1, 2, 3],
    "floats": [1.0, -2.5, 1e30],
    "bools": [True, False],
    "ints and bools": [1, True],
    "ints and floats": [[1, 2], [3, 4.5]],
    "bools and floats": [True, 1.5],
    "tuples in lists": [[1, 2], (3, 4)],
    "a tuple": (1.0, 2.0),
    "nothing": [],
    "nothing in rows": [[], []],
    "deep": [[[[1.0]]], [[[2.0]]]],
    "a range": range(5),
    "ranges": [range(2), range(2)],
    "large ints": [2**62, -(2**63)],
    "ints beyond 64 bits among floats": [2**70, 1.0],
    "infinities": [math.inf, -math.inf, math.nan, -0.0],
    "a float beyond float32": [1e50],
    "float64": np.float64(1),
    "float64s": [np.float64(1), np.float32(2)],
    "float32s": [np.float32(1)],
    "float16 and int": [np.float16(1), 2],
    "int32s": [np.int32(1), np.int32(2)],
    "NumPy's bool": np.bool_(True),
    "NumPy's bools and floats": [np.bool_(True), 2.5],
    "an array": np.arange(6, dtype=np.int16).reshape(2, 3),
    "a slice of an array": np.arange(6.0)[::2],
    "arrays": [np.array([1.0, 2.0]), np.array([3.0, 4.0])],
    "a 0-d array": np.array(2.5),
}


@pytest.mark.parametrize("name", DATA)
def test_tensor(name):
    assert_same(lambda lib: lib.tensor(DATA[name]))
    assert_same(lambda lib: lib.as_tensor(DATA[name]))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["ints", "bools", "ints and floats", "nothing in rows", "an array", "int"])
def test_tensor_of_a_dtype(name, dtype):
    assert_same(lambda lib: lib.tensor(DATA[name], dtype=getattr(lib, dtype)))


def test_tensors_in_lists():
    assert_same(lambda lib: lib.tensor([lib.tensor(1), 2.5]))
    assert_same(lambda lib: lib.tensor([lib.tensor(1.0, dtype=lib.float64), 2.5]))
    assert_same(lambda lib: lib.tensor([[lib.tensor([1])], [2]]))
    assert_same(lambda lib: lib.tensor(lib.tensor([1, 2]), dtype=lib.float32))


def test_numbers_of_other_classes():
    assert_same(lambda lib: lib.tensor([Fraction(1, 2)], dtype=lib.float64))
    assert_same(lambda lib: lib.tensor([-1], dtype=lib.uint8))
    assert_same(lambda lib: lib.tensor([2**70], dtype=lib.float32))
    assert_same(lambda lib: lib.tensor([2**70], dtype=lib.bool))
    assert_same(lambda lib: lib.tensor([math.nan, 0.0], dtype=lib.bool))


SELF = []
SELF.append(SELF)

BAD_DATA = {
    "ragged": [[1, 2], [1, 2, 3]],
    "ragged deep": [[[1], [2]], [[1], [2, 3]]],
    "a number among rows": [[1, 2], 3],
    "a row among numbers": [1, [2]],
    "a str": "a",
    "a str in a list": ["a"],
    "None": None,
    "None in a list": [None],
    "a set": {1, 2},
    "a dict": {1: 2},
    "an object": object(),
    "an object in a list": [object()],
    "an int beyond 64 bits": 2**63,
    "ints beyond 64 bits": [1, 2**70],
    "an int beyond float64": [1.0, 10**400],
    "itself": SELF,
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data(name):
    with pytest.raises(Exception) as theirs:
        torch.tensor(BAD_DATA[name])
    with pytest.raises(theirs.type):
        sg.tensor(BAD_DATA[name])


@pytest.mark.parametrize("value", [300, -300, 1e10, math.nan, math.inf, 2**40])
@pytest.mark.parametrize("name", ["int32", "int16", "int8", "uint8"])
def test_numbers_that_do_not_fit(value, name):
    def outcome(lib):
        try:
            return lib.tensor([value], dtype=getattr(lib, name)).tolist()
        except RuntimeError:
            return RuntimeError

    assert outcome(sg) == outcome(torch)


def test_the_ragged_message():
    with pytest.raises(ValueError, match=r"expected sequence of length 2 at dim 1 \(got 3\)"):
        sg.tensor([[1, 2], [1, 2, 3]])


def test_complex_numbers_are_refused():
    with pytest.raises(TypeError, match="complex"):
        sg.tensor([1j])


def test_the_constructor_shares():
    x = sg.tensor([1.0, 2.0])
    y = sg.Tensor(x, requires_grad=True)
    x.fill_(3.0)
    assert y.tolist() == [3.0, 3.0] and y.requires_grad and not x.requires_grad
    assert sg.Tensor([1, 2]).dtype is sg.int64
    assert sg.Tensor([1, 2], dtype=sg.float64).dtype is sg.float64
    assert sg.Tensor().shape == (0,)
    with pytest.raises(RuntimeError):
        sg.Tensor([1, 2], requires_grad=True)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4), (2, 1, 3, 1)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_properties(shape, dtype):
    ours, theirs = (lib.zeros(shape, dtype=getattr(lib, dtype)) for lib in (sg, torch))
    for name in (
        "ndim",
        "itemsize",
        "nbytes",
        "is_leaf",
        "requires_grad",
        "is_cuda",
        "is_cpu",
        "retains_grad",
    ):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in (
        "dim",
        "ndimension",
        "numel",
        "nelement",
        "element_size",
        "stride",
        "is_contiguous",
        "storage_offset",
        "is_floating_point",
        "is_signed",
        "is_complex",
        "size",
        "tolist",
    ):
        assert getattr(ours, name)() == getattr(theirs, name)(), name
    assert ours.shape == tuple(theirs.shape) and type(ours.shape) is sg.Size
    assert ours.shape.numel() == theirs.shape.numel()
    assert repr(ours.shape) == repr(theirs.shape).replace("torch", "synapgrad")
    assert repr(ours.layout) == "synapgrad.strided" and repr(ours.device) == "device(type='cpu')"
    assert ours.type() == theirs.type().replace("torch", "synapgrad")
    for d in range(-len(shape), len(shape)):
        assert ours.size(d) == theirs.size(d) and ours.stride(d) == theirs.stride(d)
    for lib_tensor in (ours, theirs):
        with pytest.raises(IndexError):
            lib_tensor.size(len(shape) + 1)


CASTS = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "bfloat16": "bfloat16",
    "long": "int64",
    "int": "int32",
    "short": "int16",
    "char": "int8",
    "byte": "uint8",
    "bool": "bool",
}


@pytest.mark.parametrize("name", CASTS)
def test_casts(name):
    for source in DTYPES:
        assert_same(lambda lib, s=source: getattr(lib.tensor([0, 1, 3], dtype=getattr(lib, s)), name)())
        assert_same(
            lambda lib, s=source: lib.tensor([0, 1, 3], dtype=getattr(lib, s)).to(getattr(lib, CASTS[name]))
        )
    x = sg.zeros(2, dtype=getattr(sg, CASTS[name]))
    assert (
        getattr(x, name)() is x and x.to(x.dtype) is x and x.to("cpu") is x and x.to(x) is x and x.cpu() is x
    )
    assert x.to(x.dtype, copy=True) is not x
    assert x.to("cpu", sg.float64).dtype is x.to(device="cpu", dtype=sg.float64).dtype is sg.float64


def test_gradients_flow_through_casts():
    x = sg.ones(2, requires_grad=True)
    x.double().sum().backward()
    assert x.grad.tolist() == [1.0, 1.0] and x.grad.dtype is sg.float32


PYTHON = {
    "bool": lambda lib: bool(lib.tensor([0.5])),
    "bool of nan": lambda lib: bool(lib.tensor(math.nan)),
    "bool of two": lambda lib: bool(lib.ones(2)),
    "bool of none": lambda lib: bool(lib.ones(0)),
    "int": lambda lib: int(lib.tensor(2.9)),
    "int of infinity": lambda lib: int(lib.tensor(math.inf)),
    "int of nan": lambda lib: int(lib.tensor(math.nan)),
    "int of two": lambda lib: int(lib.ones(2)),
    "float": lambda lib: float(lib.tensor([[2]])),
    "float of two": lambda lib: float(lib.ones(2)),
    "complex": lambda lib: complex(lib.tensor(1.5)),
    "index": lambda lib: [1, 2][lib.tensor(1)],
    "index of one": lambda lib: [1, 2][lib.tensor([1])],
    "index of a bool": lambda lib: [1, 2][lib.tensor(True)],
    "index of two": lambda lib: [1, 2][lib.tensor([1, 1])],
    "index of a float": lambda lib: [1, 2][lib.tensor(1.0)],
    "item": lambda lib: lib.tensor([3]).item(),
    "item of a bool": lambda lib: lib.tensor(True).item(),
    "item of two": lambda lib: lib.ones(2).item(),
    "len": lambda lib: len(lib.zeros(3, 2)),
    "len of 0-d": lambda lib: len(lib.tensor(1)),
    "iter of 0-d": lambda lib: iter(lib.tensor(1)),
    "rows": lambda lib: [row.tolist() for row in lib.tensor([[1, 2], [3, 4]])],
    "unpacking": lambda lib: [x.item() for x in (lambda a, b: (a, b))(*lib.tensor([1, 2]))],
    "contains": lambda lib: (2 in lib.tensor([1, 2]), 3 in lib.tensor([1, 2]), 1.5 in lib.tensor([1.5])),
    "contains a str": lambda lib: "a" in lib.tensor([1, 2]),
    "dict": lambda lib: len({lib.tensor(1): 1, lib.tensor(1): 2}),
}


@pytest.mark.parametrize("name", PYTHON)
def test_as_a_value_of_python(name):
    def outcome(lib):
        try:
            result = PYTHON[name](lib)
            return type(result), result
        except Exception as error:
            return type(error)

    assert outcome(sg) == outcome(torch)


def test_copies_in_place():
    for lib in (sg, torch):
        x = lib.zeros(2, 3)
        y = x.copy_(lib.tensor([1, 2, 3]))
        assert y is x and x.tolist() == [[1.0, 2.0, 3.0]] * 2
        assert x.fill_(2).tolist() == [[2.0] * 3] * 2
        assert x.fill_(lib.tensor(5)).zero_() is x and x.tolist() == [[0.0] * 3] * 2
        with pytest.raises(RuntimeError):
            x.copy_(lib.zeros(4))
        with pytest.raises(RuntimeError):
            x.fill_(lib.zeros(2))
        assert x.tolist() == [[0.0] * 3] * 2


def test_clone_and_detach():
    for lib in (sg, torch):
        x = lib.ones(2, requires_grad=True)
        y, z = x.clone(), x.detach()
        assert y.requires_grad and not y.is_leaf and not z.requires_grad and z.is_leaf
        assert z.data_ptr() == x.data_ptr() != y.data_ptr()
        y.sum().backward()
        assert x.grad.tolist() == [1.0, 1.0]


def test_data():
    for lib in (sg, torch):
        x = lib.ones(2, requires_grad=True)
        assert not x.data.requires_grad and x.data.data_ptr() == x.data_ptr()
        x.data.fill_(3.0)
        assert x.tolist() == [3.0, 3.0]
        identity, y = id(x), x.exp()
        x.data = lib.tensor([5.0, 6.0])
        assert id(x) == identity and x.requires_grad and x.is_leaf and x.tolist() == [5.0, 6.0]
        y.backward(lib.ones(2))
        assert x.grad is not None, "gradients under way still arrive"
        x.grad = None
        x.data = lib.ones(3, dtype=lib.float64)
        assert x.dtype is lib.float64 and tuple(x.shape) == (3,)
        x.sum().backward()
        assert x.grad.dtype is lib.float64 and x.grad.tolist() == [1.0] * 3


def test_the_data_of_a_gradient():
    for lib in (sg, torch):
        x = lib.ones(2, requires_grad=True)
        x.sum().backward()
        grad = x.grad
        grad.data = lib.tensor([7.0, 8.0])
        assert x.grad is grad and x.grad.tolist() == [7.0, 8.0]


def test_gradients_of_leaves():
    for lib in (sg, torch):
        x = lib.ones(2, requires_grad=True)
        assert x.grad is None
        with pytest.raises(RuntimeError):
            x.grad = lib.ones(3)
        with pytest.raises(RuntimeError):
            x.grad = x
        x.grad = lib.ones(2)
        assert x.grad is x.grad
        del x.grad
        assert x.grad is None
        with pytest.raises(RuntimeError):
            lib.tensor([1]).requires_grad_()
        with pytest.raises(RuntimeError):
            x.exp().requires_grad_(False)
        assert x.requires_grad_(False) is x and not x.requires_grad


def test_devices():
    assert sg.device("cpu") == sg.zeros(1).device and hash(sg.device("cpu")) == hash(sg.device("cpu"))
    assert (
        str(sg.device("cpu:0")) == "cpu:0"
        and sg.device("cpu", 0).index == 0
        and sg.device("cpu").type == "cpu"
    )
    for refused in ("cuda", "cuda:1", "xx", "cpu:3", "cpu:x", 5):
        with pytest.raises(RuntimeError, match="CPU"):
            sg.device(refused)
    for call in (lambda x: x.cuda(), lambda x: x.to("cuda"), lambda x: sg.tensor([1], device="cuda")):
        with pytest.raises(RuntimeError, match="CPU"):
            call(sg.zeros(1))


def test_sizes_are_tuples():
    for lib in (sg, torch):
        size = lib.Size([2, 3])
        assert size == (2, 3) and hash(size) == hash((2, 3)) and size.numel() == 6
        for result in (size + (4,), size[:1], size * 2):
            assert type(result) is lib.Size
        with pytest.raises(TypeError):
            lib.Size([1.5])


def test_limits():
    for name in DTYPES:
        dtypes = getattr(sg, name), getattr(torch, name)
        if name == "bool":
            for lib, dtype in zip((sg, torch), dtypes):
                with pytest.raises(TypeError):
                    lib.iinfo(dtype)
            continue
        kind = "finfo" if dtypes[0].is_floating_point else "iinfo"
        ours, theirs = (getattr(lib, kind)(dtype) for lib, dtype in zip((sg, torch), dtypes))
        assert repr(ours) == repr(theirs)
        for field in ("bits", "max", "min", "dtype") + (
            ("eps", "tiny", "resolution") if kind == "finfo" else ()
        ):
            assert getattr(ours, field) == getattr(theirs, field), field
        for lib, dtype in zip((sg, torch), dtypes):
            with pytest.raises(TypeError):
                getattr(lib, "iinfo" if kind == "finfo" else "finfo")(dtype)


def test_promotion():
    for a in DTYPES:
        for b in DTYPES:
            ours = sg.promote_types(getattr(sg, a), getattr(sg, b))
            assert (
                str(ours).split(".")[1]
                == str(torch.promote_types(getattr(torch, a), getattr(torch, b))).split(".")[1]
            )
            cast = torch.can_cast(getattr(torch, a), getattr(torch, b))
            assert sg.can_cast(getattr(sg, a), getattr(sg, b)) == cast, (a, b)
            for other in (1, 1.5, True):
                ours = sg.result_type(sg.zeros(2, dtype=getattr(sg, a)), other)
                theirs = torch.result_type(torch.zeros(2, dtype=getattr(torch, a)), other)
                assert str(ours).split(".")[1] == str(theirs).split(".")[1]


def test_predicates_and_constants():
    x = sg.zeros(2)
    assert sg.is_tensor(x) and not sg.is_tensor([1]) and sg.is_floating_point(x) and not sg.is_complex(x)
    assert (
        sg.numel(x) == 2 and sg.inf == math.inf and sg.pi == math.pi and sg.e == math.e and math.isnan(sg.nan)
    )
    assert sg.newaxis is None and sg.get_num_threads() >= 1


def test_weak_references_and_attributes():
    import weakref

    x = sg.zeros(2)
    x.note = "hello"
    reference = weakref.ref(x)
    assert reference() is x and copy.copy(x).note == "hello"
    del x
    assert reference() is None


def test_fork_rng():
    sg.manual_seed(0)
    with sg.random.fork_rng():
        inside = sg.rand(3).tolist()
    assert sg.rand(3).tolist() == inside


@pytest.mark.parametrize("dim", [0, -1, 1])
@pytest.mark.parametrize("what", ["size", "stride"])
def test_a_number_has_no_dimensions(what, dim):
    for lib in (sg, torch):
        with pytest.raises(IndexError, match="tensor has no dimensions"):
            getattr(lib.tensor(1.0), what)(dim)
