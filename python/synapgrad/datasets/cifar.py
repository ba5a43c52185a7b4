"""CIFAR10 and CIFAR100: small colour images."""

from __future__ import annotations

import pickle
import tarfile
from pathlib import Path

from synapgrad import _C

from ._files import ImageDataset, download

__all__ = ["CIFAR10", "CIFAR100"]


class _Array:
    """Stands for an array of NumPy in a pickle, of which only the bytes are wanted."""

    content = b""
    shape = ()

    def __setstate__(self, state):
        _version, self.shape, _dtype, _fortran, content = state
        self.content = content if isinstance(content, bytes) else content.encode("latin1")


class _Unused:
    def __init__(self, *_):
        pass

    def __setstate__(self, _):
        pass


class _Reader(pickle.Unpickler):
    """Reads dictionaries of lists, text, numbers and arrays, and refuses everything else."""

    def find_class(self, module: str, name: str):
        if module.split(".")[0] == "numpy":
            if name == "_reconstruct":
                return lambda *_: _Array()
            if name in ("ndarray", "dtype"):
                return _Unused
        if (module, name) == ("_codecs", "encode"):
            return lambda text, _: text.encode("latin1")
        raise pickle.UnpicklingError(f"it holds {module}.{name}, which is not loaded")


class CIFAR10(ImageDataset):
    """60,000 colour images of ten classes, 32 x 32 pixels.

    Sample i is an image, uint8 of shape (3, 32, 32) or what ``transform`` makes of it, and its label, an int.

    Args:
        root: the directory that holds, or gets, ``cifar-10-batches-py``.
        train: whether the 50,000 images to learn from, or the 10,000 to test with.
        transform, target_transform: functions of an image, of a label.
        download: whether to fetch the files where they are missing.

    Attributes:
        data: all images, uint8 of shape (n, 3, 32, 32). (torchvision's have the channels last.)
        targets: their labels, a list.

    Raises:
        RuntimeError: a file is missing, damaged or truncated, or cannot be downloaded.

    A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009.
    """

    mirrors = ["https://www.cs.toronto.edu/~kriz/"]
    base_folder = "cifar-10-batches-py"
    filename = "cifar-10-python.tar.gz"
    tgz_md5 = "c58f30108f718f92721af3b95e74349a"
    train_list = [f"data_batch_{number}" for number in range(1, 6)]
    test_list = ["test_batch"]
    _label_key = b"labels"
    _names = ("batches.meta", b"label_names")

    def __init__(
        self, root, train: bool = True, transform=None, target_transform=None, download: bool = False
    ):
        super().__init__(root, train, transform, target_transform)
        if download:
            self.download()
        images, self.targets = [], []
        for name in self.train_list if self.train else self.test_list:
            content = self._read(name)
            pixels, labels = content.get(b"data"), content.get(self._label_key)
            if not isinstance(pixels, _Array) or not isinstance(labels, list):
                raise RuntimeError(f"{self._folder() / name}: the file holds no images and labels")
            if len(pixels.content) != 3072 * len(labels):
                raise RuntimeError(
                    f"{self._folder() / name}: {len(pixels.content)} bytes of images for {len(labels)} labels"
                )
            images.append(_C._from_bytes(pixels.content, _C.uint8).view(-1, 3, 32, 32))
            self.targets += labels
        self.data = _C.cat(images)
        meta, key = self._names
        names = self._read(meta).get(key)
        if not isinstance(names, list) or not all(isinstance(name, bytes) for name in names):
            raise RuntimeError(f"{self._folder() / meta}: the file holds no names of classes")
        self.classes = [name.decode() for name in names]
        self._keep(self.data, self.targets)

    def _folder(self) -> Path:
        return Path(self.root) / self.base_folder

    def _read(self, name: str) -> dict:
        path = self._folder() / name
        try:
            with open(path, "rb") as file:
                content = _Reader(file, encoding="bytes").load()
            if not isinstance(content, dict):
                raise ValueError("it holds no dictionary")
            return content
        except FileNotFoundError:
            raise RuntimeError(
                f"{type(self).__name__}: Dataset not found: {path} is missing. "
                "You can use download=True to download it"
            ) from None
        except Exception as error:
            raise RuntimeError(f"{path}: the file is damaged: {error}") from error

    def download(self) -> None:
        """Fetch and unpack the files where one is missing."""
        names = [*self.train_list, *self.test_list, self._names[0]]
        if all((self._folder() / name).is_file() for name in names):
            return
        archive = Path(self.root) / self.filename
        download([mirror + self.filename for mirror in self.mirrors], archive, self.tgz_md5)
        self._folder().mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as packed:
            for name in names:
                member = packed.extractfile(f"{self.base_folder}/{name}")
                if member is None:
                    raise RuntimeError(f"{archive}: {name} is no file")
                part = self._folder() / f".{name}.part"
                part.write_bytes(member.read())
                part.replace(self._folder() / name)


class CIFAR100(CIFAR10):
    """60,000 colour images of a hundred classes, 32 x 32 pixels, in the form of :class:`CIFAR10`.

    The files are in ``root/cifar-100-python``.
    """

    base_folder = "cifar-100-python"
    filename = "cifar-100-python.tar.gz"
    tgz_md5 = "eb9058c3a382ffc7106e4002c42a8d85"
    train_list = ["train"]
    test_list = ["test"]
    _label_key = b"fine_labels"
    _names = ("meta", b"fine_label_names")
