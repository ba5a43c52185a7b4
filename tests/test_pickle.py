"""Pickle and deep copies."""

import copy
import pickle

import pytest
import torch

import synapgrad as sg

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
ROUNDS = {"pickle": lambda x: pickle.loads(pickle.dumps(x)), "deepcopy": copy.deepcopy}


@pytest.mark.parametrize("copied", ROUNDS.values(), ids=ROUNDS)
@pytest.mark.parametrize("name", DTYPES)
def test_round_trip(copied, name):
    x = sg.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(sg, name))
    y = copied(x)
    assert y.tolist() == x.tolist() and y.dtype is x.dtype and y.shape == x.shape and y.stride() == x.stride()
    assert y.data_ptr() != x.data_ptr()
    x.fill_(0)
    assert y.tolist() != x.tolist()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_protocols(protocol):
    assert pickle.loads(pickle.dumps(sg.arange(3), protocol)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("copied", ROUNDS.values(), ids=ROUNDS)
def test_layouts_and_shared_memory(copied):
    x = sg.arange(12.0).view(3, 4)
    pair = copied([x, x.detach().transpose(0, 1), x])
    assert pair[0].tolist() == x.tolist()
    assert pair[1].stride() == (1, 4)
    assert pair[0] is pair[2]
    pair[0].fill_(7.0)
    assert set(sum(pair[1].tolist(), [])) == {7.0}
    assert x.tolist()[0][1] == 1.0


@pytest.mark.parametrize("copied", ROUNDS.values(), ids=ROUNDS)
def test_what_hangs_on_a_tensor(copied):
    x = sg.ones(2, requires_grad=True)
    x.name = ["weights"]
    y = copied(x)
    assert y.requires_grad and y.is_leaf and y.name == ["weights"] and y.name is not x.name


def test_deepcopy_keeps_the_gradient():
    for lib in (sg, torch):
        x = lib.ones(2, requires_grad=True)
        x.sum().backward()
        y = copy.deepcopy(x)
        assert y.grad.tolist() == [1.0, 1.0] and y.grad is not x.grad


def test_deepcopy_of_a_result_is_refused():
    for lib in (sg, torch):
        with pytest.raises(RuntimeError, match="graph leaves"):
            copy.deepcopy(lib.ones(2, requires_grad=True).exp())


def test_shallow_copies_share():
    x = sg.ones(2)
    y = copy.copy(x)
    x.fill_(3.0)
    assert y is not x and y.tolist() == [3.0, 3.0]


class Named(sg.Tensor):
    def __new__(cls, data, name):
        self = sg.Tensor.__new__(cls, data)
        self.name = name
        return self


@pytest.mark.parametrize("copied", ROUNDS.values(), ids=ROUNDS)
def test_subclasses(copied):
    x = copied(Named([1.0, 2.0], "a"))
    assert type(x) is Named and x.name == "a" and x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("copied", ROUNDS.values(), ids=ROUNDS)
def test_the_other_classes(copied):
    assert copied(sg.float32) is sg.float32
    assert copied(sg.Size([2, 3])) == (2, 3) and type(copied(sg.Size([2]))) is sg.Size
    assert copied(sg.device("cpu")) == sg.device("cpu")
    generator = sg.Generator().manual_seed(5)
    sg.rand(3, generator=generator)
    twin = copied(generator)
    assert sg.rand(3, generator=twin).tolist() == sg.rand(3, generator=generator).tolist()


def test_a_broken_pickle_is_refused():
    rebuild, arguments = sg.arange(3).__reduce_ex__(2)
    cls, memory, dtype, offset, shape, strides, grad = arguments
    with pytest.raises(RuntimeError):
        rebuild(cls, memory, dtype, offset + 1, shape, strides, grad)
    with pytest.raises(RuntimeError):
        rebuild(cls, memory, dtype, offset, [1 << 62, 1 << 62], [1, 1 << 40], grad)
    with pytest.raises(RuntimeError):
        rebuild(cls, memory, dtype, offset, shape, [], grad)
