"""utils.safetensors: round trips, the bytes of the format, and damaged files."""

import json
import struct

import pytest

import synapgrad as sg
from synapgrad.utils import safetensors

NAMES = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool".split()
LETTERS = "F32 F64 F16 BF16 I64 I32 I16 I8 U8 BOOL".split()


def file_of(header, data=b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(("name", "letters"), list(zip(NAMES, LETTERS)))
def test_every_dtype_in_the_formats_own_words(name, letters):
    x = sg.tensor([[0, 1, 2], [3, 4, 5]]).to(getattr(sg, name))
    content = safetensors.save({"x": x})
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    assert header["x"] == {"dtype": letters, "shape": [2, 3], "data_offsets": [0, 6 * x.itemsize]}
    back = safetensors.load(content)["x"]
    assert back.dtype is x.dtype and back.tolist() == x.tolist()
    made = file_of(
        {"y": {"dtype": letters, "shape": [6], "data_offsets": [0, 6 * x.itemsize]}}, content[8 + size :]
    )
    assert safetensors.load(made)["y"].tolist() == x.reshape(-1).tolist()


def test_files_and_metadata(tmp_path):
    path = tmp_path / "model.safetensors"
    state = sg.nn.Linear(3, 2).state_dict()
    safetensors.save_file(state, path, {"epoch": "3"})
    loaded = safetensors.load_file(str(path), device="cpu")
    assert sorted(loaded) == ["bias", "weight"] and sg.equal(loaded["weight"], state["weight"])
    assert safetensors.load_metadata(path) == {"epoch": "3"}
    assert [file.name for file in tmp_path.iterdir()] == ["model.safetensors"]


def test_views_and_odd_shapes_are_written_as_what_they_show():
    x = sg.arange(12.0).view(3, 4)
    tensors = {"t": x.t(), "row": x[1], "0-d": sg.tensor(5), "empty": sg.ones(0, 3), "e": x[:1].expand(2, 4)}
    loaded = safetensors.load(safetensors.save(tensors))
    assert {name: loaded[name].tolist() for name in tensors} == {
        name: t.tolist() for name, t in tensors.items()
    }
    assert not safetensors.load(safetensors.save({"w": sg.nn.Linear(1, 1).weight}))["w"].requires_grad


def test_the_package_of_that_name_agrees(tmp_path):
    theirs = pytest.importorskip("safetensors.torch")
    import torch

    path = tmp_path / "x.safetensors"
    theirs.save_file(
        {"a": torch.arange(6).view(2, 3), "b": torch.ones(2, dtype=torch.bfloat16)}, path, {"k": "v"}
    )
    assert safetensors.load_file(path)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert safetensors.load_metadata(path) == {"k": "v"}
    safetensors.save_file({"c": sg.ones(2, 2).to(sg.float16)}, path)
    assert theirs.load_file(path)["c"].dtype is torch.float16


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
DAMAGED = {
    "empty": b"",
    "short": b"\x01\0\0",
    "long header": struct.pack("<Q", 2**63) + b"{}",
    "no json": file_of(b"hello"),
    "deep json": file_of(b"[" * 100_000),
    "no data": file_of({"x": GOOD}),
    "less data": file_of({"x": GOOD}, bytes(7)),
    "more data": file_of({"x": GOOD}, bytes(9)),
    "gap": file_of({"x": {**GOOD, "data_offsets": [4, 12]}}, bytes(12)),
    "overlap": file_of({"x": GOOD, "y": GOOD}, bytes(8)),
    "negative": file_of({"x": {**GOOD, "shape": [-2]}}, bytes(8)),
    "overflow": file_of({"x": {**GOOD, "shape": [2**62, 2**62]}}, bytes(8)),
    "size": file_of({"x": {**GOOD, "shape": [3]}}, bytes(8)),
    "dtype": file_of({"x": {**GOOD, "dtype": "C64", "shape": [1]}}, bytes(8)),
    "unknown dtype": file_of({"x": {**GOOD, "dtype": "X32"}}, bytes(8)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_named(name, tmp_path):
    path = tmp_path / "bad.safetensors"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(RuntimeError, match=r"load_file: .*bad\.safetensors"):
        safetensors.load_file(path)


def test_errors(tmp_path):
    for tensors, metadata, error, text in [
        ({"x": 1}, None, TypeError, "'x', but got builtins.int"),
        ({1: sg.ones(1)}, None, TypeError, "name of a tensor, but got 1"),
        ([sg.ones(1)], None, TypeError, "dictionary of tensors, but got list"),
        ({"__metadata__": sg.ones(1)}, None, ValueError, "__metadata__"),
        ({}, {"epoch": 3}, TypeError, "metadata, but got 'epoch': 3"),
        ({}, {3: "epoch"}, TypeError, "metadata, but got 3: 'epoch'"),
        ({}, "text", TypeError, "as metadata, but got str"),
    ]:
        with pytest.raises(error, match=f"save: .*{text}"):
            safetensors.save(tensors, metadata)
        with pytest.raises(error, match=f"save_file: .*{text}"):
            safetensors.save_file(tensors, tmp_path / "never", metadata)
    assert not (tmp_path / "never").exists()
    with pytest.raises(FileNotFoundError):
        safetensors.load_file(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        safetensors.save_file({}, tmp_path / "nowhere" / "x")
    with pytest.raises(RuntimeError, match="cuda"):
        safetensors.load_file(tmp_path / "x", device="cuda")
