"""Data sets that are made rather than downloaded, with scikit-learn's names, arguments and points."""

from __future__ import annotations

from collections.abc import Sequence

from synapgrad import _C, Generator, Tensor

__all__ = ["make_blobs", "make_circles", "make_moons"]


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
    return _C._make_moons(n_samples, shuffle, noise, random_state)


def make_circles(
    n_samples: int | tuple[int, int] = 100,
    *,
    shuffle: bool = True,
    noise: float | None = None,
    random_state: int | Generator | None = None,
    factor: float = 0.8,
) -> tuple[Tensor, Tensor]:
    """A circle inside another: a problem that no straight line solves, nor a line bent once.

    Args:
        n_samples: how many points in all, of which the inner circle gets the odd one; or a pair, the points of the
            outer and of the inner circle.
        shuffle, noise, random_state: as for :func:`make_moons`.
        factor: the radius of the inner circle, at least 0 and below 1; the outer one's is 1.

    Returns:
        The points, float32 of shape ``(n_samples, 2)``, and their classes, 0 outside and 1 inside, int64 of shape
        ``(n_samples,)``.

    Raises:
        ValueError, TypeError: as for :func:`make_moons`; a ``factor`` out of range.

    >>> from synapgrad.datasets import make_circles
    >>> X, y = make_circles(4, shuffle=False, factor=0.5)
    >>> X[0].tolist(), X[2].tolist()
    ([1.0, 0.0], [0.5, 0.0])
    """
    return _C._make_circles(n_samples, shuffle, noise, random_state, factor)


def make_blobs(
    n_samples: int | Sequence[int] = 100,
    n_features: int = 2,
    *,
    centers: int | Sequence[Sequence[float]] | Tensor | None = None,
    cluster_std: float | Sequence[float] = 1.0,
    center_box: tuple[float, float] = (-10.0, 10.0),
    shuffle: bool = True,
    random_state: int | Generator | None = None,
    return_centers: bool = False,
):
    """Normal draws around centres, a class for each.

    Args:
        n_samples: how many points in all, divided as equally as possible; or the points of each cluster.
        n_features: how many coordinates a point has, where the centres do not say.
        centers: how many clusters (3), or the coordinates of each centre.
        cluster_std: the standard deviation, for all clusters or for each.
        center_box: between what numbers the coordinates of random centres lie.
        shuffle, random_state: as for :func:`make_moons`.
        return_centers: whether to return the centres, too.

    Returns:
        The points, float32 of shape ``(n_samples, n_features)``, and their classes, int64 of shape ``(n_samples,)``;
        and with ``return_centers`` the centres, float32 of shape ``(n_centers, n_features)``.

    Raises:
        ValueError: no points, lists of different lengths, a negative or non-finite ``cluster_std``.

    >>> from synapgrad.datasets import make_blobs
    >>> X, y = make_blobs(4, centers=[[0.0, 0.0], [5.0, 5.0]], cluster_std=0.0, shuffle=False)
    >>> X.tolist(), y.tolist()
    ([[0.0, 0.0], [0.0, 0.0], [5.0, 5.0], [5.0, 5.0]], [0, 0, 1, 1])
    """
    points = [] if isinstance(n_samples, int) else [int(n) for n in n_samples]
    if centers is None or isinstance(centers, int):
        places = None
        count = (centers or 3) if isinstance(n_samples, int) else len(points)
    else:
        places = _C.as_tensor(centers).to(_C.float64).tolist()
        count = len(places)
    if count < 1:
        raise ValueError(f"make_blobs: expected at least one center, got {centers}")
    if isinstance(n_samples, int):
        share, rest = divmod(n_samples, count)
        points = [share + (at < rest) for at in range(count)]
    if any(n < 0 for n in points) or n_features < 0:
        raise ValueError(
            f"make_blobs: sizes must not be negative, got {n_samples} and n_features={n_features}"
        )
    deviations = [float(cluster_std)] * count if isinstance(cluster_std, (int, float)) else list(cluster_std)
    X, y, found = _C._make_blobs(points, n_features, deviations, center_box, places, shuffle, random_state)
    return (X, y, _C.tensor(found, dtype=_C.float32)) if return_centers else (X, y)
