"""Data sets to learn and to test with: made by a formula, drawn, or read from files and downloaded where
these are missing.

>>> from synapgrad.datasets import make_digits
>>> images, labels = make_digits(20, random_state=0)
>>> images.shape, sorted(set(labels.tolist()))
(synapgrad.Size([20, 1, 28, 28]), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
"""

from synapgrad._loading import lazily

#: What can be had from here, by the file that it is in, which is loaded when it is first asked for.
_FILES = {
    "make": ["make_blobs", "make_circles", "make_moons"],
    "digits": ["make_digits"],
    "mnist": ["MNIST", "FashionMNIST"],
    "cifar": ["CIFAR10", "CIFAR100"],
}

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

__getattr__, __dir__ = lazily(globals(), _FILES, _FILES)
