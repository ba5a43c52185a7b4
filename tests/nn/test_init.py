"""nn.init: torch's numbers for the same seed."""

import warnings

import pytest
from helpers import LIBRARIES, same, same_error

import synapgrad
from synapgrad import nn

SHAPES = [(3, 2), (5, 7), (4, 3, 2), (4, 3, 2, 2)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "fill",
    [
        lambda init, t: init.uniform_(t),
        lambda init, t: init.uniform_(t, -2.0, b=3.0),
        lambda init, t: init.constant_(t, 0.3),
        lambda init, t: init.ones_(t),
        lambda init, t: init.zeros_(t),
        lambda init, t: init.xavier_uniform_(t),
        lambda init, t: init.xavier_uniform_(t, gain=2.0),
        lambda init, t: init.kaiming_uniform_(t),
        lambda init, t: init.kaiming_uniform_(t, a=0.5, mode="fan_out"),
        lambda init, t: init.kaiming_uniform_(t, nonlinearity="relu"),
        lambda init, t: init.kaiming_uniform_(t, nonlinearity="tanh"),
    ],
)
def test_exactly(fill, shape, dtype):
    def program(lib, nn, _):
        t = lib.empty(shape, dtype=getattr(lib, dtype), requires_grad=True)
        return [fill(nn.init, t) is t, t, t.is_leaf, t.grad_fn]

    same(program)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "fill",
    [
        lambda init, t: init.normal_(t),
        lambda init, t: init.normal_(t, 1.0, std=0.5),
        lambda init, t: init.xavier_normal_(t),
        lambda init, t: init.xavier_normal_(t, gain=0.5),
        lambda init, t: init.kaiming_normal_(t),
        lambda init, t: init.kaiming_normal_(t, 0.1, "fan_out", "leaky_relu"),
        lambda init, t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="selu"),
    ],
)
def test_normal_draws(fill, shape, dtype):
    def program(lib, nn, _):
        t = lib.empty(shape, dtype=getattr(lib, dtype), requires_grad=True)
        return [fill(nn.init, t) is t, t, t.is_leaf]

    same(program, approximately=True)


@pytest.mark.parametrize(
    "name", ["uniform_", "normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_"]
)
def test_generator(name):
    def program(lib, nn, _):
        generator = lib.Generator()
        generator.manual_seed(3)
        fill = getattr(nn.init, name)
        first = fill(lib.empty(2, 3), generator=generator)
        return [first, fill(lib.empty(2, 3)), fill(lib.empty(2, 3), generator=generator)]

    same(program, approximately=True)


def test_eye_and_dirac():
    def program(lib, nn, _):
        seen = [nn.init.eye_(lib.empty(shape, requires_grad=True)) for shape in [(2, 2), (2, 3), (3, 1)]]
        seen += [nn.init.dirac_(lib.empty(shape, requires_grad=True)) for shape in [(3, 2, 3), (2, 3, 3, 2)]]
        return [*seen, nn.init.dirac_(lib.empty(4, 2, 3), groups=2), nn.init.dirac_(lib.empty(2, 2, 3, 3, 3))]

    same(program)


@pytest.mark.parametrize(
    "arguments",
    [
        *[(name,) for name in ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose2d", "sigmoid")],
        *[(name,) for name in ("tanh", "relu", "leaky_relu", "selu")],
        *[("leaky_relu", slope) for slope in (0.2, 0, 1, -0.5)],
    ],
)
def test_gain(arguments):
    same(lambda lib, nn, _: nn.init.calculate_gain(*arguments))


def test_fans():
    def program(lib, nn, _):
        fans = [nn.init._calculate_fan_in_and_fan_out(lib.empty(shape)) for shape in SHAPES]
        return [fans, nn.init._calculate_correct_fan(lib.empty(4, 3), "FAN_OUT")]

    same(program)


@pytest.mark.parametrize(
    ("program", "fragment"),
    [
        (lambda lib, init: init.calculate_gain("nothing"), "Unsupported nonlinearity nothing"),
        (lambda lib, init: init.calculate_gain("leaky_relu", "x"), "not a valid number"),
        (lambda lib, init: init.calculate_gain("leaky_relu", True), "not a valid number"),
        (lambda lib, init: init.calculate_gain(None), "Unsupported nonlinearity None"),
        (lambda lib, init: init.kaiming_uniform_(lib.empty(3, 3), "x"), "not a valid number"),
        (lambda lib, init: init.kaiming_normal_(lib.empty(3, 3), True), "not a valid number"),
        (lambda lib, init: init.xavier_uniform_(lib.empty(3)), "fewer than 2 dimensions"),
        (lambda lib, init: init.xavier_normal_(lib.empty(())), "fewer than 2 dimensions"),
        (lambda lib, init: init.kaiming_uniform_(lib.empty(3)), "fewer than 2 dimensions"),
        (lambda lib, init: init.kaiming_normal_(lib.empty(3)), "fewer than 2 dimensions"),
        (lambda lib, init: init.kaiming_uniform_(lib.empty(3, 3), mode="x"), "Mode x not supported"),
        (lambda lib, init: init._calculate_correct_fan(lib.empty(3, 3), "x"), "Mode x not supported"),
        (lambda lib, init: init.eye_(lib.empty(3)), "nly tensors with 2 dimensions are supported"),
        (lambda lib, init: init.dirac_(lib.empty(3)), "nly tensors with 3, 4, or 5 dimensions are supported"),
        (lambda lib, init: init.dirac_(lib.empty(3, 3, 3), groups=2), "dim 0 must be divisible by groups"),
        (lambda lib, init: init.uniform_(lib.empty(3), 2.0, 1.0), ""),
        (lambda lib, init: init.normal_(lib.empty(3), 0.0, -1.0), ""),
    ],
)
def test_refusals(program, fragment):
    same_error(lambda lib, nn, _: program(lib, nn.init), fragment)


@pytest.mark.parametrize("fill", [nn.init.kaiming_uniform_, nn.init.kaiming_normal_])
def test_nothing_to_fill(fill):
    empty = synapgrad.empty(0, 3)
    with pytest.warns(UserWarning, match="zero-element"):
        assert fill(empty) is empty


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "fill",
    [
        lambda init, t: init.trunc_normal_(t),
        lambda init, t: init.trunc_normal_(t, 0.5, 2.0, -1.0, 1.5),
        lambda init, t: init.trunc_normal_(t, a=1.0, b=1.5),
        lambda init, t: init.trunc_normal_(t, mean=5.0, a=-1.0, b=1.0),
        lambda init, t: init.orthogonal_(t),
        lambda init, t: init.orthogonal_(t, gain=2.0),
    ],
)
@pytest.mark.parametrize("shape", [(3, 2), (5, 7), (4, 4), (4, 3, 2, 2), (40, 3)])
def test_more_normal_draws(fill, shape, dtype):
    def program(lib, nn, _):
        t = lib.empty(shape, dtype=getattr(lib, dtype), requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [fill(nn.init, t) is t, t, t.is_leaf, lib.rand(2)]

    same(program, approximately=True)


@pytest.mark.parametrize("sparsity", [0.0, 0.1, 0.5, 1.0])
def test_sparse(sparsity):
    def program(lib, nn, _):
        return [nn.init.sparse_(lib.empty(7, 3, requires_grad=True), sparsity, std=0.5), lib.rand(1)]

    same(program, approximately=True)


@pytest.mark.parametrize("name", ["trunc_normal_", "orthogonal_", "sparse_"])
def test_generator_of_the_others(name):
    def program(lib, nn, _):
        generator = lib.Generator()
        generator.manual_seed(3)
        further = (0.3,) if name == "sparse_" else ()
        fill = getattr(nn.init, name)
        first = fill(lib.empty(4, 3), *further, generator=generator)
        return [first, fill(lib.empty(4, 3), *further), fill(lib.empty(4, 3), *further, generator=generator)]

    same(program, approximately=True)


def test_nothing_to_make_orthogonal():
    same(lambda lib, nn, _: nn.init.orthogonal_(lib.empty(0, 3)))


def test_truncation_far_from_the_mean_warns():
    for library, nn_, _ in LIBRARIES:
        with pytest.warns(UserWarning, match="more than 2 std"):
            nn_.init.trunc_normal_(library.empty(2, 2), mean=9.0)


OLD_NAMES = "uniform normal constant eye dirac xavier_uniform xavier_normal kaiming_uniform kaiming_normal"


@pytest.mark.parametrize("name", [*OLD_NAMES.split(), "orthogonal", "sparse"])
def test_old_names_warn(name):
    shape = (2, 2, 3) if name == "dirac" else (3, 2)
    further = {"constant": (0.5,), "sparse": (0.5,)}.get(name, ())

    def program(lib, nn, _):
        with pytest.warns(FutureWarning, match=f"nn.init.{name}` is now deprecated"):
            return getattr(nn.init, name)(lib.empty(shape), *further)

    same(program, approximately=True)


@pytest.mark.parametrize(
    ("program", "fragment"),
    [
        (lambda lib, init: init.orthogonal_(lib.empty(3)), "nly tensors with 2 or more dimensions"),
        (lambda lib, init: init.sparse_(lib.empty(3), 0.5), "nly tensors with 2 dimensions are supported"),
        (lambda lib, init: init.trunc_normal_(lib.empty(3), a=2.0, b=1.0), ""),
    ],
)
def test_more_refusals(program, fragment):
    same_error(lambda lib, nn, _: program(lib, nn.init), fragment)
