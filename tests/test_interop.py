"""Memory shared with NumPy, and through DLPack with PyTorch."""

import array
import gc
import subprocess
import sys

import numpy as np
import pytest
import torch

import synapgrad as sg

DTYPES = ["float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"]


@pytest.mark.parametrize("name", DTYPES)
def test_from_numpy_shares(name):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(name)
    x = sg.from_numpy(array)
    assert x.dtype is getattr(sg, name)
    assert x.tolist() == array.tolist()
    array[0, 0] = 1
    assert x.tolist() == array.tolist()
    x.fill_(0)
    assert not array.any()


@pytest.mark.parametrize("name", DTYPES)
def test_numpy_shares(name):
    x = sg.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(sg, name))
    array = x.numpy()
    assert array.dtype == np.dtype(name) and array.shape == (2, 3)
    assert array.tolist() == x.tolist()
    array[1, 2] = 0
    assert x.tolist()[1][2] == 0
    assert array.flags.writeable


def test_strides():
    array = np.arange(24.0).reshape(2, 3, 4)
    for view in (array.transpose(2, 0, 1), array[:, ::2], array[1:, :, 1::3], array[0]):
        x = sg.from_numpy(view)
        assert x.tolist() == view.tolist()
        assert x.stride() == torch.from_numpy(view).stride()
        assert x.numpy().strides == view.strides
    assert sg.from_numpy(np.broadcast_to(np.array([1.0]), (3,)).copy()).tolist() == [1.0] * 3


def test_each_keeps_the_memory_alive():
    x = sg.from_numpy(np.full(1000, 7.0))
    array = sg.full((1000,), 9.0).numpy()
    gc.collect()
    rubbish = [np.zeros(1000) for _ in range(10)] + [sg.zeros(1000) for _ in range(10)]
    assert set(x.tolist()) == {7.0} and set(array.tolist()) == {9.0}
    del rubbish


def test_empty_and_0d():
    assert sg.from_numpy(np.zeros((2, 0))).shape == (2, 0)
    assert sg.from_numpy(np.array(3.5)).item() == 3.5
    assert sg.zeros(2, 0).numpy().shape == (2, 0)
    assert sg.tensor(3.5).numpy().shape == ()


def test_tensor_copies_and_as_tensor_shares():
    array = np.ones(3)
    copy, shared, Shared = sg.tensor(array), sg.as_tensor(array), sg.Tensor(array)
    array[0] = 5.0
    assert copy.tolist() == [1.0, 1.0, 1.0]
    assert shared.tolist() == Shared.tolist() == [5.0, 1.0, 1.0]
    assert sg.as_tensor(shared) is shared
    assert sg.as_tensor(array, dtype=sg.float32).dtype is sg.float32
    assert sg.asarray(array, copy=True).tolist() == array.tolist()
    with pytest.raises(ValueError):
        sg.asarray([1, 2], copy=False)


REFUSED = {
    "negative strides": lambda lib: lib.from_numpy(np.arange(3)[::-1]),
    "objects": lambda lib: lib.from_numpy(np.array([object()])),
    "strings": lambda lib: lib.tensor(np.array(["a"])),
    "byte order": lambda lib: lib.from_numpy(np.array([1], dtype=">i4")),
    "a list": lambda lib: lib.from_numpy([1]),
    "gradient": lambda lib: lib.ones(2, requires_grad=True).numpy(),
    "gradient of asarray": lambda lib: np.asarray(lib.ones(2, requires_grad=True)),
    "bfloat16": lambda lib: lib.ones(2, dtype=lib.bfloat16).numpy(),
    "dlpack of a gradient": lambda lib: lib.ones(2, requires_grad=True).__dlpack__(),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    with pytest.raises(Exception) as theirs:
        REFUSED[name](torch)
    with pytest.raises(theirs.type):
        REFUSED[name](sg)


def test_misaligned_strides_are_refused():
    records = np.zeros(3, dtype=[("a", "i1"), ("b", "f4")])
    with pytest.raises(ValueError, match="strides"):
        sg.from_numpy(records["b"])
    with pytest.raises(ValueError, match="aligned"):
        sg.from_numpy(np.frombuffer(bytearray(9), dtype=np.uint8)[1:].view(np.float32))


def test_force():
    assert sg.ones(2, requires_grad=True).numpy(force=True).tolist() == [1.0, 1.0]


def test_read_only_arrays_warn():
    array = np.ones(2)
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        sg.from_numpy(array)


BUFFERS = {
    "all": lambda lib, data: lib.frombuffer(data, dtype=lib.int32),
    "part": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, count=3, offset=2),
    "negative count": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, count=-2),
    "gradient": lambda lib, data: lib.frombuffer(bytearray(8), dtype=lib.float32, requires_grad=True),
    "bool": lambda lib, data: lib.frombuffer(data, dtype=lib.bool),
    "bfloat16": lambda lib, data: lib.frombuffer(data, dtype=lib.bfloat16).isnan(),
    "array": lambda lib, data: lib.frombuffer(array.array("f", [1, 2]), dtype=lib.float32),
    "ndarray": lambda lib, data: lib.frombuffer(np.arange(6.0).reshape(2, 3), dtype=lib.float64),
    "memoryview": lambda lib, data: lib.frombuffer(memoryview(data)[4:8], dtype=lib.int32),
    "no dtype": lambda lib, data: lib.frombuffer(data),
    "dtype by position": lambda lib, data: lib.frombuffer(data, lib.int32),
    "no count": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, count=0),
    "float count": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, count=2.0),
    "too many": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, count=9),
    "far too many": lambda lib, data: lib.frombuffer(data, dtype=lib.int8, count=2**62),
    "negative offset": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, offset=-1),
    "offset at the end": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, offset=16),
    "half an element": lambda lib, data: lib.frombuffer(data, dtype=lib.int16, offset=1),
    "empty": lambda lib, data: lib.frombuffer(bytearray(), dtype=lib.int8),
    "list": lambda lib, data: lib.frombuffer([1], dtype=lib.uint8),
    "str": lambda lib, data: lib.frombuffer("a", dtype=lib.uint8),
    "None": lambda lib, data: lib.frombuffer(None, dtype=lib.uint8),
    "gaps": lambda lib, data: lib.frombuffer(memoryview(data)[::2], dtype=lib.uint8),
    "columns": lambda lib, data: lib.frombuffer(np.ones((2, 3)).T, dtype=lib.float64),
    "gradient of integers": lambda lib, data: lib.frombuffer(data, dtype=lib.int8, requires_grad=True),
}


@pytest.mark.parametrize("name", BUFFERS)
def test_frombuffer(name):
    data = bytearray(range(16))
    try:
        expected = BUFFERS[name](torch, data)
    except Exception as theirs:
        with pytest.raises(type(theirs), match="frombuffer|requires_grad_|count"):
            BUFFERS[name](sg, data)
        return
    got = BUFFERS[name](sg, data)
    assert got.tolist() == expected.tolist() and str(got.dtype) == str(expected.dtype).replace(
        "torch", "synapgrad"
    )
    assert got.requires_grad == expected.requires_grad and got.is_leaf


def test_frombuffer_shares_and_keeps_alive():
    data = bytearray(16)
    x = sg.frombuffer(data, dtype=sg.float32, offset=4)
    x.fill_(1.0)
    assert np.frombuffer(data, np.float32).tolist() == [0.0, 1.0, 1.0, 1.0]
    data[4:8] = np.float32(5.0).tobytes()
    assert x[0].item() == 5.0
    # While the tensor lives, the memory may not move.
    with pytest.raises(BufferError):
        data.extend(b"more")
    del data
    gc.collect()
    assert x.tolist() == [5.0, 1.0, 1.0]


def test_frombuffer_of_what_may_not_be_written():
    with pytest.warns(UserWarning, match="not writable"):
        assert sg.frombuffer(b"abcd", dtype=sg.uint8).tolist() == [97, 98, 99, 100]


def test_frombuffer_wants_aligned_elements():
    with pytest.raises(ValueError, match="frombuffer: .*multiple"):
        sg.frombuffer(bytearray(16), dtype=sg.float32, offset=2, count=1)


def test_array_protocol():
    x = sg.tensor([1.5, 2.5])
    assert np.asarray(x).dtype == np.float32
    assert np.asarray(x, dtype=np.float64).tolist() == [1.5, 2.5]
    assert np.shares_memory(np.asarray(x), x.numpy())
    assert not np.shares_memory(np.array(x, copy=True), x.numpy())
    assert np.sum(x.numpy()) == 4.0
    assert np.array([sg.tensor(1), sg.tensor(2)]).tolist() == [1, 2]


@pytest.mark.parametrize("name", [*DTYPES, "bfloat16"])
def test_dlpack_shares_memory_both_ways(name):
    ours = sg.tensor([[0, 1, 2], [3, 4, 5]], dtype=getattr(sg, name))
    theirs = torch.from_dlpack(ours)
    assert theirs.tolist() == ours.tolist() and str(theirs.dtype) == f"torch.{name}"
    ours.fill_(1)
    assert theirs.tolist() == ours.tolist()
    back = sg.from_dlpack(theirs)
    assert back.data_ptr() == ours.data_ptr() and back.dtype is ours.dtype


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.t(),
        lambda x: x[1:, ::2],
        lambda x: x[2, 3],
        lambda x: x[:0],
        lambda x: x[:1].expand(5, 4) if hasattr(x, "expand") else x,
    ],
)
def test_dlpack_of_views(view):
    ours, theirs = sg.arange(12.0).view(3, 4), torch.arange(12.0).view(3, 4)
    for exported, load in ((view(ours), torch.from_dlpack), (view(theirs), sg.from_dlpack)):
        taken = load(exported)
        assert taken.tolist() == view(ours).tolist() and tuple(taken.shape) == tuple(exported.shape)


def test_dlpack_keeps_the_memory_of_who_is_gone():
    taken = [sg.from_dlpack(torch.full((1000,), 7.0)), torch.from_dlpack(sg.full((1000,), 7.0))]
    others = [torch.zeros(1000) for _ in range(10)], [sg.zeros(1000) for _ in range(10)]
    assert all((x == 7).all() for x in taken) and others


def test_dlpack_options():
    array = np.arange(3.0)
    assert sg.from_dlpack(array).data_ptr() == array.ctypes.data
    assert sg.from_dlpack(array, copy=True).data_ptr() != array.ctypes.data
    x = sg.arange(3.0)
    assert np.shares_memory(np.from_dlpack(x), x.numpy())
    assert x.__dlpack_device__() == (1, 0)
    assert "dltensor_versioned" in repr(x.__dlpack__(max_version=(1, 0)))
    assert "dltensor_versioned" not in repr(x.__dlpack__())
    assert torch.from_dlpack(x.__dlpack__(copy=True)).data_ptr() != x.data_ptr()
    array.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        sg.from_dlpack(array)


def test_dlpack_refuses():
    with pytest.raises(TypeError, match="expected an object with __dlpack__, got list"):
        sg.from_dlpack([1, 2])
    with pytest.raises(BufferError, match="type"):
        sg.from_dlpack(np.zeros(2, dtype=np.complex64))
    with pytest.raises(ValueError, match="negative"):
        sg.from_dlpack(np.arange(3)[::-1])
    with pytest.raises(BufferError, match="device"):
        sg.ones(1).__dlpack__(dl_device=(2, 0))


def test_dlpack_needs_no_numpy():
    code = """
import sys
sys.modules["numpy"] = None
import synapgrad as sg
class Other:
    def __init__(self, tensor): self.tensor = tensor
    def __dlpack__(self, **options): return self.tensor.__dlpack__(**options)
    def __dlpack_device__(self): return self.tensor.__dlpack_device__()
print(sg.from_dlpack(Other(sg.arange(3))).tolist())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 1, 2]"


def test_numpy_dtypes_name_dtypes():
    for name in DTYPES:
        assert sg.zeros(1, dtype=np.dtype(name)).dtype is getattr(sg, name)
        assert sg.zeros(1, dtype=getattr(np, name if name != "bool" else "bool_")).dtype is getattr(sg, name)


def test_numpy_is_imported_only_when_needed():
    code = "import sys, synapgrad; synapgrad.tensor([1.0]).tolist(); assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
