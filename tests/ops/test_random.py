"""Random numbers: the same seed gives PyTorch's numbers."""

import pytest
import torch

import synapgrad as sg

from .harness import FLOATS as FLOAT_DTYPES
from .harness import OpRow, OpSuite, S, T

#: A tensor to fill, and chances.
X, P = T((3, 4), grad=False), T((3, 4), low=0.0, high=1.0)


def row(name, *samples, dtypes=(torch.float32,), errors=(), **keywords):
    return OpRow(name, list(samples), dtypes, errors=list(errors), **keywords)


ROWS = [
    row(
        "rand",
        S(3, 4),
        S((2, 9)),
        S(2, dtype=torch.float64),
        errors=[S(-1), S(2, dtype=torch.int64)],
        layouts=False,
    ),
    row(
        "randn",
        S(3, 4),
        S((2, 9)),
        S(2, dtype=torch.float64),
        errors=[S(-1), S(2, dtype=torch.int64)],
        layouts=False,
    ),
    row("randint", S(5, (3, 4)), S(-3, 5, (20,)), errors=[S(5, 0, (2,)), S(3, 3, (2,))], layouts=False),
    row("randperm", S(10), S(0), errors=[S(-1)], layouts=False),
    *(
        row(name, S(X), S(T(grad=False)), errors=[S(1.0)], dtypes=FLOAT_DTYPES)
        for name in ("rand_like", "randn_like")
    ),
    row("randint_like", S(X, 5), S(X, -2, 7)),
    row("bernoulli", S(P), errors=[S(X)], dtypes=FLOAT_DTYPES, in_place=False),
    row("bernoulli", S(X, 0.3), errors=[S(P, 1.5)], dtypes=FLOAT_DTYPES, in_place=False, layouts=False),
    row(
        "poisson",
        S(T((3, 4), low=0.0, high=9.0), smooth=False),
        errors=[S(T(values=[-1.0]))],
        dtypes=FLOAT_DTYPES[:2],
    ),
    row(
        "multinomial",
        S(P, 2),
        S(T((4,), low=0.0), 9, True),
        errors=[S(P, 5), S(P, 0), S(T((2, 3, 4)), 1)],
        layouts=False,
    ),
    row(
        "normal",
        S(0.0, 1.0, (20,)),
        S(X, 2.0),
        S(1.0, P, smooth=False),
        S(X, P, smooth=False),
        errors=[S(X, -1.0), S(0.0, -1.0, (3,))],
        in_place=False,
    ),
    row(
        "dropout",
        S(T((3, 40))),
        S(T((3, 40)), 0.2),
        S(T((3, 40)), 0.2, False),
        S(T((2, 3)), 1.0),
        S(T((0, 3))),
        errors=[S(T((2,)), 1.5), S(T((2,)), -0.1)],
        dtypes=FLOAT_DTYPES,
        home="nn.functional",
    ),
    *(
        row(
            name,
            *(S(X, *arguments) for arguments in calls),
            errors=[S(X, *w) for w in wrong],
            dtypes=FLOAT_DTYPES,
            home="Tensor",
        )
        for name, calls, wrong in [
            ("uniform_", [(), (-1, 2)], [(2, 1)]),
            ("random_", [(), (7,), (-3, 9)], [(3, 3)]),
            ("geometric_", [(0.3,)], [(0.0,), (1.5,)]),
            ("exponential_", [(), (2.0,)], [(-1.0,)]),
            ("cauchy_", [(), (1.0, 2.0)], [(0.0, -1.0)]),
            ("log_normal_", [(), (0.5, 0.25)], [(0.0, -1.0)]),
        ]
    ),
]


class TestRandom(OpSuite):
    rows = ROWS


SIZES = [0, 1, 2, 3, 15, 16, 17, 31, 100, 700]
FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["int64", "int32", "int16", "int8", "uint8"]


def both(draw, seed):
    """What ``draw`` gives with both libraries after the same seed, and how the stream goes on."""
    results = []
    for lib in (sg, torch):
        lib.manual_seed(seed)
        results.append((draw(lib).tolist(), lib.randint(0, 1 << 30, (2,)).tolist()))
    return results


def assert_equal(draw, seed=0):
    ours, theirs = both(draw, seed)
    assert ours == theirs


def assert_close(draw, seed=0, tolerance=1e-6):
    (ours, after), (theirs, after_theirs) = both(draw, seed)
    torch.testing.assert_close(torch.tensor(ours), torch.tensor(theirs), rtol=tolerance, atol=tolerance)
    assert after == after_theirs


def dtype(lib, name):
    return getattr(lib, name)


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31, 2**40 + 3, -1])
@pytest.mark.parametrize("size", SIZES)
def test_uniform_numbers_of_a_seed(seed, size):
    assert_equal(lambda lib: lib.rand(size), seed)
    assert_close(lambda lib: lib.randn(size), seed)
    assert_equal(lambda lib: lib.randperm(size), seed)
    assert_equal(lambda lib: lib.randint(-5, 1000, (size,)), seed)


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("size", SIZES)
def test_floats(name, size):
    # A normal number that lies on the edge between two 16-bit numbers may fall to the other side.
    normal = {"float16": 2e-3, "bfloat16": 2e-2}.get(name, 1e-6)
    assert_equal(lambda lib: lib.rand(size, dtype=dtype(lib, name)))
    assert_close(lambda lib: lib.randn(size, dtype=dtype(lib, name)), tolerance=normal)
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).uniform_(-2, 3))
    assert_close(lambda lib: lib.empty(size, dtype=dtype(lib, name)).normal_(2, 3), tolerance=3 * normal)
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).random_())
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).random_(-7, 90))
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).bernoulli_(0.3))
    assert_equal(lambda lib: lib.full((size,), 0.3, dtype=dtype(lib, name)).bernoulli())
    assert_close(lambda lib: lib.empty(size, dtype=dtype(lib, name)).exponential_(1.5), tolerance=normal)
    assert_close(
        lambda lib: lib.empty(size, dtype=dtype(lib, name)).log_normal_(0.1, 0.5), tolerance=2 * normal
    )
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).geometric_(0.3))


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("size", SIZES)
def test_integers(name, size):
    assert_equal(lambda lib: lib.randint(3, 100, (size,), dtype=dtype(lib, name)))
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).random_())
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).random_(17))
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).bernoulli_(0.7))
    assert_equal(lambda lib: lib.empty(size, dtype=dtype(lib, name)).geometric_(0.3))
    if size < 128:
        assert_equal(lambda lib: lib.randperm(size, dtype=dtype(lib, name)))


def test_bools_and_wide_ranges():
    assert_equal(lambda lib: lib.empty(20, dtype=lib.bool).random_())
    assert_equal(lambda lib: lib.empty(20, dtype=lib.bool).bernoulli_(0.5))
    assert_equal(lambda lib: lib.randint(0, 2**40, (20,)))
    assert_equal(lambda lib: lib.randint(-(2**62), 2**62, (20,)))


@pytest.mark.parametrize("shape", [(3, 4), (5, 7), (2, 3, 4)])
def test_memory_order(shape):
    """A permuted tensor is filled in the order of its memory, a slice in that of its strides."""

    def permuted(lib, fill):
        x = lib.zeros(shape)
        fill(x.transpose(0, 1))
        return x

    for fill in (
        lambda x: x.uniform_(),
        lambda x: x.random_(0, 50),
        lambda x: x.bernoulli_(0.5),
        lambda x: x.exponential_(),
    ):
        assert_close(lambda lib, fill=fill: permuted(lib, fill))
    assert_close(lambda lib: permuted(lib, lambda x: x.normal_()))
    assert_equal(lambda lib: lib.rand_like(lib.zeros(shape).transpose(0, 1)))


def test_cauchy():
    assert_close(lambda lib: lib.empty(40, dtype=lib.float64).cauchy_(1, 2), tolerance=1e-9)


def test_poisson():
    assert_equal(lambda lib: lib.poisson(lib.tensor([0.0, 0.5, 3.0, 9.9, 10.0, 50.0, 1000.0] * 5)))


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("samples", [1, 3])
def test_multinomial(replacement, samples):
    vector = [0.1, 3.0, 0.5, 0.0, 1.5]
    matrix = [vector, [1.0, 1.0, 1.0, 1.0, 1.0], [9.0, 0.0, 2.0, 1.0, 0.5]]
    for weights in (vector, matrix):
        for name in ("float32", "float64"):
            assert_equal(
                lambda lib, w=weights, n=name: lib.multinomial(
                    lib.tensor(w, dtype=dtype(lib, n)), samples, replacement
                )
            )


def test_normal_overloads():
    assert_close(lambda lib: lib.normal(1.0, 2.0, (20,)))
    assert_close(lambda lib: lib.normal(lib.arange(20.0), 2.0), tolerance=2e-6)
    assert_close(lambda lib: lib.normal(3.0, lib.linspace(0, 2, 20)), tolerance=2e-6)
    assert_close(lambda lib: lib.normal(lib.arange(20.0), lib.linspace(0, 2, 20)), tolerance=2e-6)


def test_one_stream_for_all():
    """The second number of a pair waits in the generator for the next call."""

    def mixed(lib):
        a = lib.randn(3)
        b = lib.rand(2)
        c = lib.randn(5)
        return lib.tensor([a.tolist() + b.tolist() + c.tolist()])

    assert_close(mixed)


def test_a_generator_of_ones_own():
    for lib in (sg, torch):
        lib.manual_seed(1)
    ours, theirs = sg.Generator().manual_seed(7), torch.Generator().manual_seed(7)
    assert sg.rand(5, generator=ours).tolist() == torch.rand(5, generator=theirs).tolist()
    assert sg.randperm(5, generator=ours).tolist() == torch.randperm(5, generator=theirs).tolist()
    assert sg.zeros(5).uniform_(generator=ours).tolist() == torch.zeros(5).uniform_(generator=theirs).tolist()
    assert sg.rand(2).tolist() == torch.rand(2).tolist()
    assert ours.initial_seed() == theirs.initial_seed() == 7
    assert sg.Generator().initial_seed() == torch.Generator().initial_seed()


def test_states_are_pytorchs():
    sg.manual_seed(3), torch.manual_seed(3)
    sg.randn(5), torch.randn(5)
    assert sg.get_rng_state().tolist() == torch.get_rng_state().tolist()
    state = sg.get_rng_state()
    first = sg.randn(3).tolist()
    sg.set_rng_state(state)
    assert sg.randn(3).tolist() == first
    mine = sg.Generator()
    mine.set_state(sg.tensor(torch.Generator().manual_seed(5).get_state().tolist(), dtype=sg.uint8))
    assert (
        sg.rand(3, generator=mine).tolist()
        == torch.rand(3, generator=torch.Generator().manual_seed(5)).tolist()
    )


def test_seed_is_unforeseeable():
    assert sg.seed() != sg.seed()
    assert sg.initial_seed() == sg.default_generator.initial_seed()


@pytest.mark.parametrize("p", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("name", FLOATS)
def test_dropout(p, name):
    assert_equal(lambda lib: lib.dropout(lib.arange(1, 41, dtype=dtype(lib, name)), p, True))
    assert_equal(lambda lib: lib.dropout_(lib.arange(1, 41, dtype=dtype(lib, name)), p, True))
    x = sg.ones(3)
    assert sg.dropout(x, p, False) is x


def test_dropout_gradient():
    sg.manual_seed(0)
    x = sg.ones(100, requires_grad=True)
    y = sg.dropout(x, 0.25, True)
    y.sum().backward()
    assert x.grad.tolist() == y.tolist()
    assert set(y.tolist()) == {0.0, sg.tensor(1 / 0.75).item()}


ERRORS = {
    "uniform of integers": lambda lib: lib.zeros(2, dtype=lib.int64).uniform_(),
    "uniform backwards": lambda lib: lib.zeros(2).uniform_(2, 1),
    "normal of integers": lambda lib: lib.zeros(2, dtype=lib.int64).normal_(),
    "negative std": lambda lib: lib.zeros(2).normal_(0, -1),
    "bernoulli beyond 1": lambda lib: lib.zeros(2).bernoulli_(2.0),
    "bernoulli of 2": lambda lib: lib.bernoulli(lib.tensor([2.0])),
    "bernoulli of integers": lambda lib: lib.bernoulli(lib.tensor([1, 0])),
    "exponential of rate 0": lambda lib: lib.zeros(2).exponential_(0),
    "exponential of integers": lambda lib: lib.zeros(2, dtype=lib.int64).exponential_(),
    "geometric of 0": lambda lib: lib.zeros(2).geometric_(0),
    "geometric of 1": lambda lib: lib.zeros(2).geometric_(1),
    "geometric bools": lambda lib: lib.zeros(2, dtype=lib.bool).geometric_(0.5),
    "cauchy of width 0": lambda lib: lib.zeros(2).cauchy_(0, 0),
    "log_normal of std 0": lambda lib: lib.zeros(2).log_normal_(0, 0),
    "empty range": lambda lib: lib.randint(5, 5, (2,)),
    "range beyond uint8": lambda lib: lib.randint(0, 300, (2,), dtype=lib.uint8),
    "range below uint8": lambda lib: lib.zeros(2, dtype=lib.uint8).random_(-1, 20),
    "negative randperm": lambda lib: lib.randperm(-1),
    "randperm beyond uint8": lambda lib: lib.randperm(300, dtype=lib.uint8),
    "rand of integers": lambda lib: lib.rand(2, dtype=lib.int64),
    "randn of integers": lambda lib: lib.randn(2, dtype=lib.int32),
    "randint of a float": lambda lib: lib.randint(2.5, (2,)),
    "multinomial of integers": lambda lib: lib.multinomial(lib.tensor([1, 2]), 1),
    "too many samples": lambda lib: lib.multinomial(lib.tensor([1.0, 2.0]), 3),
    "no samples": lambda lib: lib.multinomial(lib.tensor([1.0, 2.0]), 0),
    "weights of a scalar": lambda lib: lib.multinomial(lib.tensor(1.0), 1),
    "weights of zero": lambda lib: lib.multinomial(lib.tensor([0.0, 0.0]), 1),
    "negative weights": lambda lib: lib.multinomial(lib.tensor([-1.0, 2.0]), 1),
    "negative rate": lambda lib: lib.poisson(lib.tensor([-1.0])),
    "poisson of integers": lambda lib: lib.poisson(lib.tensor([1])),
    "normal of shapes": lambda lib: lib.normal(lib.zeros(3), lib.ones(2)),
    "normal of negative std": lambda lib: lib.normal(lib.zeros(3), lib.tensor([-1.0, 1.0, 1.0])),
    "dropout beyond 1": lambda lib: lib.dropout(lib.zeros(3), 1.5, True),
    "dropout of integers": lambda lib: lib.dropout(lib.tensor([1, 2]), 0.5, True),
    "no generator": lambda lib: lib.rand(2, generator=1),
    "state of floats": lambda lib: lib.set_rng_state(lib.zeros(3)),
    "leaf": lambda lib: lib.zeros(3, requires_grad=True).normal_(),
    "overlap": lambda lib: lib.zeros(1).expand(3).normal_(),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    with pytest.raises(Exception) as theirs:
        ERRORS[name](torch)
    sg.manual_seed(0)
    before = sg.get_rng_state().tolist()
    with pytest.raises(theirs.type):
        ERRORS[name](sg)
    assert sg.get_rng_state().tolist() == before, "a refused draw leaves the stream where it was"


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.normal_(),
        lambda x: x.uniform_(),
        lambda x: x.random_(0, 3),
        lambda x: x.bernoulli_(0.5),
        lambda x: x.exponential_(),
    ],
)
def test_what_is_overwritten_has_no_gradient(change):
    results = []
    for lib in (sg, torch):
        a = lib.ones(3, requires_grad=True)
        b = a * 2
        change(b)
        b.sum().backward()
        results.append((a.grad.tolist(), b.grad_fn is not None))
    assert results[0] == results[1]


def test_samples_have_no_gradient():
    for lib in (sg, torch):
        p = lib.tensor([0.3, 0.6], requires_grad=True)
        (lib.bernoulli(p) + lib.poisson(p) + lib.normal(p, 1.0) + lib.normal(p, p)).sum().backward()
        assert p.grad.tolist() == [0.0, 0.0]
