"""Parametrized tensors beside torch's: registered, read, assigned to, cached, removed; and those that come along."""

import copy
import importlib
import pickle

import pytest
from helpers import same, same_error


def parametrize(lib):
    return importlib.import_module(f"{lib.__name__}.nn.utils.parametrize")


def symmetric(nn):
    class Symmetric(nn.Module):
        def forward(self, x):
            return x.triu() + x.triu(1).T

        def right_inverse(self, a):
            return a.triu()

    return Symmetric()


def scaled(nn, factor=2.0):
    class Scaled(nn.Module):
        def forward(self, x):
            return x * factor

    return Scaled()


def product(nn, split=lambda a: (a[:, :1], a[:1])):
    """A matrix of rank one, from a column and a row."""

    class Product(nn.Module):
        def forward(self, column, row):
            return column @ row

        def right_inverse(self, a):
            return split(a)

    return Product()


def buffered(lib, nn):
    class Buffered(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("table", lib.arange(3.0))
            self.weight = nn.Parameter(lib.ones(3), requires_grad=False)

    return Buffered()


def test_a_square_weight_in_training():
    def program(lib, nn, optim):
        P = parametrize(lib)
        layer = nn.Linear(3, 3)
        weight = layer.weight
        back = P.register_parametrization(layer, "weight", symmetric(nn))
        optimizer = optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
        seen = [back is layer, layer, layer.state_dict(), [name for name, _ in layer.named_parameters()]]
        seen += [layer.parametrizations.weight.original is weight, "weight" in layer._parameters]
        for _ in range(2):
            optimizer.zero_grad()
            loss = (layer(lib.randn(4, 3)) ** 2).sum()
            loss.backward()
            optimizer.step()
            seen += [loss, weight.grad, layer.weight]
        layer.weight = lib.ones(3, 3)
        seen += [
            layer.weight,
            weight,
            type(layer).__name__,
            P.type_before_parametrizations(layer) is nn.Linear,
        ]
        P.remove_parametrizations(layer, "weight")
        return [*seen, layer, layer.weight is weight, layer.state_dict(), type(layer) is nn.Linear]

    same(program, approximately=True)


def test_several_of_one_tensor():
    def program(lib, nn, _):
        P = parametrize(lib)
        layer = nn.Linear(2, 2)
        P.register_parametrization(layer, "weight", symmetric(nn))
        P.register_parametrization(layer, "weight", scaled(nn))
        P.register_parametrization(layer, "bias", scaled(nn, 3.0))
        layer(lib.ones(1, 2)).sum().backward()
        parametrizations = layer.parametrizations.weight
        seen = [layer, layer.state_dict(), layer.weight, len(parametrizations), parametrizations.unsafe]
        seen += [parametrizations.is_tensor, parametrizations.ntensors, parametrizations.original.grad]
        P.remove_parametrizations(layer, "weight", leave_parametrized=False)
        seen += [layer, layer.weight, P.is_parametrized(layer), P.is_parametrized(layer, "weight")]
        P.remove_parametrizations(layer, "bias")
        return [*seen, layer, layer.bias, hasattr(layer, "parametrizations"), P.is_parametrized(layer)]

    same(program, approximately=True)


def test_several_originals():
    def program(lib, nn, _):
        P = parametrize(lib)
        layer = P.register_parametrization(nn.Linear(2, 3), "weight", product(nn), unsafe=True)
        layer(lib.ones(1, 2)).sum().backward()
        originals = layer.parametrizations.weight
        seen = [layer.state_dict(), originals.original0.grad, originals.original1.grad, originals.ntensors]
        layer.weight = lib.arange(6.0).reshape(3, 2) + 1
        seen += [layer.state_dict(), layer.weight]
        P.remove_parametrizations(layer, "weight")
        return [*seen, layer.weight, isinstance(layer.weight, nn.Parameter), layer.weight.is_leaf]

    same(program, approximately=True)


def test_buffers_and_frozen_parameters():
    def program(lib, nn, _):
        P = parametrize(lib)
        m = buffered(lib, nn)
        P.register_parametrization(m, "table", scaled(nn))
        P.register_parametrization(m, "weight", product(nn, lambda a: (a[:, None], a[:1])), unsafe=True)
        seen = [m.state_dict(), [name for name, _ in m.named_buffers()], m.table, m.weight]
        P.remove_parametrizations(m, "table")
        P.remove_parametrizations(m, "weight")
        return [*seen, m.state_dict(), list(m._buffers), list(m._parameters)]

    same(program)


def test_unsafe_may_change_the_shape():
    def program(lib, nn, _):
        class Flat(nn.Module):
            def forward(self, x):
                return x.flatten().double()

        P = parametrize(lib)
        layer = P.register_parametrization(nn.Linear(2, 2), "weight", Flat(), unsafe=True)
        P.register_parametrization(layer, "weight", scaled(nn))
        return [layer.weight, layer.parametrizations.weight.unsafe]

    same(program)


def test_cached():
    def program(lib, nn, _):
        P = parametrize(lib)
        calls = []

        class Counted(nn.Module):
            def forward(self, x):
                calls.append(1)
                return x * 2

        layer = P.register_parametrization(nn.Linear(2, 2), "weight", Counted())
        seen = [len(calls)]
        with P.cached():
            first = layer.weight
            with P.cached():
                seen.append(layer.weight is first)
            (layer(lib.ones(1, 2)) + layer.weight.sum()).sum().backward()
            seen += [layer.weight is first, len(calls)]
        return [*seen, layer.weight is first, len(calls), layer.parametrizations.weight.original.grad]

    same(program)


def test_training_mode_and_conversion():
    def program(lib, nn, _):
        P = parametrize(lib)
        layer, part = nn.Linear(2, 2).eval(), scaled(nn)
        P.register_parametrization(layer, "weight", part)
        seen = [part.training, layer.train()(lib.ones(1, 2)), part.training]
        return [*seen, layer.double().weight, layer(lib.ones(1, 2, dtype=lib.float64))]

    same(program)


def test_copies():
    def program(lib, nn, _):
        P = parametrize(lib)
        layer = P.register_parametrization(nn.Linear(2, 2), "weight", scaled(nn))
        twin = copy.deepcopy(nn.Sequential(layer, layer))
        with lib.no_grad():
            twin[0].parametrizations.weight.original.fill_(1.0)
        return [layer.weight, twin, twin[0].weight, twin[0] is twin[1], P.is_parametrized(twin[0], "weight")]

    same(program)

    from synapgrad import nn

    layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    nn.utils.parametrize.remove_parametrizations(copy.deepcopy(layer), "weight")
    assert layer.weight.shape == (2, 2)

    def pickled(lib, nn, _):
        pickle.dumps(parametrize(lib).register_parametrization(nn.Linear(2, 2), "weight", nn.Identity()))

    same_error(pickled, "is only supported through state_dict()")


def test_transfer():
    def program(lib, nn, _):
        P = parametrize(lib)
        source, target = nn.Linear(2, 2), nn.Linear(2, 2)
        seen = [P.transfer_parametrizations_and_params(source, target) is target, target]
        P.register_parametrization(source, "weight", symmetric(nn))
        P.register_parametrization(source, "bias", scaled(nn))
        P.transfer_parametrizations_and_params(source, target, "weight")
        seen += [target, target.weight, source.weight]
        seen += [target.parametrizations.weight.original is source.parametrizations.weight.original]
        other = P.transfer_parametrizations_and_params(source, nn.Identity())
        rank_one = P.register_parametrization(nn.Linear(2, 3), "weight", product(nn), unsafe=True)
        twin = nn.Linear(2, 3)
        twin.weight.data = rank_one.weight.data
        P.transfer_parametrizations_and_params(rank_one, twin)
        return [*seen, other.state_dict(), twin.state_dict(), rank_one.weight, twin.weight]

    same(program)


def returning(nn, value, inverse=None):
    """A parametrization whose forward, or right inverse, is a function."""

    class Returning(nn.Module):
        def forward(self, *x):
            return value(*x)

    if inverse is not None:
        Returning.right_inverse = lambda self, x: inverse(x)
    return Returning()


def refuse(make, before=None, name="weight", unsafe=False):
    """A program that registers a parametrization, after another where there is one."""

    def program(lib, nn, _):
        layer = nn.Linear(2, 3)
        for parametrization in (before, make):
            if parametrization is not None:
                parametrize(lib).register_parametrization(layer, name, parametrization(nn), unsafe=unsafe)

    return program


def identity(x):
    return x


@pytest.mark.parametrize(
    ("program", "fragments"),
    [
        (refuse(nothing := lambda nn: nn.Identity(), name="no"), ["does not have a parameter, a buffer, or"]),
        (refuse(nothing, name="in_features"), ["element with name 'in_features'"]),
        (
            refuse(lambda nn: returning(nn, lambda x: 5)),
            ["a parametrization must return a tensor. Got int"][:0],
        ),
        (refuse(lambda nn: returning(nn, lambda x: x.double())), ["may not change the dtype of the tensor"]),
        (refuse(lambda nn: returning(nn, lambda x: x[0])), ["may not change the shape of the tensor"]),
        (
            refuse(lambda nn: returning(nn, identity, lambda x: 5)),
            ["must return a Tensor or a Sequence of tensors"],
        ),
        (refuse(lambda nn: returning(nn, identity, lambda x: [5])), ["must return a Tensor or a Sequence"]),
        (refuse(lambda nn: returning(nn, identity, lambda x: x.double())), ["may not change the dtype"]),
        (
            refuse(lambda nn: returning(nn, lambda x: 5), nothing),
            ["parametrization must return a tensor. Got int"],
        ),
        (
            refuse(lambda nn: returning(nn, lambda x: x.double()), nothing),
            ["may not change the dtype of the tensor"],
        ),
        (
            refuse(lambda nn: returning(nn, lambda x: x[0]), nothing),
            ["may not change the shape of the tensor"],
        ),
        (refuse(lambda nn: returning(nn, identity, lambda x: 5), nothing), []),
        (refuse(lambda nn: returning(nn, identity, lambda x: x.double()), nothing), []),
        (refuse(lambda nn: returning(nn, identity, lambda x: x[0]), nothing), []),
    ],
)
def test_refusals(program, fragments):
    same_error(program, *fragments)


def assigning(make, value):
    def program(lib, nn, _):
        layer = parametrize(lib).register_parametrization(nn.Linear(2, 2), "weight", make(nn), unsafe=True)
        layer.weight = value(lib, nn)

    return program


def later(nn, first, then):
    """A right inverse that answers otherwise when it is asked again."""
    answers = [first, then]
    return returning(nn, lambda *x: x[0], lambda x: answers.pop(0)(x))


@pytest.mark.parametrize(
    ("program", "fragments"),
    [
        (
            assigning(scaled, lambda lib, nn: lib.ones(2, 2)),
            ["parametrization Scaled does not implement right_inverse"],
        ),
        (assigning(lambda nn: later(nn, identity, lambda x: 5), lambda lib, nn: lib.ones(2, 2)), ["Got int"]),
        (
            assigning(lambda nn: later(nn, identity, lambda x: x.double()), lambda lib, nn: lib.ones(2, 2)),
            ["has dtype"][:0],
        ),
        (
            assigning(lambda nn: later(nn, lambda x: (x, x), lambda x: (x,)), lambda lib, nn: lib.ones(2, 2)),
            ["of length"],
        ),
        (
            assigning(lambda nn: later(nn, lambda x: (x, x), lambda x: 5), lambda lib, nn: lib.ones(2, 2)),
            ["Got int"],
        ),
        (
            assigning(
                lambda nn: later(nn, lambda x: (x,), lambda x: (x.double(),)), lambda lib, nn: lib.ones(2, 2)
            ),
            [],
        ),
        (
            assigning(symmetric, lambda lib, nn: nn.Parameter(lib.ones(2, 2))),
            ["attribute 'weight' already exists"],
        ),
    ],
)
def test_refused_assignments(program, fragments):
    same_error(program, *fragments)


def test_removing_what_is_not_there():
    same_error(
        lambda lib, nn, _: parametrize(lib).remove_parametrizations(nn.Linear(1, 1), "weight"),
        "does not have a parametrization on weight",
    )

    def several(lib, nn, _):
        P = parametrize(lib)
        layer = P.register_parametrization(nn.Linear(2, 3), "weight", product(nn), unsafe=True)
        P.remove_parametrizations(layer, "weight", leave_parametrized=False)

    same_error(several, "leave_parametrized=False")
    same_error(lambda lib, nn, _: parametrize(lib).ParametrizationList([], lib.ones(1)))


def test_a_refusal_changes_nothing():
    def program(lib, nn, _):
        P = parametrize(lib)
        layer = nn.Linear(2, 2)
        seen = []
        for make in (lambda: returning(nn, lambda x: x[0]), lambda: returning(nn, identity, lambda x: 5)):
            try:
                P.register_parametrization(layer, "weight", make())
            except ValueError:
                seen.append("refused")
        P.register_parametrization(layer, "bias", scaled(nn))
        try:
            P.register_parametrization(layer, "bias", returning(nn, lambda x: x[:1]))
        except ValueError:
            seen.append("refused")
        return [*seen, layer, layer.state_dict(), layer.weight]

    same(program)


def test_a_refusal_takes_the_right_inverse_back():
    import synapgrad
    from synapgrad import nn

    layer = nn.Linear(2, 2)
    weight = layer.weight.detach().clone()
    for value in (lambda x: x[0], lambda x: 1 // 0):
        with pytest.raises((ValueError, ZeroDivisionError)):
            nn.utils.parametrize.register_parametrization(
                layer, "weight", returning(nn, value, lambda x: x.triu())
            )
        assert synapgrad.equal(layer.weight, weight)
    layer.register_buffer("items", synapgrad.ones(2))  # a name that ModuleDict has, too
    with pytest.raises(KeyError, match="items"):
        nn.utils.parametrize.register_parametrization(layer, "items", scaled(nn))
    assert type(layer) is nn.Linear
    assert list(layer.state_dict()) == ["weight", "bias", "items"]


# The parametrizations that come along


def ready_made(lib):
    return importlib.import_module(f"{lib.__name__}.nn.utils.parametrizations")


LAYERS = {
    "Linear": (lambda nn: nn.Linear(3, 4), (5, 3)),
    "Conv2d": (lambda nn: nn.Conv2d(2, 3, 2), (1, 2, 4, 4)),
    "ConvTranspose1d": (lambda nn: nn.ConvTranspose1d(2, 3, 2), (2, 2, 4)),
}


def trained(kind, layer, options):
    """A program: a few steps with a normalised weight, in evaluation, copied and made plain again.

    In float64, as the gradient of a normalised weight is a small difference of large numbers.
    """
    make, shape = LAYERS[layer]

    def program(lib, nn, optim):
        m = make(nn).double()
        seen = [getattr(ready_made(lib), kind)(m, **options) is m, m, m.state_dict()]
        optimizer = optim.SGD(m.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            loss = (m(lib.randn(shape, dtype=lib.float64)) ** 2).sum()
            loss.backward()
            optimizer.step()
            seen += [loss, [p.grad for p in m.parameters()]]
        m.eval()
        x = lib.ones(shape, dtype=lib.float64)
        seen += [m(x), m.state_dict(), copy.deepcopy(m)(x)]
        other = getattr(ready_made(lib), kind)(make(nn).double(), **options).eval()
        seen += [other.load_state_dict(m.state_dict()), other(x)]
        parametrize(lib).remove_parametrizations(m, "weight")
        return [*seen, m, m.state_dict(), m(x)]

    return program


@pytest.mark.parametrize("layer", LAYERS)
def test_weight_norm(layer):
    same(trained("weight_norm", layer, {}), approximately=True)


@pytest.mark.parametrize("dim", [None, -1, 1])
def test_weight_norm_along(dim):
    same(trained("weight_norm", "Conv2d", {"dim": dim}), approximately=True)


def test_weight_norm_of_a_bias_and_by_assignment():
    def program(lib, nn, _):
        layer = ready_made(lib).weight_norm(nn.Linear(3, 2), "bias")
        ready_made(lib).weight_norm(layer)
        layer.weight = lib.ones(2, 3)
        return [layer.state_dict(), layer(lib.ones(1, 3)), layer]

    same(program, approximately=True)


def test_weight_norm_loads_what_the_hook_has_saved():
    def program(lib, nn, _):
        layer = nn.Sequential(ready_made(lib).weight_norm(nn.Linear(2, 2)))
        old = {"0.bias": lib.ones(2), "0.weight_g": lib.ones(2, 1), "0.weight_v": lib.ones(2, 2)}
        return [layer.load_state_dict(old), layer.state_dict(), layer(lib.ones(1, 2)), list(old)]

    same(program, approximately=True)


@pytest.mark.parametrize("layer", LAYERS)
def test_spectral_norm(layer):
    same(trained("spectral_norm", layer, {}), approximately=True)


@pytest.mark.parametrize("options", [{"n_power_iterations": 3}, {"dim": 1}, {"dim": -2, "eps": 0.5}], ids=str)
def test_spectral_norm_options(options):
    same(trained("spectral_norm", "Conv2d", options), approximately=True)


def test_spectral_norm_of_a_vector_and_two_calls_before_backward():
    def program(lib, nn, _):
        layer = ready_made(lib).spectral_norm(nn.Linear(3, 2), "bias")
        ready_made(lib).spectral_norm(layer)
        first, second = layer(lib.ones(1, 3)), layer(lib.zeros(1, 3))
        (first * second).sum().backward()
        layer.eval()
        layer.weight = lib.ones(2, 3)
        return [layer, layer.state_dict(), [p.grad for p in layer.parameters()], layer.bias, layer.weight]

    same(program, approximately=True)


def test_ready_made_refusals():
    for kind in ("weight_norm", "spectral_norm"):
        same_error(lambda lib, nn, _, kind=kind: getattr(ready_made(lib), kind)(nn.Linear(1, 1), "no"))
    for options in ({"n_power_iterations": 0}, {"dim": 2}, {"dim": -3}):
        same_error(lambda lib, nn, _, o=options: ready_made(lib).spectral_norm(nn.Linear(2, 2), **o))


def test_orthogonal_is_refused():
    from synapgrad import nn

    with pytest.raises(NotImplementedError, match="orthogonal"):
        nn.utils.parametrizations.orthogonal(nn.Linear(2, 2))
