"""Data sets to learn and to test with: made by a formula, drawn, or read from files and downloaded where these are missing.

>>> from synapgrad.datasets import make_digits
>>> images, labels = make_digits(20, random_state=0)
>>> images.shape, sorted(set(labels.tolist()))
(synapgrad.Size([20, 1, 28, 28]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
"""

import importlib

#: What can be had from here, by the file that it is in, which is loaded when it is first asked for.
_FILES = {
    "make": ["make_blobs", "make_circles", "make_moons"],
    "digits": ["make_digits"],
    "mnist": ["MNIST", "FashionMNIST"],
    "cifar": ["CIFAR10", "CIFAR100"],
}
_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [
    "CIFAR10",
    "CIFAR100",
    "FashionMNIST",
    "MNIST",
    "make_blobs",
    "make_circles",
    "make_digits",
    "make_moons",
]


def __getattr__(name: str):
    if name in _FILES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
