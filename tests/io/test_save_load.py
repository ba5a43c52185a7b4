"""save and load: what torch wrote loads here, what was saved here loads there, and nothing is run or half written."""

import collections
import io
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import textwrap
import time
import zipfile

import pytest
import torch

import synapgrad as sg
from synapgrad import nn, optim

NAMES = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool".split()


def through_torch(obj, **options):
    """What torch.load makes of a file of ours."""
    file = io.BytesIO()
    sg.save(obj, file)
    file.seek(0)
    return torch.load(file, weights_only=True, **options)


def from_torch(obj):
    """What load makes of a file of torch.save."""
    file = io.BytesIO()
    torch.save(obj, file)
    file.seek(0)
    return sg.load(file)


def same(ours, theirs):
    assert str(ours.dtype).split(".")[1] == str(theirs.dtype).split(".")[1]
    assert tuple(ours.shape) == tuple(theirs.shape) and tuple(ours.stride()) == tuple(theirs.stride())
    assert ours.storage_offset() == theirs.storage_offset() or ours.numel() == 0
    assert ours.requires_grad == theirs.requires_grad
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_every_dtype_both_ways(name):
    values = [[0, 1, 2], [3, 4, 100]]
    same(
        from_torch(torch.tensor(values).to(getattr(torch, name))),
        torch.tensor(values).to(getattr(torch, name)),
    )
    ours = sg.tensor(values).to(getattr(sg, name))
    same(ours, through_torch(ours))


VIEWS = {
    "transposed": lambda x: x.t(),
    "row": lambda x: x[1],
    "every other": lambda x: x[:, ::2],
    "expanded": lambda x: x[:1].expand(5, 4),
    "0-d": lambda x: x[2, 3],
    "empty": lambda x: x[3:],
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_keep_their_strides_and_share_memory(view):
    def both(lib):
        x = lib.arange(12.0).view(3, 4)
        return [x, VIEWS[view](x)]

    for loaded, wanted in ((from_torch(both(torch)), both(torch)), (both(sg), through_torch(both(sg)))):
        for a, b in zip(loaded, wanted):
            same(a, b)
    loaded = from_torch(both(torch))
    loaded[0].fill_(7.0)
    assert set(loaded[1].reshape(-1).tolist()) <= {7.0}
    back = through_torch(both(sg))
    back[0].fill_(7.0)
    assert set(back[1].reshape(-1).tolist()) <= {7.0}


def containers(lib):
    nested = {"a": [1, (2, 3), {"b": None}], 5: True, (1, 2): "text", 2.5: b"\x00\xffbytes", "é\n": ""}
    return {
        "nested": nested,
        "numbers": [
            0,
            -1,
            255,
            256,
            -(2**31),
            2**31,
            2**63 - 1,
            2**63,
            -(2**63),
            -(2**70),
            0.1,
            float("inf"),
        ],
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "counter": collections.Counter("abca"),
        "set": {1, 2, "x"},
        "size": lib.Size([2, 3]),
        "dtype": lib.float16,
        "device": lib.device("cpu"),
        "empty": [[], (), {}, set(), "", b""],
        "many": list(range(2000)),
    }


def test_containers_and_numbers_both_ways():
    ours, theirs = containers(sg), containers(torch)
    for loaded, wanted in ((from_torch(theirs), ours), (through_torch(ours), theirs)):
        assert loaded == wanted
        assert list(loaded) == list(wanted) and list(loaded["ordered"]) == ["z", "a"]
        assert type(loaded["counter"]) is collections.Counter and type(loaded["size"]) is type(wanted["size"])
    assert repr(sg.load(io.BytesIO(sg_bytes(float("nan"))))) == "nan"


def sg_bytes(obj) -> bytes:
    file = io.BytesIO()
    sg.save(obj, file)
    return file.getvalue()


def test_objects_that_are_met_twice_are_one_after_loading():
    shared, tensor = [1], sg.ones(2)
    loaded = sg.load(io.BytesIO(sg_bytes([shared, shared, tensor, tensor, (shared,)])))
    assert loaded[0] is loaded[1] is loaded[4][0] and loaded[2] is loaded[3]
    back = through_torch([shared, shared, tensor, tensor])
    assert back[0] is back[1] and back[2] is back[3]


def test_parameters_and_requires_grad():
    module = torch.nn.Linear(2, 3)
    loaded = from_torch({"p": module.weight, "x": torch.ones(2, requires_grad=True), "frozen": module.bias})
    assert type(loaded["p"]) is nn.Parameter and loaded["x"].requires_grad
    same(loaded["p"], module.weight)
    ours = nn.Linear(2, 3)
    back = through_torch([ours.weight, nn.Parameter(sg.ones(2), requires_grad=False)])
    assert type(back[0]) is torch.nn.Parameter and back[0].requires_grad and not back[1].requires_grad


def test_state_dicts_both_ways():
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    ours = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    state = from_torch(theirs.state_dict())
    assert state._metadata == theirs.state_dict()._metadata
    ours.load_state_dict(state)
    x = [[1.0, 2.0, 3.0]]
    outputs = torch.tensor(ours(sg.tensor(x)).tolist())
    torch.testing.assert_close(outputs, theirs(torch.tensor(x)).detach())
    fresh = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    theirs.load_state_dict(through_torch(fresh.state_dict()))
    outputs = torch.tensor(fresh(sg.tensor(x)).tolist())
    torch.testing.assert_close(outputs, theirs(torch.tensor(x)).detach())


def test_optimizer_state_dicts_both_ways():
    theirs = torch.nn.Linear(2, 1)
    their_sgd = torch.optim.SGD(theirs.parameters(), lr=0.1, momentum=0.9)
    theirs(torch.ones(1, 2)).sum().backward()
    their_sgd.step()
    ours = nn.Linear(2, 1)
    our_sgd = optim.SGD(ours.parameters(), lr=0.5, momentum=0.1)
    our_sgd.load_state_dict(from_torch(their_sgd.state_dict()))
    assert our_sgd.param_groups[0]["lr"] == 0.1
    momentum = our_sgd.state[ours.weight]["momentum_buffer"]
    assert momentum.tolist() == their_sgd.state[theirs.weight]["momentum_buffer"].tolist()
    their_sgd.load_state_dict(through_torch(our_sgd.state_dict()))


def test_paths_files_and_options(tmp_path):
    path = tmp_path / "größe.pt"
    sg.save([1], path)
    sg.save(obj=[2], f=str(tmp_path / "b.pt"))
    assert sg.load(path) == [1] and sg.load(str(path), map_location="cpu", weights_only=True, mmap=True) == [
        1
    ]
    assert torch.load(path, mmap=True) == [1]
    with open(path, "rb") as file:
        assert sg.load(file, map_location=lambda storage, place: storage, weights_only=False) == [1]
    with pytest.raises(RuntimeError, match="cuda"):
        sg.load(path, map_location="cuda")
    for place in (None, "cpu", sg.device("cpu"), {"cuda:0": "cpu"}, lambda storage, place: storage):
        assert sg.load(path, map_location=place) == [1]
    with pytest.raises(TypeError, match="map_location, but got int"):
        sg.load(path, map_location=5)
    sg.save([3], os.fsencode(path))
    assert sg.load(os.fsencode(path)) == [3]
    with pytest.raises(TypeError, match="binary"):
        sg.load(io.StringIO("x"))
    for other in (None, 5, [path]):
        for refused in (lambda other=other: sg.load(other), lambda other=other: sg.save(1, other)):
            with pytest.raises(TypeError, match="os.PathLike"):
                refused()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


# What cannot be saved


class Loop(list):
    pass


@pytest.mark.parametrize(
    "obj", [nn.Linear(1, 1), object(), lambda: 0, Loop(), collections.defaultdict(list), 1j]
)
def test_other_objects_are_refused_by_name(obj, tmp_path):
    with pytest.raises(TypeError, match=type(obj).__name__):
        sg.save([obj], tmp_path / "x.pt")
    assert list(tmp_path.iterdir()) == []


def test_containers_in_themselves_and_deep_ones_are_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match="contains itself"):
        sg_bytes(loop)
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="deep"):
        sg_bytes(deep)
    while deep:
        deep = deep.pop()


def test_two_dtypes_on_one_memory_are_refused():
    x = sg.arange(4.0)
    with pytest.raises(RuntimeError, match="different types"):
        sg_bytes([x, x.view(sg.int32)])


# Atomic writing


def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.pt"
    sg.save({"epoch": 1}, path)
    program = f"""
        import synapgrad as sg
        big = [sg.zeros(1 << 20) for _ in range(40)]
        print("ready", flush=True)
        while True:
            sg.save({{"epoch": 2, "big": big}}, {str(path)!r})
    """
    for delay in (0.02, 0.1):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert sg.load(path)["epoch"] in (1, 2)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_oserror():
    with pytest.raises(OSError, match="save: /dev/full"):
        sg.save(sg.ones(100_000), "/dev/full")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "model.pt"
    sg.save({"epoch": 1}, path)
    program = f"""
        import resource, signal, synapgrad as sg
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        try:
            sg.save(sg.ones(100_000), {str(path)!r})
        except OSError as error:
            print("refused:", error)
    """
    assert resource
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert "refused:" in done.stdout and "model.pt" in done.stdout, done.stderr
    assert sg.load(path) == {"epoch": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["model.pt"]


def test_errors_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.pt"):
        sg.load(tmp_path / "nowhere.pt")
    with pytest.raises(FileNotFoundError):
        sg.save(1, tmp_path / "no" / "directory.pt")
    with pytest.raises(IsADirectoryError):
        sg.save(1, tmp_path)


def test_links_permissions_and_pipes_stay(tmp_path):
    real, link = tmp_path / "real.pt", tmp_path / "link.pt"
    sg.save(1, real)
    real.chmod(0o600)
    link.symlink_to(real)
    sg.save(2, link)
    assert link.is_symlink() and sg.load(real) == 2
    assert real.stat().st_mode & 0o777 == 0o600
    sg.save(3, os.devnull)
    assert not os.path.isfile(os.devnull)


# Damaged and hostile files


def archive(pickled: bytes, storages=(), prefix="archive", extra=()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        out.writestr(f"{prefix}/data.pkl", pickled)
        for key, content in enumerate(storages):
            out.writestr(f"{prefix}/data/{key}", content)
        for name, content in extra:
            out.writestr(name, content)
    return file.getvalue()


def tensor_pickle(offset=0, shape=(2,), strides=(1,), numel=2, kind="FloatStorage", key="0") -> bytes:
    """A pickle of a tensor on storage ``key``, as torch writes it but with these numbers."""

    def number(n: int) -> bytes:
        return b"\x8a\x08" + n.to_bytes(8, "little", signed=True)

    def numbers(values) -> bytes:
        return b"(" + b"".join(number(n) for n in values) + b"t"

    def text(value: str) -> bytes:
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    storage = b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu")
    storage += number(numel) + b"tQ"
    arguments = storage + number(offset) + numbers(shape) + numbers(strides)
    return b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + b"\x89N" + b"tR."


def load_bytes(content: bytes):
    return sg.load(io.BytesIO(content))


EIGHT = struct.pack("<2f", 1, 2)
HUGE = 2**62


@pytest.mark.parametrize(
    "numbers",
    [
        dict(offset=1),
        dict(offset=-1),
        dict(offset=HUGE),
        dict(shape=(3,)),
        dict(shape=(-2,)),
        dict(shape=(HUGE, HUGE), strides=(0, 0)),
        dict(shape=(2, 2)),
        dict(strides=(2,)),
        dict(strides=(-1,)),
        dict(strides=(HUGE,)),
        dict(numel=3),
        dict(numel=-1),
        dict(numel=HUGE),
        dict(key="1"),
        dict(key="../data.pkl"),
        dict(kind="ComplexFloatStorage"),
        dict(kind="DoubleStorage"),
    ],
)
def test_tensors_that_do_not_fit_their_memory_are_refused(numbers):
    with pytest.raises((RuntimeError, pickle.UnpicklingError), match="load: file object"):
        load_bytes(archive(tensor_pickle(**numbers), [EIGHT]))


def test_the_hand_made_tensor_is_one_where_its_numbers_are_right():
    assert load_bytes(archive(tensor_pickle(), [EIGHT])).tolist() == [1, 2]


class Run:
    def __reduce__(self):
        return (os.system, ("touch /tmp/this-must-not-run",))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_code_is_refused_by_name_and_never_run(protocol):
    for obj in (Run(), {"a": [Run()]}):
        with pytest.raises(pickle.UnpicklingError, match="system|instruction"):
            load_bytes(archive(pickle.dumps(obj, protocol)))
    assert not os.path.exists("/tmp/this-must-not-run")


@pytest.mark.parametrize(
    "obj", [torch.nn.Linear(1, 1), torch.complex(torch.ones(1), torch.ones(1)), frozenset([1]), range(3)]
)
def test_what_torch_can_save_and_we_do_not_load_is_refused_by_name(obj):
    with pytest.raises(pickle.UnpicklingError, match="Linear|Complex|frozenset|range"):
        from_torch(obj)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_newer_pickles_are_read(protocol):
    file = io.BytesIO()
    obj = {"x": torch.arange(3), "n": [1, 2**80, "é", b"b", {1}, (), (1, 2, 3, 4)]}
    torch.save(obj, file, pickle_protocol=protocol)
    loaded = load_bytes(file.getvalue())
    assert loaded["n"] == obj["n"] and loaded["x"].tolist() == [0, 1, 2]


PICKLES = {
    "empty": b"",
    "no stop": b"\x80\x02N",
    "stop on nothing": b"\x80\x02.",
    "a long text that is not there": b"\x80\x02X\xff\xff\xff\x7f.",
    "bytes that are not there": b"\x80\x04\x8e" + b"\xff" * 8 + b".",
    "an int that is not there": b"\x80\x02\x8b\xff\xff\xff\x7f.",
    "deep": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "a list in itself": b"\x80\x02]q\x00h\x00a.",
    "an empty memo": b"\x80\x02h\x07.",
    "a far memo": b"\x80\x02Nr\xff\xff\xff\xff0j\xfe\xff\xff\xff.",
    "a mark on the stack": b"\x80\x02(.",
    "below the mark": b"\x80\x02N(0.",
    "too many items": b"\x80\x02}(NNNu.",
    "items for a number": b"\x80\x02K\x01(Ne.",
    "an unknown instruction": b"\x80\x02\x00.",
    "protocol 9": b"\x80\x09N.",
    "call of a number": b"\x80\x02K\x01)R.",
    "call with a number": b"\x80\x02ccollections\nOrderedDict\nK\x01R.",
    "a bare function": b"\x80\x02ccollections\nOrderedDict\n.",
    "attributes of a list": b"\x80\x02]}b.",
    "text that is not UTF-8": b"\x80\x02X\x01\x00\x00\x00\xff.",
    "an unhashable key": b"\x80\x02}]Ns.",
    "a storage that is no tuple": b"\x80\x02K\x01Q.",
    "attributes that are no dictionary": b"\x80\x02ccollections\nOrderedDict\n)RK\x01b.",
}


@pytest.mark.parametrize("name", PICKLES)
def test_damaged_pickles_are_refused(name):
    with pytest.raises(pickle.UnpicklingError, match="load: file object"):
        load_bytes(archive(PICKLES[name]))


def test_a_bomb_of_shared_lists_stays_small():
    # Thirty lists, each twice in the next: 2**30 if they were not shared.
    pickled = b"\x80\x02]q\x00" + b"".join(
        b"](h" + bytes([i]) + b"h" + bytes([i]) + b"eq" + bytes([i + 1]) for i in range(30)
    )
    loaded = load_bytes(archive(pickled + b"."))
    assert loaded[0] is loaded[1]


def test_archives_that_are_none_of_torchs():
    for content, words in (
        (b"", "empty"),
        (b"hello", "not a zip archive"),
        (archive(b"N.", prefix="a", extra=[("b/data.pkl", b"N.")]), "no single entry"),
        (archive(b"N.", extra=[("archive/constants.pkl", b"")]), "TorchScript"),
        (archive(b"N.", extra=[("archive/byteorder", b"middle")]), "byte order"),
    ):
        with pytest.raises(RuntimeError, match=words):
            load_bytes(content)


def test_the_format_before_archives_is_named(tmp_path):
    path = tmp_path / "old.pt"
    torch.save(torch.ones(2), path, _use_new_zipfile_serialization=False)
    with pytest.raises(RuntimeError, match=r"old\.pt.*before 1\.6"):
        sg.load(path)
    with pytest.raises(ValueError, match="zip"):
        sg.save(1, path, _use_new_zipfile_serialization=False)


def test_compressed_entries_and_doubles_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("archive/data.pkl", b"N" * 1000)
    with pytest.raises(RuntimeError, match="compressed"):
        load_bytes(file.getvalue())
    file = io.BytesIO()
    with pytest.warns(UserWarning), zipfile.ZipFile(file, "w") as out:
        out.writestr("archive/data.pkl", b"N.")
        out.writestr("archive/data.pkl", b"N.")
    with pytest.raises(RuntimeError, match="two entries"):
        load_bytes(file.getvalue())


def test_entries_over_one_another_are_refused():
    content = bytearray(archive(b"N.", [b"x" * 1000]))
    row = content.rfind(b"PK\x01\x02")
    # The second row claims the length of the whole file.
    content[row + 20 : row + 28] = struct.pack("<II", len(content), len(content))
    with pytest.raises(RuntimeError, match="over one another"):
        load_bytes(bytes(content))


def test_big_endian_files_are_turned_around():
    content = archive(tensor_pickle(), [struct.pack(">2f", 1, 2)], extra=[("archive/byteorder", b"big")])
    assert load_bytes(content).tolist() == [1, 2]


def test_files_without_checksums_load():
    torch.serialization.set_crc32_options(False)
    try:
        assert from_torch(torch.arange(3)).tolist() == [0, 1, 2]
    finally:
        torch.serialization.set_crc32_options(True)


def test_truncation_and_flipped_bytes_never_crash():
    draws = random.Random(0)
    content = sg_bytes(
        {"weight": sg.arange(6.0).view(2, 3).t(), "n": [1, 2.5, "x", (None,)], "p": nn.Linear(2, 1).weight}
    )
    for end in draws.sample(range(len(content)), 60):
        with pytest.raises((RuntimeError, pickle.UnpicklingError)):
            load_bytes(content[:end])
    unharmed = 0
    for _ in range(1500):
        damaged = bytearray(content)
        for _ in range(draws.choice([1, 1, 4])):
            damaged[draws.randrange(len(damaged))] ^= 1 << draws.randrange(8)
        # A wrong checksum would hide what a damaged pickle does: tell the archive that there is none.
        damaged = without_checksums(bytes(damaged))
        try:
            load_bytes(damaged)
            unharmed += 1
        except (RuntimeError, pickle.UnpicklingError, TypeError, MemoryError):
            pass
    assert 0 < unharmed < 1500


def without_checksums(content: bytes) -> bytes:
    content, at = bytearray(content), 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 16 : at + 20] = bytes(4)
        at += 4
    return bytes(content)
