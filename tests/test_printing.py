"""Tensors print as PyTorch prints them, but for the name of the library."""

import itertools
import random

import pytest
import torch

import synapgrad as sg

FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["int64", "int32", "int16", "int8", "uint8"]


def assert_prints(make):
    theirs = repr(make(torch)).replace("torch.", "synapgrad.")
    ours = make(sg)
    assert repr(ours) == theirs
    assert str(ours) == theirs


def numbers(kind, count, rng):
    if kind == "small":
        return [rng.uniform(-1, 1) for _ in range(count)]
    if kind == "wide":
        return [rng.uniform(-1, 1) * 10 ** rng.randint(-6, 6) for _ in range(count)]
    if kind == "whole":
        return [float(rng.randint(-999, 999)) for _ in range(count)]
    if kind == "huge":
        return [rng.uniform(1, 9) * 10 ** rng.randint(6, 30) for _ in range(count)]
    if kind == "tiny":
        return [rng.uniform(-1, 1) * 10 ** rng.randint(-30, -4) for _ in range(count)]
    return [
        rng.choice([0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1.0, 2.5, -1e5])
        for _ in range(count)
    ]


SHAPES = [
    (),
    (1,),
    (5,),
    (30,),
    (3, 4),
    (2, 3, 4),
    (1, 1, 1, 2),
    (20, 1),
    (0,),
    (2, 0),
    (1200,),
    (40, 40),
    (7, 150),
    (2, 30, 30),
]


@pytest.mark.parametrize("kind", ["small", "wide", "whole", "huge", "tiny", "special"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FLOATS)
def test_floats(kind, shape, name):
    count = torch.Size(shape).numel()
    data = numbers(kind, count, random.Random(f"{kind}{shape}"))
    theirs = torch.tensor(data, dtype=getattr(torch, name)).reshape(shape)
    ours = sg.tensor(data, dtype=getattr(sg, name)).view(*shape)
    assert repr(ours) == repr(theirs).replace("torch.", "synapgrad.")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", INTEGERS + ["bool"])
def test_integers(shape, name):
    rng = random.Random(str(shape))
    data = [
        rng.randint(0, 1) if name == "bool" else rng.randint(0, 120) for _ in range(torch.Size(shape).numel())
    ]
    theirs = torch.tensor(data, dtype=getattr(torch, name)).reshape(shape)
    ours = sg.tensor(data, dtype=getattr(sg, name)).view(*shape)
    assert repr(ours) == repr(theirs).replace("torch.", "synapgrad.")


OPTIONS = [
    {"precision": 2},
    {"precision": 8},
    {"threshold": 5},
    {"threshold": float("inf")},
    {"edgeitems": 1, "threshold": 10},
    {"linewidth": 30},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 6},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", ["small", "wide", "whole", "special"])
def test_options(options, kind):
    data = numbers(kind, 60, random.Random(kind))
    try:
        for lib in (sg, torch):
            lib.set_printoptions(**options)
        for shape in ((60,), (6, 10), (3, 4, 5)):
            theirs = torch.tensor(data, requires_grad=True).detach().reshape(shape)
            assert repr(sg.tensor(data).view(*shape)) == repr(theirs)
    finally:
        for lib in (sg, torch):
            lib.set_printoptions(profile="default")


def test_unknown_profile():
    with pytest.raises(ValueError):
        sg.set_printoptions(profile="tiny")


def test_what_is_said_beside_the_elements():
    for dtype, grad in itertools.product(("float32", "float64"), (True, False)):
        assert_prints(
            lambda lib, d=dtype, g=grad: lib.tensor([1.0, 2.5], dtype=getattr(lib, d), requires_grad=g)
        )
    assert_prints(lambda lib: lib.tensor([1.0, 2.0], requires_grad=True).exp())
    assert_prints(lambda lib: lib.ones(25, requires_grad=True).exp())
    assert_prints(lambda lib: lib.ones(10, 12, dtype=lib.float64, requires_grad=True).exp())
    assert_prints(lambda lib: lib.zeros(0, dtype=lib.int64))
    assert_prints(lambda lib: lib.zeros(2, 0, dtype=lib.float64, requires_grad=True))


def test_0d_tensors_format_as_numbers():
    for lib in (sg, torch):
        assert f"{lib.tensor(1.5):.3f}" == "1.500"
        assert f"{lib.tensor(3):>5d}" == "    3"
        assert f"{lib.tensor(3)}" == "3"
        assert f"{lib.tensor([3])}" == "tensor([3])"
        with pytest.raises(TypeError):
            f"{lib.ones(2):.3f}"


def test_a_subclass_says_its_name():
    class Mine(sg.Tensor):
        pass

    assert repr(Mine([1.0, 2.0])) == "Mine([1., 2.])"
