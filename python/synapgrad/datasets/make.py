"""Data sets that are made rather than downloaded, with scikit-learn's names, arguments and points."""

from __future__ import annotations

from synapgrad import _C, Generator, Tensor

__all__ = ["make_moons"]


def make_moons(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: int | Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Two interleaving half circles: a small problem that a straight line cannot solve.

    With t going from 0 to π in equal steps, class 0 lies on (cos t, sin t) and class 1 on
    (1 - cos t, 0.5 - sin t).

    Args:
        n_samples: how many points in all, of which class 1 gets the odd one; or a pair, the points of each.
        shuffle: whether to put the points in random order rather than class after class.
        noise: standard deviation of the normal draw added to each coordinate; None adds nothing.
        random_state: a seed, for the points that scikit-learn makes from the same seed; a Generator to draw
            from; or None to draw from the default generator, which ``synapgrad.manual_seed`` seeds.

    Returns:
        The points, float32 of shape ``(n_samples, 2)``, and their classes 0 and 1, int64 of shape
        ``(n_samples,)``.

    Raises:
        ValueError: no points, a negative number of them, a negative or non-finite ``noise``, or a seed
            outside 0 to 2**32 - 1.
        TypeError: an argument of another type.

    >>> from synapgrad.datasets import make_moons
    >>> X, y = make_moons(4, shuffle=False)
    >>> y.tolist()
    [0, 0, 1, 1]
    >>> X[0].tolist()
    [1.0, 0.0]
    """
    return _C.make_moons(n_samples, shuffle, noise, random_state)
