"""MNIST, FashionMNIST and CIFAR: reading, finding, downloading, and what happens to damaged files."""

import functools
import gzip
import hashlib
import http.server
import io
import pathlib
import pickle
import struct
import tarfile
import threading

import numpy as np
import pytest

import synapgrad as sg
from synapgrad import datasets
from synapgrad.datasets import _files
from synapgrad.transforms import ToTensor

HERE = pathlib.Path(__file__).parents[2] / "examples" / "data" / "mnist"


def idx(array: np.ndarray) -> bytes:
    code = {"u1": 8, "i1": 9, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}[array.dtype.str[1:]]
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def write_mnist(folder: pathlib.Path, n=6, packed=True, part="train"):
    folder.mkdir(parents=True, exist_ok=True)
    images = np.arange(n * 28 * 28, dtype=np.uint8).reshape(n, 28, 28)
    labels = (np.arange(n) % 10).astype(np.uint8)
    for name, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
        content = idx(array)
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content) if packed else content)
    return images, labels


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_of_every_type(dtype, packed, tmp_path):
    array = np.arange(-6, 6).reshape(2, 3, 2).astype(dtype)
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    tensor = sg._C._read_idx(path)
    assert tensor.numpy().dtype == array.dtype and tensor.tolist() == array.tolist()


def test_gzip_headers_with_names_and_comments(tmp_path):
    path = tmp_path / "x.gz"
    with open(path, "wb") as file, gzip.GzipFile("a name", "wb", fileobj=file) as packed:
        packed.write(idx(np.ones(3, np.uint8)))
    assert sg._C._read_idx(path).tolist() == [1, 1, 1]


GOOD = idx(np.ones((2, 2), np.uint8))
DAMAGED = {
    "empty": b"",
    "text": b"<html>not found</html>",
    "magic": b"\x00\x01" + GOOD[2:],
    "type": b"\x00\x00\x07" + GOOD[3:],
    "header": GOOD[:9],
    "short": GOOD[:-1],
    "long": GOOD + b"x",
    "huge": b"\x00\x00\x08\x04" + b"\xff" * 16,
    "gzip cut": gzip.compress(GOOD)[:-9],
    "gzip end": gzip.compress(GOOD)[:-1],
    "gzip head": b"\x1f\x8b\x08",
    "gzip checksum": gzip.compress(GOOD)[:-8] + b"\0" * 4 + gzip.compress(GOOD)[-4:],
    "gzip of text": gzip.compress(b"hello"),
    "gzip bomb": gzip.compress(bytes(1 << 24))[:-4] + struct.pack("<I", 10),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_idx_files_are_named(name, tmp_path):
    write_mnist(tmp_path)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(DAMAGED[name])
    with pytest.raises(RuntimeError, match=r"train-images-idx3-ubyte\.gz"):
        datasets.MNIST(tmp_path)


def test_files_that_do_not_fit_each_other(tmp_path):
    write_mnist(tmp_path)
    labels = tmp_path / "train-labels-idx1-ubyte.gz"
    labels.write_bytes(gzip.compress(idx(np.ones(5, np.uint8))))
    with pytest.raises(RuntimeError, match="6 images but 5 labels"):
        datasets.MNIST(tmp_path)
    labels.write_bytes(gzip.compress(idx(np.ones((6, 1), np.uint8))))
    with pytest.raises(RuntimeError, match="train-labels.*1 dimensions"):
        datasets.MNIST(tmp_path)


@pytest.mark.parametrize("folder", ["MNIST/raw", "."])
@pytest.mark.parametrize("packed", [False, True])
def test_both_layouts_are_found(folder, packed, tmp_path):
    images, labels = write_mnist(tmp_path / folder, packed=packed)
    data = datasets.MNIST(str(tmp_path), transform=ToTensor(), target_transform=lambda y: -y)
    assert (
        len(data) == 6 and data.data.tolist() == images.tolist() and data.targets.tolist() == labels.tolist()
    )
    image, label = data[3]
    assert image.shape == (1, 28, 28) and image.max().item() <= 1 and label == -3
    raw = datasets.MNIST(tmp_path)
    assert raw[3][0].dtype is sg.uint8 and raw[3][1] == 3 and type(raw[3][1]) is int
    assert "Number of datapoints: 6" in repr(raw) and raw.class_to_idx["3 - three"] == 3
    with pytest.raises(IndexError):
        raw[6]
    with pytest.raises(RuntimeError, match="download=True"):
        datasets.MNIST(tmp_path, train=False)


def test_the_mnist_of_the_repository():
    if not HERE.exists():
        pytest.skip("not in a clone")
    md5 = {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
    for name, wanted in md5.items():
        assert hashlib.md5(gzip.decompress((HERE / f"{name}.gz").read_bytes())).hexdigest() == wanted
    test = datasets.MNIST(HERE, train=False)
    assert test.data.shape == (10_000, 28, 28) and test.targets[:4].tolist() == [7, 2, 1, 0]
    assert sg.bincount(test.targets).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# Downloads, from a server on this machine


@pytest.fixture
def server(tmp_path):
    root = tmp_path / "served"
    root.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            if self.path.startswith("/cut/"):
                # Promises more than it sends.
                content = (root / self.path[5:]).read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                return
            if self.path.startswith("/chunk/"):
                # Announces a piece and sends half of it.
                self.protocol_version = "HTTP/1.1"
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b"10\r\nhalf of it")
                self.close_connection = True
                return
            if self.path.startswith("/garbage/"):
                self.wfile.write(b"this is no answer of a server\r\n\r\n")
                self.close_connection = True
                return
            super().do_GET()

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=root)
    ) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield root, f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()


def small_mnist(root, mirrors):
    """A class of data sets that are downloaded from these mirrors."""
    write_mnist(root)
    write_mnist(root, n=3, part="t10k")
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in root.iterdir()}
    return type("MNIST", (datasets.MNIST,), {"mirrors": mirrors, "resources": sums})


def test_download(server, tmp_path, capsys):
    root, url = server
    Small = small_mnist(root, [url + f"{place}/" for place in ("nowhere", "cut", "chunk", "garbage")] + [url])
    data = Small(tmp_path / "data", download=True)
    folder = tmp_path / "data" / "MNIST" / "raw"
    assert len(data) == 6 and sorted(p.name for p in folder.iterdir()) == sorted(Small.resources)
    assert len(Small(tmp_path / "data", train=False)) == 3
    for path in root.iterdir():
        path.unlink()
    Small(tmp_path / "data", download=True)  # all there: nothing is fetched


def test_a_download_that_fails_leaves_nothing(server, tmp_path):
    root, url = server
    Small = small_mnist(root, [url + "cut/", url])
    Small.resources = dict.fromkeys(Small.resources, "0" * 32)
    with pytest.raises(RuntimeError, match="(?s)no mirror has.*MD5.*MD5"):
        Small(tmp_path / "data", download=True)
    assert list((tmp_path / "data" / "MNIST" / "raw").iterdir()) == []


def test_an_interrupted_download_leaves_nothing(server, tmp_path, monkeypatch):
    root, url = server

    def interrupted(address, file, name):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(_files, "_fetch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        small_mnist(root, [url])(tmp_path / "data", download=True)
    assert list((tmp_path / "data" / "MNIST" / "raw").iterdir()) == []


def test_without_tqdm_a_line_is_printed(server, tmp_path, monkeypatch, capsys):
    root, url = server
    monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    small_mnist(root, [url])(tmp_path / "data", download=True)
    assert "downloaded train-images-idx3-ubyte.gz" in capsys.readouterr().err


# CIFAR


def write_cifar(folder: pathlib.Path, n=4, protocol=2):
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(n * 3072, dtype=np.uint8).reshape(n, 3072)
    for name in (
        "data_batch_1",
        "data_batch_2",
        "data_batch_3",
        "data_batch_4",
        "data_batch_5",
        "test_batch",
    ):
        content = {b"data": pixels, b"labels": list(range(n)), b"batch_label": b"x", b"filenames": [b"a"] * n}
        (folder / name).write_bytes(pickle.dumps(content, protocol))
    (folder / "batches.meta").write_bytes(
        pickle.dumps({b"label_names": [b"airplane", b"automobile"]}, protocol)
    )
    return pixels


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar(tmp_path, protocol):
    pixels = write_cifar(tmp_path / "cifar-10-batches-py", protocol=protocol)
    data = datasets.CIFAR10(tmp_path)
    assert len(data) == 20 and data[5][0].shape == (3, 32, 32) and data[5][1] == 1
    assert data[5][0].tolist() == pixels[1].reshape(3, 32, 32).tolist()
    assert data.classes == ["airplane", "automobile"] and len(datasets.CIFAR10(tmp_path, train=False)) == 4
    with pytest.raises(RuntimeError, match="cifar-100-python.*download=True"):
        datasets.CIFAR100(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", pickle.dumps([1]), pickle.dumps({b"data": 1}), pickle.dumps(print)]
)
def test_damaged_cifar_files_are_named(tmp_path, content):
    write_cifar(tmp_path / "cifar-10-batches-py")
    (tmp_path / "cifar-10-batches-py" / "data_batch_3").write_bytes(content)
    with pytest.raises(RuntimeError, match="data_batch_3"):
        datasets.CIFAR10(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", {b"num_vis": 3072}, {b"label_names": 3}, {b"label_names": [1]}, {b"label_names": None}]
)
def test_damaged_names_of_classes_are_named(tmp_path, content):
    write_cifar(tmp_path / "cifar-10-batches-py")
    (tmp_path / "cifar-10-batches-py" / "batches.meta").write_bytes(pickle.dumps(content) if content else b"")
    with pytest.raises(RuntimeError, match=r"batches\.meta"):
        datasets.CIFAR10(tmp_path)


def test_cifar_download(server, tmp_path):
    root, url = server
    write_cifar(tmp_path / "made" / "cifar-10-batches-py")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as out:
        out.add(tmp_path / "made" / "cifar-10-batches-py", "cifar-10-batches-py")
    (root / "cifar-10-python.tar.gz").write_bytes(buffer.getvalue())
    md5 = hashlib.md5(buffer.getvalue()).hexdigest()
    Small = type("CIFAR10", (datasets.CIFAR10,), {"mirrors": [url], "tgz_md5": md5})
    assert len(Small(tmp_path / "data", download=True)) == 20
    (root / "cifar-10-python.tar.gz").unlink()
    assert len(Small(tmp_path / "data", train=False, download=True)) == 4


def test_drawn_digits():
    images, labels = datasets.make_digits(50, random_state=1)
    again, _ = datasets.make_digits(50, random_state=1)
    assert images.shape == (50, 1, 28, 28) and sg.equal(images, again)
    assert 0 <= images.min().item() and images.max().item() <= 1
    assert sg.bincount(labels).tolist() == [5] * 10
    clean, order = datasets.make_digits(20, noise=0, shuffle=False, random_state=2)
    assert order.tolist() == [*range(10)] * 2
    # The ones differ in place and brightness only.
    counts = [int((clean[i] > 0).sum()) for i in range(20)]
    assert counts[:10] == counts[10:] and len(set(counts[:3])) == 3
    for wrong in (dict(n_samples=0), dict(noise=-1.0)):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            datasets.make_digits(**wrong)
