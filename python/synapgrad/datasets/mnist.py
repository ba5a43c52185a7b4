"""MNIST and FashionMNIST: small gray images of ten classes."""

from __future__ import annotations

from pathlib import Path

from synapgrad import _C, Tensor

from ._files import ImageDataset, download

__all__ = ["MNIST", "FashionMNIST"]

_FILES = {
    True: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    False: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}


class MNIST(ImageDataset):
    """70,000 handwritten digits, 28 x 28 pixels.

    Sample i is an image, uint8 of shape (1, 28, 28) or what ``transform`` makes of it, and its label, an int.

    Args:
        root: where the files are: in ``root/MNIST/raw``, as torchvision puts them, or in ``root`` itself; packed with
            gzip (``train-images-idx3-ubyte.gz``, …) or not.
        train: whether the 60,000 images to learn from, or the 10,000 to test with.
        transform, target_transform: functions of an image, of a label.
        download: whether to fetch files that are missing into ``root/MNIST/raw``.

    Attributes:
        data: all images, uint8 of shape (n, 28, 28).
        targets: their labels, int64 of shape (n,).

    Raises:
        RuntimeError: a file is missing, damaged or truncated, or cannot be downloaded.

    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition, 1998.

    .. code::

        from synapgrad.datasets import MNIST
        from synapgrad.transforms import ToTensor

        image, label = MNIST("data", train=False, download=True, transform=ToTensor())[0]
    """

    mirrors = [
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ]
    #: MD5 of the files as the mirrors have them.
    resources = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }
    classes = [
        "0 - zero",
        "1 - one",
        "2 - two",
        "3 - three",
        "4 - four",
        "5 - five",
        "6 - six",
        "7 - seven",
        "8 - eight",
        "9 - nine",
    ]

    def __init__(
        self, root, train: bool = True, transform=None, target_transform=None, download: bool = False
    ):
        super().__init__(root, train, transform, target_transform)
        if download:
            self.download()
        images, labels = _FILES[self.train]
        self.data = _read(self._find(images), 3)
        self.targets = _read(self._find(labels), 1).to(_C.int64)
        if len(self.data) != len(self.targets):
            raise RuntimeError(
                f"{type(self).__name__}: {len(self.data)} images but {len(self.targets)} labels in {self.root}"
            )
        self._keep(self.data.unsqueeze(1), self.targets)

    @property
    def raw_folder(self) -> str:
        return str(Path(self.root) / type(self).__name__ / "raw")

    @property
    def processed_folder(self) -> str:
        return str(Path(self.root) / type(self).__name__ / "processed")

    def _places(self, name: str) -> list[Path]:
        folders = (Path(self.raw_folder), Path(self.root))
        return [folder / file for folder in folders for file in (name, f"{name}.gz")]

    def _find(self, name: str) -> Path:
        for place in self._places(name):
            if place.is_file():
                return place
        raise RuntimeError(
            f"{type(self).__name__}: Dataset not found: neither {name} nor {name}.gz is in {self.raw_folder} or "
            f"{self.root}. You can use download=True to download it"
        )

    def download(self) -> None:
        """Fetch the files that are missing."""
        for name, md5 in self.resources.items():
            if not any(place.is_file() for place in self._places(name.removesuffix(".gz"))):
                download([mirror + name for mirror in self.mirrors], Path(self.raw_folder) / name, md5)


class FashionMNIST(MNIST):
    """70,000 gray images of clothes, 28 x 28 pixels, in the form of :class:`MNIST`.

    The files are in ``root/FashionMNIST/raw`` or in ``root``.

    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017.
    """

    mirrors = [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ]
    resources = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }
    classes = [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ]


def _read(path: Path, rank: int) -> Tensor:
    tensor = _C._read_idx(path)
    if tensor.dtype is not _C.uint8 or tensor.dim() != rank:
        raise RuntimeError(
            f"{path}: expected bytes in {rank} dimensions, found {tensor.dtype} of shape {tuple(tensor.shape)}"
        )
    return tensor
