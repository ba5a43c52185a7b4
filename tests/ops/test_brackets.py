"""What may stand between the brackets of ``x[…]``: what PyTorch takes is taken and means the same, read and written."""

import array
import collections
import warnings

import numpy as np
import pytest
import torch

import synapgrad


class Sequence:
    """Has a length and items, and is of no class that anybody knows."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


class Failing(Sequence):
    def __getitem__(self, i):
        raise LookupError("nothing here")


class One:
    def __index__(self):
        return 1


Pair = collections.namedtuple("Pair", "a b")


def keys(t):
    """Keys by name; ``t`` is the library whose tensors stand in them."""
    places, mask = t.tensor([0, 2, 1]), t.tensor([True, False, True])
    return {
        # Ranges and other sequences.
        "range": range(2),
        "empty range": range(0),
        "range backwards": range(-1, -3, -1),
        "range beyond": range(2, 5),
        "range in a tuple": (range(3),),
        "range in a list": [range(2)],
        "empty range in a list": [range(0)],
        "range beside a tensor": (range(3), places),
        "range beside a mask": (range(2), [True, False, True]),
        "range beside a slice": (slice(0, 2), range(2)),
        "two ranges": (range(2), range(1, 3)),
        "two ranges in a list": [range(2), range(1, 3)],
        "two ranges in a list in a tuple": ([range(2), range(1, 3)],),
        "two ranges in lists": [[range(2), range(1, 3)]],
        "ranges that don't fit": (range(2), range(3)),
        "deque": collections.deque([0, 1]),
        "deque in a list": [collections.deque([0, 1])],
        "named tuple": Pair(0, 1),
        "named tuple of lists": Pair([0, 1], [1, 2]),
        "named tuple in a list": [Pair(0, 1)],
        "array": array.array("q", [0, 1]),
        "array in a list": [array.array("q", [0, 1])],
        "bytearray": bytearray(b"\0\1"),
        "memoryview": memoryview(b"\0\1"),
        "own sequence": Sequence(0, 1),
        "own sequence in a list": [Sequence(0, 1)],
        "own sequence in a tuple": (Sequence(0, 1),),
        "own sequence of a slice": Sequence(slice(0, 1), 1),
        "own sequence of lists": Sequence([0, 1], [1, 0]),
        "own sequence of bools": Sequence(True, False, True),
        "own empty sequence": Sequence(),
        "own sequence of ranges": (Sequence(range(2), range(1, 3)),),
        "failing sequence": Failing(0, 1),
        # Lists and tuples.
        "empty list": [],
        "empty list in a list": [[]],
        "empty tuple": (),
        "empty tuple in a tuple": ((),),
        "tuple in a list": [(0, 1)],
        "tuple in a list in a tuple": ([(0, 1)],),
        "two tuples in a list": [(0, 1), (1, 0)],
        "three tuples in a list": [(0, 1), (1, 0), (2, 2)],
        "lists in a list": [[0, 1], [1, 2]],
        "lists in lists": [[[0, 1], [1, 2]]],
        "lists in a list in a tuple": ([[0, 1], [1, 2]],),
        "ellipsis in a list": [...],
        "None in a list": [None],
        "None beside an int in a list": [0, None],
        "None beside an int in a list in a tuple": ([0, None],),
        "slice in a list": [slice(0, 2)],
        "slice beside an int in a list": [slice(0, 2), 1],
        "a short list of lists": [[0]] * 31,
        "a long list of lists": [[0]] * 32,
        "a long list": [0] * 40,
        "ragged": ([0, [1]],),
        "ragged at the front": ([[0], 1],),
        "ragged below": ([[0], [1, 2]],),
        # Tensors in lists.
        "tensor in a list": [places],
        "two tensors in a list": [places, places],
        "tensors of no dimension in a list": [t.tensor(0), t.tensor(1)],
        "tensors of no dimension in a list in a tuple": ([t.tensor(0), t.tensor(1)],),
        "tensors of one element": ([t.tensor([0]), t.tensor([1])],),
        "tensors of one element in lists": [[t.tensor([0]), t.tensor([1])]],
        "tensors of three elements": ([places, places],),
        "mask in a list": [mask],
        "mask in a list in a tuple": ([mask],),
        "masks of no dimension": ([t.tensor(True), t.tensor(False), t.tensor(True)],),
        "float tensor in a list": [t.tensor(1.0)],
        "float tensor in a list in a tuple": ([t.tensor(1.0)],),
        # Bools.
        "True": True,
        "two bools": (True, False),
        "bools": [True, False, True],
        "bools that don't fit": [True],
        "bools in a list": [[True, False, True]],
        "bools in a list in a tuple": ([[True, False, True]] * 3,),
        "bools and ints": [True, 0, 2],
        "bools and floats": [True, 1.0, False],
        # NumPy.
        "int64": np.int64(1),
        "uint8": np.uint8(1),
        "bool_": np.bool_(True),
        "float64": np.float64(1),
        "int64 in a list": [np.int64(0), np.int64(1)],
        "int64 in a tuple": (np.int64(0), np.int64(1)),
        "bool_ in a list": [np.bool_(True), np.bool_(False), np.bool_(True)],
        "uint8 in a list": [np.uint8(0), np.uint8(1), np.uint8(1)],
        "uint8 beside bools": ([np.uint8(1), True, False],),
        "int64 beside bools": ([0, np.int64(1), True],),
        "float64 in a list": [np.float64(1)],
        "float32 in a list": [np.float32(1)],
        "ndarray": np.array([0, 1]),
        "ndarray of no dimension": np.array(1),
        "bool ndarray of no dimension": np.array(True),
        "uint8 ndarray of no dimension": np.array(1, dtype=np.uint8),
        "float ndarray of no dimension": np.array(1.9),
        "ndarrays of no dimension in a list": [np.array(0), np.array(1)],
        "int8 ndarray": np.array([0, 1, 1], dtype=np.int8),
        "uint8 ndarray": np.array([0, 1, 1], dtype=np.uint8),
        "uint16 ndarray": np.array([0, 1, 1], dtype=np.uint16),
        "int32 ndarray": np.array([0, 1], dtype=np.int32),
        "uint64 ndarray": np.array([0, 1], dtype=np.uint64),
        "float ndarray": np.array([0.0, 1.9]),
        "float16 ndarray": np.array([0.0, 1.0], dtype=np.float16),
        "bool ndarray": np.array([True, False, True]),
        "ndarray of two dimensions": np.array([[0, 1], [1, 2]]),
        "empty ndarray": np.array([]),
        "object ndarray": np.array([0, 1], dtype=object),
        "text ndarray": np.array(["a"]),
        "ndarrays in a list": [np.array([0, 1]), np.array([1, 2])],
        "ndarrays in a list in a tuple": ([np.array([0, 1]), np.array([1, 2])],),
        # Numbers.
        "float": 1.0,
        "float in a tuple": (1.0,),
        "floats in a list": [1.9, -1.9],
        "floats and ints": [0, 1.0],
        "nan in a list": [float("nan")],
        "huge float in a list": [1e30],
        "complex": 1j,
        "complex in a list": [1j],
        "huge": 2**70,
        "huge in a list": [2**70],
        "huge in a list in a tuple": ([2**70],),
        "beyond": [3],
        "index": One(),
        "index in a tuple": (One(),),
        "indices in a list": [One(), One()],
        # What is no index.
        "str": "a",
        "empty str": "",
        "str in a list": ["a"],
        "str in a tuple": ("a",),
        "bytes": b"ab",
        "bytes in a list": [b"\0\1"],
        "bytes in a tuple": (b"\0\1",),
        "dict": {0: 1},
        "dict in a tuple": ({0: 1},),
        "set": {0, 1},
        "set in a list": [{0, 1}],
        "object": object(),
        "object in a list": [object()],
        # Bounds of slices.
        "bounds of NumPy": slice(np.int64(0), np.int64(2)),
        "bounds that are arrays": slice(np.array(0), np.array(2)),
        "bounds that are tensors": slice(t.tensor(0), t.tensor([2])),
        "bound with an index": slice(One(), None),
        "bound that is a bool": slice(True, None),
        "bound that is a bool tensor": slice(t.tensor(True), None),
        "bound that is a float": slice(0.0, None),
        "bound that is a float of NumPy": slice(np.float64(0), None),
        "bound that is a float tensor": slice(t.tensor(0.0), None),
        "bound of two elements": slice(t.tensor([1, 2]), None),
    }


#: PyTorch reads a mask of bytes, and refuses to write a number through it.
BYTES = {"uint8 in a list", "uint8 beside bools", "uint8 ndarray"}


def outcome(t, use, name):
    """What comes of it: shape and values, or the type of the exception."""
    x = t.arange(9).view(3, 3)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = use(t, x, keys(t)[name])
        return tuple(result.shape), result.tolist()
    except Exception as error:
        return type(error).__name__


def read(t, x, key):
    return x[key]


def write(t, x, key):
    x[key] = -1
    return x


def write_row(t, x, key):
    x[key] = t.tensor([-1, -2, -3])
    return x


@pytest.mark.parametrize("use", [read, write, write_row])
@pytest.mark.parametrize("name", keys(torch))
def test_the_same_as_in_pytorch(name, use):
    if use is write and name in BYTES:
        mask = keys(synapgrad)[name]
        x = synapgrad.arange(9).view(3, 3)
        x[mask] = -1
        assert x[mask].tolist() == [[-1] * 3] * 2
        return
    expected = outcome(torch, use, name)
    assert outcome(synapgrad, use, name) == expected


def test_errors_speak_of_indexing():
    x = synapgrad.arange(9).view(3, 3)
    for key in (
        "a",
        [object()],
        ([[0], [1, 2]],),
        1.0,
        np.bool_(True),
        [1e30],
        slice(synapgrad.tensor([1, 2]), None),
    ):
        with pytest.raises((IndexError, TypeError, ValueError, RuntimeError), match=r"^indexing: "):
            x[key]
