"""synapgrad.datasets.make against scikit-learn."""

import pytest
import sklearn.datasets
import torch

import synapgrad
from synapgrad.datasets import make_moons


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
