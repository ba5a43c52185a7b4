"""Modules called with other parameters, and batch normalisations fused into layers, beside torch's."""

import importlib

import pytest
from helpers import LIBRARIES, same, same_error


def func(lib):
    return importlib.import_module(f"{lib.__name__}.func")


def stateless(lib):
    return importlib.import_module(f"{lib.__name__}.nn.utils.stateless")


def tied(lib, nn):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(2, 2)
            self.b = nn.Linear(2, 2, bias=False)
            self.b.weight = self.a.weight
            self.register_buffer("shift", lib.zeros(2))
            self.plain = lib.ones(2)
            self.number = 5

        def forward(self, x, scale=1.0):
            self.shift = self.shift + 1
            return (self.b(self.a(x)) + self.shift + self.plain) * scale

    return Tied()


def outcome(m, call):
    """What a call gives, or the text of its error, and what the module is afterwards."""
    return [call(), m.state_dict(), m.plain, m.b.weight is m.a.weight]


def test_gradients_flow_to_what_is_given():
    def program(lib, nn, _):
        m = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        given = {name: (p.detach() * 2).requires_grad_() for name, p in m.named_parameters()}
        x = lib.randn(4, 2, requires_grad=True)
        y = func(lib).functional_call(m, given, (x,))
        y.sum().backward()
        seen = [y, [t.grad for t in given.values()], x.grad, [p.grad for p in m.parameters()], m.state_dict()]
        start = lib.ones(1, 2, requires_grad=True)
        layer = nn.Linear(2, 1)
        y = func(lib).functional_call(layer, {"weight": start * 3}, x.detach())
        y.sum().backward()
        return [*seen, y, start.grad, isinstance(layer.weight, nn.Parameter), layer.state_dict()]

    same(program, approximately=True)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({}, {}),
        ({"a.weight": 2.0}, {}),
        ({"a.weight": 2.0}, {"tie_weights": False}),
        ({"b.weight": 2.0, "a.bias": 3.0}, {"kwargs": {"scale": 10.0}}),
        ({"shift": 7.0, "plain": 9.0}, {}),
        ({"a.weight": 2.0, "a.bias": 3.0, "shift": 7.0}, {"strict": True}),
        ({"new": 2.0}, {}),
    ],
    ids=str,
)
def test_names(given, options):
    def program(lib, nn, _):
        m = tied(lib, nn)
        shapes = {"a.weight": (2, 2), "b.weight": (2, 2)}
        tensors = {name: lib.full(shapes.get(name, (2,)), value) for name, value in given.items()}
        first, second = list(tensors.items())[:1], list(tensors.items())[1:]
        parts = (dict(first), dict(second))
        return [
            outcome(m, lambda: func(lib).functional_call(m, tensors, (lib.ones(1, 2),), **options)),
            tensors,
            outcome(m, lambda: func(lib).functional_call(m, parts, lib.ones(1, 2), **options)),
            hasattr(m, "new"),
        ]

    same(program, approximately=True)


def refused(given, **options):
    def program(lib, nn, _):
        m = tied(lib, nn)
        func(lib).functional_call(m, given(lib, nn), (lib.ones(1, 2),), **options)

    return program


@pytest.mark.parametrize(
    ("program", "fragments"),
    [
        (refused(lambda lib, nn: 5), ["to be a dict, or a list/tuple of dicts, but got"]),
        (refused(lambda lib, nn: [{}, 5]), ["Expected all elements of parameter_and_buffer_dicts"]),
        (
            refused(lambda lib, nn: [{"shift": lib.ones(2)}] * 2),
            ["['shift'] appeared in multiple dictionaries"],
        ),
        (
            refused(lambda lib, nn: {"a.weight": lib.ones(2, 2), "b.weight": lib.ones(2, 2)}),
            ["multiple values for keys"],
        ),
        (
            refused(lambda lib, nn: {"no": lib.ones(2)}, strict=True),
            ["Unexpected key(s): 'no'.", "Missing key(s): 'a.bias'"],
        ),
        (refused(lambda lib, nn: {"no.weight": lib.ones(2)}), ["Tied has no attribute `no`"]),
        (refused(lambda lib, nn: {"number.x": lib.ones(2)}), ["is not an instance of"]),
        (refused(lambda lib, nn: {"number": lib.ones(2)}), ["attribute `number`: 5 is not an instance of"]),
        (refused(lambda lib, nn: {"shift": 5}), ["5 is not an instance of"]),
        (refused(lambda lib, nn: {"a.": lib.ones(2)}), ["tensor name can't be empty string"]),
        (refused(lambda lib, nn: {"a.weight": lib.ones(2, 3)}), []),
    ],
)
def test_refusals(program, fragments):
    same_error(program, *fragments)


def test_an_error_leaves_the_module_as_it_was():
    def program(lib, nn, _):
        m = tied(lib, nn)
        weight = m.a.weight
        seen = []
        for given in ({"a.weight": lib.ones(2, 3)}, {"a.weight": lib.ones(2, 2), "number": lib.ones(1)}):
            try:
                func(lib).functional_call(m, given, lib.ones(1, 2))
            except Exception as error:
                seen.append(type(error).__name__)
        return [*seen, m.state_dict(), m.a.weight is weight, m.number]

    same(program)


def test_a_module_in_two_places_has_its_own_back():
    for lib, nn, _ in LIBRARIES[:1]:
        layer = nn.Linear(2, 2)
        m, weight = nn.Sequential(layer, layer), layer.weight
        func(lib).functional_call(m, {"0.weight": lib.zeros(2, 2)}, lib.ones(1, 2))
        assert layer.weight is weight


def test_the_older_name_warns():
    def program(lib, nn, _):
        layer = nn.Linear(2, 1)
        given = {"weight": lib.ones(1, 2), "bias": lib.ones(1)}
        with pytest.warns(FutureWarning, match="functional_call"):
            return stateless(lib).functional_call(layer, given, lib.ones(3, 2))

    same(program)


def test_parametrized():
    def program(lib, nn, _):
        parametrizations = importlib.import_module(f"{lib.__name__}.nn.utils.parametrizations")
        layer = parametrizations.weight_norm(nn.Linear(2, 2))
        name = "parametrizations.weight.original0"
        lengths = lib.ones(2, 1, requires_grad=True)
        y = func(lib).functional_call(layer, {name: lengths}, lib.ones(1, 2))
        y.sum().backward()
        whole = func(lib).functional_call(layer, {"weight": lib.ones(2, 2)}, lib.ones(1, 2))
        return [y, lengths.grad, whole, layer.state_dict()]

    same(program, approximately=True)


def test_stack_module_state():
    def program(lib, nn, _):
        models = [nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)) for _ in range(3)]
        for model in models:
            model[0].bias.requires_grad_(False)
        parameters, buffers = func(lib).stack_module_state(models)
        return [parameters, buffers, [p.is_leaf for p in parameters.values()]]

    same(program)

    def mixed(lib, nn, _):
        models = [nn.Linear(1, 1), nn.Linear(1, 1)]
        models[0].weight.requires_grad_(False)
        func(lib).stack_module_state(models)

    same_error(mixed, "Expected weight from each model to have the same .requires_grad")
    same_error(lambda lib, nn, _: func(lib).stack_module_state([]), "Expected at least one model")
    same_error(
        lambda lib, nn, _: func(lib).stack_module_state([nn.ReLU(), nn.ReLU().eval()]), "training/eval mode"
    )
    same_error(lambda lib, nn, _: func(lib).stack_module_state([nn.ReLU(), nn.Tanh()]), "of the same class")


# Fusion


def normalisation(lib, nn, kind, features, **options):
    bn = getattr(nn, kind)(features, **options).eval()
    with lib.no_grad():
        bn.running_mean.copy_(lib.rand(features))
        bn.running_var.copy_(lib.rand(features) + 0.5)
        for p in bn.parameters():
            p.copy_(lib.rand(features))
    return bn


@pytest.mark.parametrize("options", [{}, {"affine": False}, {"bias": False}, {"eps": 0.1}], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("transpose", [False, True])
def test_fused_convolution(options, bias, transpose):
    def program(lib, nn, _):
        conv = (nn.ConvTranspose2d if transpose else nn.Conv2d)(2, 3, 2, bias=bias).eval()
        bn = normalisation(lib, nn, "BatchNorm2d", 3, **options)
        fused = nn.utils.fuse_conv_bn_eval(conv, bn, transpose)
        x = lib.randn(2, 2, 4, 4)
        return [fused, fused.state_dict(), fused(x), bn(conv(x)), conv.state_dict()]

    ours = same(program, approximately=True)
    flat = [value for image in ours[2][3] for rows in image for row in rows for value in row]
    wanted = [value for image in ours[3][3] for rows in image for row in rows for value in row]
    assert flat == pytest.approx(wanted, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("features", [3, 1])
def test_fused_linear(features, bias):
    def program(lib, nn, _):
        linear = nn.Linear(2, 3, bias=bias).eval()
        bn = normalisation(lib, nn, "BatchNorm1d", features)
        fused = nn.utils.fuse_linear_bn_eval(linear, bn)
        return [fused, fused.state_dict(), fused.bias.requires_grad, fused.weight.requires_grad]

    same(program, approximately=True)


def test_fused_weights_keep_dtypes_and_flags():
    def program(lib, nn, _):
        seen = []
        for name, shape in (("fuse_conv_bn_weights", (3, 2, 1)), ("fuse_linear_bn_weights", (3, 2))):
            weight = lib.ones(shape, dtype=lib.float64)
            bias = lib.ones(3, dtype=lib.float16).requires_grad_()
            mean, variance = lib.zeros(3), lib.ones(3)
            seen += getattr(nn.utils, name)(weight, bias, mean, variance, 0.5, lib.ones(3), lib.ones(3))
        return [seen, [isinstance(each, nn.Parameter) for each in seen]]

    same(program, approximately=True)


def test_fusion_refusals():
    def conv(**modes):
        def program(lib, nn, _):
            layer, bn = nn.Conv1d(2, 3, 1), nn.BatchNorm1d(3, **modes.get("options", {}))
            nn.utils.fuse_conv_bn_eval(
                layer.train(modes.get("layer", False)), bn.train(modes.get("bn", False))
            )

        return program

    same_error(conv(layer=True), "Fusion only for eval!")
    same_error(conv(bn=True), "Fusion only for eval!")
    same_error(conv(options={"track_running_stats": False}), "must not be None")
    same_error(
        lambda lib, nn, _: nn.utils.fuse_linear_bn_eval(nn.Linear(2, 3).eval(), nn.BatchNorm1d(2).eval()),
        "linear.out_features=3 and bn.num_features=2",
    )
