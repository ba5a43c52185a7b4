"""Dropout layers beside torch's."""

import warnings

import pytest
from helpers import LIBRARIES, same, same_error

CASES = [
    ("Dropout", (4, 6)),
    ("Dropout", ()),
    ("Dropout1d", (2, 3, 4)),
    ("Dropout1d", (3, 4)),
    ("Dropout2d", (2, 3, 4, 2)),
    ("Dropout3d", (2, 3, 2, 2, 2)),
    ("Dropout3d", (3, 2, 2, 2)),
    ("AlphaDropout", (4, 6)),
    ("FeatureAlphaDropout", (4, 6, 2)),
]


@pytest.mark.parametrize("p", [0.5, 0.2, 0.0, 1.0])
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize(("name", "shape"), CASES)
def test_layers(name, shape, inplace, p):
    def program(lib, nn, _):
        layer = getattr(nn, name)(p, inplace)
        x = lib.randn(shape).requires_grad_()
        z = x * 1
        y = layer(z)
        (y * lib.rand(shape)).sum().backward()
        return [layer, layer.p, layer.inplace, z, y, x.grad, layer.eval()(x.detach()), layer.state_dict()]

    same(program, approximately=True)


def test_evaluation_gives_the_input_itself():
    for lib, nn, _ in LIBRARIES:
        x = lib.ones(2, 3, 4)
        for name in ("Dropout", "Dropout1d", "AlphaDropout", "FeatureAlphaDropout"):
            assert getattr(nn, name)(0.5).eval()(x) is x, (lib, name)


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_refusals(name):
    same_error(lambda lib, nn, _: getattr(nn, name)(1.5), "between 0 and 1")
    same_error(lambda lib, nn, _: getattr(nn, name)(-0.1), "between 0 and 1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name not in ("Dropout", "Dropout3d", "AlphaDropout"):
            same_error(lambda lib, nn, _: getattr(nn, name)(0.5)(lib.ones(3)))


@pytest.mark.parametrize(
    ("name", "shape"), [("Dropout2d", (2, 3)), ("Dropout2d", (2, 3, 4)), ("Dropout3d", (3, 4))]
)
def test_other_dimensions_are_warned_of(name, shape):
    for lib, nn, _ in LIBRARIES:
        with pytest.warns(UserWarning, match=name.lower()):
            getattr(nn, name)()(lib.ones(shape))
