"""Digits that are drawn: a stand-in for handwritten ones where nothing can be downloaded."""

from __future__ import annotations

from synapgrad import _C, Generator, Tensor

__all__ = ["make_digits"]

#: Five columns, seven rows, top to bottom.
_SHAPES = """
.###.  ..#..  .###.  ####.  ...#.  #####  .###.  #####  .###.  .###.
#...#  .##..  #...#  ....#  ..##.  #....  #....  ....#  #...#  #...#
#..##  ..#..  ....#  ....#  .#.#.  ####.  #....  ...#.  #...#  #...#
#.#.#  ..#..  ...#.  .###.  #..#.  ....#  ####.  ..#..  .###.  .####
##..#  ..#..  ..#..  ....#  #####  ....#  #...#  ..#..  #...#  ....#
#...#  ..#..  .#...  ....#  ...#.  #...#  #...#  ..#..  #...#  ....#
.###.  .###.  #####  ####.  ...#.  .###.  .###.  ..#..  .###.  .###.
"""
_SCALE = 3
_SIZE = 28


def make_digits(
    n_samples: int = 100,
    *,
    noise: float = 0.1,
    shuffle: bool = True,
    random_state: int | Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Images of the digits 0 to 9 in MNIST's form: one shape each, at a random place, of random brightness, with noise.

    A small network learns them within an epoch, so they serve for tests and first steps.

    Args:
        n_samples: how many images; each digit has as many as the next, or one more.
        noise: standard deviation of the normal draw added to each pixel.
        shuffle: whether to put the images in random order rather than 0, 1, 2, …, 9, 0, 1, …
        random_state: a seed, a Generator to draw from, or None for the default generator.

    Returns:
        The images, float32 from 0 to 1 of shape ``(n_samples, 1, 28, 28)``, and their labels, int64 of shape
        ``(n_samples,)``.

    Raises:
        ValueError: fewer than one image, or a negative ``noise``.

    >>> from synapgrad.datasets import make_digits
    >>> images, labels = make_digits(20, random_state=0)
    >>> images.shape, labels.bincount().tolist()
    (synapgrad.Size([20, 1, 28, 28]), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    if n_samples < 1:
        raise ValueError(f"make_digits: expected at least one image, got n_samples={n_samples}")
    if not noise >= 0:
        raise ValueError(f"make_digits: noise is a standard deviation: expected a number >= 0, got {noise}")
    generator = random_state
    if not isinstance(random_state, Generator):
        generator = _C.default_generator if random_state is None else Generator().manual_seed(random_state)

    rows = [line.split() for line in _SHAPES.split("\n") if line]
    shapes = _C.tensor([[[pixel == "#" for pixel in row[digit]] for row in rows] for digit in range(10)])
    shapes = shapes.repeat_interleave(_SCALE, 1).repeat_interleave(_SCALE, 2).to(_C.float32)
    height, width = shapes.shape[1:]
    # The shapes on a larger ground, of which each image is a window.
    ground = _C.zeros(10, 2 * _SIZE - height, 2 * _SIZE - width)
    ground[:, _SIZE - height : _SIZE, _SIZE - width : _SIZE] = shapes

    labels = _C.arange(n_samples) % 10
    if shuffle:
        labels = labels[_C.randperm(n_samples, generator=generator)]
    top = _C.randint(0, _SIZE - height + 1, (n_samples, 1), generator=generator)
    left = _C.randint(0, _SIZE - width + 1, (n_samples, 1), generator=generator)
    along = _C.arange(_SIZE)
    images = ground[labels.view(-1, 1, 1), (top + along).unsqueeze(2), (left + along).unsqueeze(1)]
    images = images * (0.6 + 0.4 * _C.rand(n_samples, 1, 1, generator=generator))
    images = images + noise * _C.randn(n_samples, _SIZE, _SIZE, generator=generator)
    return images.clamp(0, 1).unsqueeze(1), labels
