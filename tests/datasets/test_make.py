"""synapgrad.datasets.make against scikit-learn."""

import numpy as np
import pytest
import sklearn.datasets
import torch

import synapgrad
from synapgrad.datasets import make_blobs, make_circles, make_moons


@pytest.mark.parametrize("n_samples", [1, 2, 7, 150, (3, 8), (0, 5), 5000])
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("noise", [None, 0.0, 0.1])
@pytest.mark.parametrize("seed", [0, 1234, 2**32 - 1])
def test_moons_are_scikit_learns(n_samples, shuffle, noise, seed):
    X, y = make_moons(n_samples, shuffle=shuffle, noise=noise, random_state=seed)
    want_X, want_y = sklearn.datasets.make_moons(n_samples, shuffle=shuffle, noise=noise, random_state=seed)
    assert X.dtype is synapgrad.float32 and y.dtype is synapgrad.int64
    torch.testing.assert_close(torch.tensor(X.tolist()), torch.tensor(want_X, dtype=torch.float32))
    assert y.tolist() == want_y.tolist()


def test_the_default_generator_is_drawn_from():
    synapgrad.manual_seed(5)
    first, _ = make_moons(20, noise=0.1)
    second, _ = make_moons(20, noise=0.1)
    assert first.tolist() != second.tolist()
    synapgrad.manual_seed(5)
    assert make_moons(20, noise=0.1)[0].tolist() == first.tolist()
    assert make_moons(20, noise=0.1, random_state=5)[0].tolist() == first.tolist()


def test_a_generator_goes_on_where_it_was():
    generator = synapgrad.Generator().manual_seed(5)
    first, _ = make_moons(20, noise=0.1, random_state=generator)
    second, _ = make_moons(20, noise=0.1, random_state=generator)
    assert first.tolist() == make_moons(20, noise=0.1, random_state=5)[0].tolist()
    assert second.tolist() != first.tolist()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (dict(n_samples=0), ValueError),
        (dict(n_samples=-1), ValueError),
        (dict(n_samples=(0, 0)), ValueError),
        (dict(n_samples=2**62), ValueError),
        (dict(n_samples="ten"), TypeError),
        (dict(n_samples=10.5), TypeError),
        (dict(noise=-0.1), ValueError),
        (dict(noise=float("nan")), ValueError),
        (dict(noise="loud"), TypeError),
        (dict(random_state=-1), ValueError),
        (dict(random_state=2**32), ValueError),
        (dict(random_state="x"), TypeError),
    ],
)
def test_bad_arguments_are_named(arguments, error):
    with pytest.raises(error, match=next(iter(arguments)) + "|make_moons"):
        make_moons(**arguments)


def same_points(ours, theirs):
    torch.testing.assert_close(torch.tensor(ours[0].tolist()), torch.tensor(theirs[0], dtype=torch.float32))
    assert ours[1].tolist() == theirs[1].tolist()


@pytest.mark.parametrize("n_samples", [1, 7, 150, (3, 8), (0, 5)])
@pytest.mark.parametrize(
    "options", [dict(), dict(shuffle=False), dict(noise=0.1, factor=0.3), dict(factor=0.0)], ids=str
)
def test_circles_are_scikit_learns(n_samples, options):
    ours = make_circles(n_samples, random_state=3, **options)
    same_points(ours, sklearn.datasets.make_circles(n_samples, random_state=3, **options))


BLOBS = [
    dict(),
    dict(n_samples=11, centers=4, n_features=3, cluster_std=2.5),
    dict(n_samples=20, centers=[[0.0, 1.0], [5.0, -2.0]], cluster_std=[0.5, 1.5], shuffle=False),
    dict(n_samples=[3, 0, 6], center_box=(-1.0, 4.0)),
    dict(n_samples=[3, 2], centers=[[1.0], [2.0]]),
]


@pytest.mark.parametrize("options", BLOBS, ids=str)
def test_blobs_are_scikit_learns(options):
    *ours, centers = make_blobs(random_state=7, return_centers=True, **options)
    theirs = dict(options)
    if "centers" in theirs and not isinstance(theirs["centers"], int):
        theirs["centers"] = np.array(theirs["centers"])
    *wanted, wanted_centers = sklearn.datasets.make_blobs(random_state=7, return_centers=True, **theirs)
    same_points(ours, wanted)
    torch.testing.assert_close(
        torch.tensor(centers.tolist()), torch.tensor(wanted_centers, dtype=torch.float32)
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: make_circles(10, factor=1.0), "factor"),
        (lambda: make_circles(10, factor=-0.1), "factor"),
        (lambda: make_circles(0), "points"),
        (lambda: make_circles(10, noise=-1.0), "noise"),
        (lambda: make_blobs(0), "points"),
        (lambda: make_blobs(-1), "negative"),
        (lambda: make_blobs([3, 3], centers=[[0.0]]), "each"),
        (lambda: make_blobs(10, cluster_std=[1.0]), "cluster_std"),
        (lambda: make_blobs(10, cluster_std=-1.0), "cluster_std"),
        (lambda: make_blobs(10, centers=[[0.0], [0.0, 1.0]]), "length"),
        (lambda: make_blobs(10, center_box=(float("nan"), 1.0)), "center_box"),
        (lambda: make_blobs(10, n_features=2**40), "too many"),
    ],
)
def test_bad_circles_and_blobs_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
