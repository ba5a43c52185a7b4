"""Module's contract, each part of it run with synapgrad and with torch."""

import copy
import gc
import pickle
import warnings
import weakref
from collections import OrderedDict

import pytest
from helpers import LIBRARIES, plain, same, same_error

import synapgrad
from synapgrad import nn


def net(nn):
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 1)))


def with_everything(library, nn):
    """A module with a parameter, an absent one, both kinds of buffer, a child and an absent child."""

    class Everything(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(library.ones(2))
            self.register_parameter("absent", None)
            self.register_buffer("mean", library.zeros(3))
            self.register_buffer("scratch", library.zeros(1), persistent=False)
            self.count = nn.Buffer(library.tensor(3))
            self.child = nn.Linear(2, 1)
            self.add_module("nothing", None)
            self.plain = 5

    return Everything()


# Registration


@pytest.mark.parametrize("kind", ["parameters", "buffers", "modules", "children"])
def test_named_iterators(kind):
    same(lambda lib, nn, _: [name for name, _ in getattr(with_everything(lib, nn), f"named_{kind}")()])
    same(lambda lib, nn, _: [member for member in getattr(with_everything(lib, nn), kind)()])


def test_iterator_arguments():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        m.again = m.child
        m.tied = m.weight
        return [
            [name for name, _ in m.named_parameters(prefix="net")],
            [name for name, _ in m.named_parameters(recurse=False)],
            [name for name, _ in m.named_parameters(remove_duplicate=False)],
            [name for name, _ in m.named_buffers("b", False)],
            [name for name, _ in m.named_modules(prefix="net")],
            [name for name, _ in m.named_modules(remove_duplicate=False)],
            [name for name, _ in m.named_modules(memo={m.child})],
            len(list(m.modules())),
            len(list(m.modules(remove_duplicate=False))),
        ]

    same(program)


def test_state_dict_of_everything():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        return [
            m.state_dict(),
            m.state_dict(prefix="p."),
            m.state_dict(keep_vars=True),
            m.state_dict()._metadata,
        ]

    same(program)


def test_views_and_attributes_are_one():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        seen = [list(m._parameters), list(m._buffers), list(m._modules), "weight" in m._parameters]
        m._parameters["weight"] = nn.Parameter(lib.zeros(1))
        seen.append(m.weight)
        m.weight = nn.Parameter(lib.ones(1))
        seen.append(m._parameters["weight"])
        m._modules["child"] = nn.ReLU()
        seen.append(m.child)
        del m._buffers["mean"]
        seen += [hasattr(m, "mean"), list(m._buffers), len(m._buffers)]
        m._modules = OrderedDict(only=nn.Tanh())
        seen += [hasattr(m, "child"), m.only, m._modules]
        seen += [m._parameters.pop("weight"), list(m._parameters), m._parameters.get("weight")]
        m._modules.update(more=nn.ReLU())
        return [*seen, m]

    same(program)


def test_assigning_over_a_member():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        m.weight = None
        m.child = None
        m.mean = lib.ones(2)
        m.scratch = lib.ones(1)
        seen = [m.weight, m.child, m.mean, m.state_dict(), dict(m.named_buffers())]
        m.mean = None
        m.plain = nn.Parameter(lib.ones(1))
        m.weight = nn.Parameter(lib.ones(3))
        m.mean = nn.Linear(1, 1)
        m.count = nn.Parameter(lib.zeros(1))
        return [*seen, list(m._parameters), list(m._buffers), list(m._modules), list(m.state_dict())]

    same(program)


def test_deleting():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        for name in ("weight", "mean", "scratch", "child", "plain"):
            delattr(m, name)
        m._buffers["scratch"] = lib.ones(1)  # persistent, as the name has been forgotten
        return [list(m._parameters), list(m._buffers), list(m._modules), m.state_dict(), hasattr(m, "plain")]

    same(program)
    same_error(lambda lib, nn, _: delattr(nn.ReLU(), "nothing"))


@pytest.mark.parametrize(
    ("program", "fragment"),
    [
        (lambda lib, m, nn: setattr(m, "weight", lib.ones(2)), "as parameter 'weight'"),
        (lambda lib, m, nn: setattr(m, "weight", nn.ReLU()), "as parameter 'weight'"),
        (lambda lib, m, nn: setattr(m, "child", lib.ones(2)), "as child module 'child'"),
        (lambda lib, m, nn: setattr(m, "mean", 5), "as buffer 'mean'"),
        (lambda lib, m, nn: m.register_parameter("forward", None), "attribute 'forward' already exists"),
        (lambda lib, m, nn: m.register_parameter("mean", None), "attribute 'mean' already exists"),
        (lambda lib, m, nn: m.register_parameter("a.b", None), 'can\'t contain "."'),
        (lambda lib, m, nn: m.register_parameter("", None), "can't be empty string"),
        (lambda lib, m, nn: m.register_parameter(5, None), "parameter name should be a string"),
        (lambda lib, m, nn: m.register_parameter("x", lib.ones(1)), "object to parameter 'x'"),
        (lambda lib, m, nn: m.register_buffer("plain", None), "attribute 'plain' already exists"),
        (lambda lib, m, nn: m.register_buffer("a.b", None), 'can\'t contain "."'),
        (lambda lib, m, nn: m.register_buffer("", None), "can't be empty string"),
        (lambda lib, m, nn: m.register_buffer(5, None), "buffer name should be a string"),
        (lambda lib, m, nn: m.register_buffer("x", 5), "object to buffer 'x'"),
        (lambda lib, m, nn: m.add_module("x", 5), "is not a Module subclass"),
        (lambda lib, m, nn: m.add_module(5, nn.ReLU()), "module name should be a string"),
        (lambda lib, m, nn: m.add_module("a.b", nn.ReLU()), 'module name can\'t contain ".", got: a.b'),
        (lambda lib, m, nn: m.add_module("", nn.ReLU()), "can't be empty string"),
        (lambda lib, m, nn: m.register_module("plain", nn.ReLU()), "attribute 'plain' already exists"),
        (lambda lib, m, nn: m.nothing_here, "object has no attribute 'nothing_here'"),
        (lambda lib, m, nn: m.get_parameter("child.no"), "Linear has no attribute `no`"),
        (lambda lib, m, nn: m.get_parameter("mean"), "`mean` is not an nn.Parameter"),
        (lambda lib, m, nn: m.get_buffer("weight"), "`weight` is not a buffer"),
        (lambda lib, m, nn: m.get_submodule("child.no"), "Linear has no attribute `no`"),
        (lambda lib, m, nn: m.get_submodule("weight"), "`weight` is not an nn.Module"),
        (lambda lib, m, nn: m.set_submodule("", nn.ReLU()), "without a target name"),
        (lambda lib, m, nn: m.set_submodule("child", 5), "is not an nn.Module, found <class 'int'>"),
        (lambda lib, m, nn: m.set_submodule("weight", nn.ReLU()), "`weight` is not an nn.Module"),
        (lambda lib, m, nn: m.set_submodule("new", nn.ReLU(), strict=True), "has no attribute `new`"),
        (lambda lib, m, nn: m.train(5), "training mode is expected to be boolean"),
        (lambda lib, m, nn: m.to(lib.int64), "only accepts floating point"),
        (lambda lib, m, nn: m(1), 'is missing the required "forward" function'),
    ],
)
def test_refusals(program, fragment):
    same_error(lambda lib, nn, _: program(lib, with_everything(lib, nn), nn), fragment)


def test_a_refusal_changes_nothing():
    m = with_everything(synapgrad, nn)
    before = plain([m, m.state_dict(), m.plain])
    result = (m.weight * 2).sum()
    for program in (
        lambda: setattr(m, "weight", synapgrad.ones(2)),
        lambda: setattr(m, "mean", 5),
        lambda: m.register_parameter("plain", None),
        lambda: m.register_parameter("x", result),
    ):
        with pytest.raises((TypeError, KeyError)):
            program()
    assert plain([m, m.state_dict(), m.plain]) == before


@pytest.mark.parametrize("what", ["parameters", "buffer", "module"])
def test_assigning_before_init(what):
    def program(lib, nn, _):
        member = {
            "parameters": lambda: nn.Parameter(lib.ones(1)),
            "buffer": lambda: nn.Buffer(lib.ones(1)),
            "module": nn.ReLU,
        }[what]

        class Early(nn.Module):
            def __init__(self):
                self.fine = 1
                self.early = member()

        Early()

    same_error(program, f"cannot assign {what} before Module.__init__() call")


def test_init_arguments():
    same_error(
        lambda lib, nn, _: nn.Module(5), "Module.__init__() takes 1 positional argument but 2 were given"
    )
    same_error(lambda lib, nn, _: nn.Module(a=5), "Module.__init__() got an unexpected keyword argument 'a'")

    def cooperative(lib, nn, _):
        class Other:
            def __init__(self, value):
                self.value = value

        class Both(nn.Module, Other):
            call_super_init = True

        return Both(value=3).value

    same(cooperative)


def test_get_and_set():
    def program(lib, nn, _):
        m = net(nn)
        m.set_submodule("2.0", nn.Tanh())
        m.set_submodule("2.1", nn.Linear(1, 1))
        return [m, m.get_submodule("") is m, m.get_submodule("2.0"), m.get_parameter("2.1.bias")]

    same(program)


def test_a_module_made_from_anothers_dict():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        replica = type(m).__new__(type(m))
        replica.__dict__ = m.__dict__.copy()
        replica._parameters = {}
        replica._buffers = replica._buffers.copy()
        replica._modules = replica._modules.copy()
        replica.weight = lib.zeros(1)
        replica.child = nn.Tanh()
        return [m, m.state_dict(), replica, replica.weight, replica.state_dict()]

    same(program)


def test_dir_has_members_but_no_numbers():
    names = dir(with_everything(synapgrad, nn))
    assert {"weight", "mean", "child", "forward", "plain"} <= set(names)
    assert len(names) == len(set(names))
    assert "0" not in dir(net(nn))


def test_registration_hooks():
    def program(lib, nn, _):
        module = lib.nn.modules.module
        seen = []

        def record(kind):
            return lambda m, name, member: seen.append((kind, type(m).__name__, name))

        handles = [
            module.register_module_parameter_registration_hook(record("parameter")),
            module.register_module_buffer_registration_hook(record("buffer")),
            module.register_module_module_registration_hook(record("module")),
            module.register_module_module_registration_hook(
                lambda m, name, member: nn.Tanh() if isinstance(member, nn.ReLU) else None
            ),
        ]
        try:
            m = with_everything(lib, nn)
            m.activation = nn.ReLU()
        finally:
            for handle in handles:
                handle.remove()
        nn.Linear(1, 1)
        return [m, seen]

    same(program)


# Changing all of it


def test_train_eval_apply_requires_grad():
    def program(lib, nn, _):
        m = net(nn)
        order = []
        m.apply(lambda module: order.append(type(module).__name__))
        seen = [order, [x.training for x in m.eval().modules()], [x.training for x in m.train().modules()]]
        m[0].train(False)
        seen.append([x.training for x in m.modules()])
        m.requires_grad_(False)
        seen.append([p.requires_grad for p in m.parameters()])
        return [*seen, m[2].requires_grad_() is m[2], [p.requires_grad for p in m.parameters()]]

    same(program)


def test_conversions():
    def program(lib, nn, _):
        m = with_everything(lib, nn)
        weight = m.weight
        m.child.bias.sum().backward()
        seen = []
        for convert in (
            lambda: m.double(),
            lambda: m.to(lib.float32),
            lambda: m.to("cpu", lib.float64),
            lambda: m.to("cpu"),
            lambda: m.to(lib.ones(1)),
            lambda: m.to(dtype=lib.float16, non_blocking=True),
            lambda: m.to("cpu", lib.bfloat16, True),
            lambda: m.half(),
            lambda: m.bfloat16(),
            lambda: m.float(),
            lambda: m.cpu(),
        ):
            seen += [convert() is m, plain([m.state_dict(), m.child.bias.grad]), m.weight is weight]
        return [*seen, m.type(lib.float64).state_dict()]

    same(program)


def test_other_devices_are_refused():
    for convert in (
        lambda m: m.to("cuda"),
        lambda m: m.to(device="meta"),
        lambda m: m.cuda(),
        lambda m: m.to_empty(device="cuda:0"),
        lambda m: nn.Linear(1, 1, device="cuda"),
    ):
        with pytest.raises(RuntimeError, match="CPU"):
            convert(nn.Linear(1, 1))
    with pytest.raises(NotImplementedError):
        nn.ReLU().share_memory()
    with pytest.raises(NotImplementedError, match="register_full_backward_hook"):
        nn.ReLU().register_backward_hook(print)
    assert nn.ReLU().compile() is None


def test_zero_grad():
    def program(lib, nn, _):
        m = net(nn)
        m(lib.ones(1, 2)).sum().backward()
        m[0].zero_grad(set_to_none=False)
        seen = [p.grad for p in m[0].parameters()]
        m.zero_grad()
        return [seen, [p.grad for p in m.parameters()]]

    same(program)


def test_repr():
    def program(lib, nn, _):
        class Talks(nn.Module):
            def extra_repr(self):
                return "a=1\nb=2"

        class Holds(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = net(nn)
                self.talks = Talks()
                self.nothing = None
                self.add_module("none", None)

        return [Talks(), Holds(), nn.Module()]

    same(program)


# Copies


def test_deepcopy_pickle_and_shallow_copy():
    def program(lib, nn, _):
        m = net(nn)
        m[2][0].bias = nn.Parameter(lib.ones(1), requires_grad=False)
        m.append(m[0])  # the same layer twice

        seen = []
        for twin in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
            seen += [
                twin,
                twin.state_dict(),
                twin[0] is twin[3],
                twin[0] is m[0],
                twin[0].weight is m[0].weight,
            ]
            seen += [len(list(twin.parameters())), [p.grad for p in twin.parameters()]]
            with lib.no_grad():
                twin[0].weight.zero_()
            seen.append(m[0].weight)
        shallow = copy.copy(m)
        return [*seen, shallow[0] is m[0], shallow]

    same(program)


def test_a_shallow_copy_registers_for_itself():
    m = nn.Linear(2, 1)
    twin = copy.copy(m)
    twin.extra = nn.Parameter(synapgrad.ones(1))
    del twin.bias
    assert [name for name, _ in m.named_parameters()] == ["weight", "bias"]
    assert [name for name, _ in twin.named_parameters()] == ["weight", "extra"]


def test_a_module_is_freed_with_its_last_reference():
    m = net(nn)
    m.register_forward_hook(lambda *_: None)
    m.state_dict()
    gone = weakref.ref(m)
    gc.disable()
    try:
        del m
        assert gone() is None
    finally:
        gc.enable()


def test_getattr_of_a_wrapper():
    def program(lib, nn, _):
        class Wrapper(nn.Module):
            def __init__(self, inner):
                super().__init__()
                self.inner = inner

            def __getattr__(self, name):
                try:
                    return super().__getattr__(name)
                except AttributeError:
                    return getattr(self.inner, name)

        return [Wrapper(nn.Linear(2, 1)).in_features, Wrapper(nn.ReLU()).inner]

    same(program)


def test_a_copied_parameter_keeps_its_attributes():
    p = nn.Parameter(synapgrad.ones(1))
    p.tags, p.itself = ["a"], p
    twin = copy.deepcopy(p)
    assert twin.itself is twin
    assert twin.tags == p.tags
    assert twin.tags is not p.tags
    buffer = copy.deepcopy(nn.Buffer(synapgrad.ones(1), persistent=False))
    assert isinstance(buffer, nn.Buffer)
    assert not buffer.persistent


def test_parameter():
    def program(lib, nn, _):
        p = nn.Parameter(lib.ones(2))
        frozen = nn.Parameter(lib.ones(2), requires_grad=False)
        data = lib.zeros(2)
        shared = nn.Parameter(data)
        data[0] = 5
        twins = [copy.deepcopy(p), pickle.loads(pickle.dumps(frozen))]
        tied = copy.deepcopy([p, p])
        return [
            *(repr(x) for x in (p, frozen, *twins)),
            shared,
            [isinstance(t, nn.Parameter) for t in (*twins, p * 2, p.data, p.detach())],
            tied[0] is tied[1],
            nn.Parameter(),
            nn.Parameter(p) is p,
            p.is_leaf,
        ]

    same(program)


# state_dict


def test_load():
    def program(lib, nn, _):
        a, b = net(nn), net(nn)
        weight = b[0].weight
        seen = [repr(b.load_state_dict(a.state_dict())), b.state_dict(), b[0].weight is weight]
        state = a.state_dict()
        state["extra"] = state.pop("0.weight")
        state["2.0.extra"] = state["extra"]
        result = b.load_state_dict(state, strict=False)
        seen += [result, result.missing_keys, result.unexpected_keys, repr(result)]
        double = {name: value.double() for name, value in a.state_dict().items()}
        b.load_state_dict(double)
        seen.append(b[0].weight)
        b.load_state_dict(double, assign=True)
        return [*seen, b[0].weight, isinstance(b[0].weight, nn.Parameter), b[0].weight is weight]

    same(program)


def test_load_errors():
    def missing(lib, nn, _):
        state = net(nn).state_dict()
        state["extra"] = state.pop("0.weight")
        net(nn).load_state_dict(state)

    same_error(
        missing,
        "Error(s) in loading state_dict for Sequential:\n\t",
        'Missing key(s) in state_dict: "0.weight". ',
        'Unexpected key(s) in state_dict: "extra". ',
    )
    same_error(
        lambda lib, nn, _: nn.Linear(2, 1).load_state_dict(nn.Linear(3, 1).state_dict()),
        "size mismatch for weight: copying a param with shape",
        "the shape in current model is",
    )
    same_error(
        lambda lib, nn, _: nn.Linear(1, 1).load_state_dict({"weight": 5, "bias": lib.ones(1)}),
        'While copying the parameter named "weight", expected',
    )
    same_error(lambda lib, nn, _: nn.Linear(2, 1).load_state_dict(5), "Expected state_dict to be dict-like")


def test_scalar_from_a_vector():
    def program(lib, nn, _):
        m = nn.Module()
        m.register_buffer("s", lib.tensor(1.0))
        m.load_state_dict({"s": lib.tensor([4.0])})
        return m.s

    same(program)


def test_state_dict_hooks():
    def program(lib, nn, _):
        m = net(nn)
        calls = []
        m.register_state_dict_pre_hook(lambda m, prefix, keep: calls.append(("pre", prefix, keep)))
        m[0].register_state_dict_pre_hook(lambda m, prefix, keep: calls.append(("pre 0", prefix, keep)))

        def rename(m, state, prefix, meta):
            calls.append(("post", prefix, dict(meta)))
            state[prefix + "renamed"] = state.pop(prefix + "weight")

        m[0].register_state_dict_post_hook(rename)
        m._register_state_dict_hook(lambda m, state, prefix, meta: dict(state, added=1))
        saved = m.state_dict()
        seen = [list(saved), calls[:]]

        def back(m, state, prefix, meta, strict, missing, unexpected, errors):
            calls.append((type(m).__name__, prefix, sorted(meta), strict))
            state[prefix + "weight"] = state.pop(prefix + "renamed")

        def forgive(m, keys):
            calls.append(("post load", list(keys.missing_keys), list(keys.unexpected_keys)))
            keys.unexpected_keys.clear()

        m[0].register_load_state_dict_pre_hook(back)
        m._register_load_state_dict_pre_hook(
            lambda state, prefix, *rest: calls.append(("private", len(rest)))
        )
        m.register_load_state_dict_post_hook(forgive)
        saved = OrderedDict(saved)
        return [*seen, repr(m.load_state_dict(saved)), calls, list(saved)]

    same(program)

    def returns(lib, nn, _):
        m = nn.Linear(1, 1)
        m.register_state_dict_post_hook(lambda *args: {})
        m.state_dict()

    same_error(returns, "state_dict post-hook must return None")

    def load_returns(lib, nn, _):
        m = nn.Linear(1, 1)
        m.register_load_state_dict_post_hook(lambda m, keys: keys)
        m.load_state_dict(m.state_dict())

    same_error(load_returns)


def test_extra_state_and_version():
    def program(lib, nn, _):
        class Counts(nn.Module):
            _version = 3
            got = None

            def get_extra_state(self):
                return {"n": 5}

            def set_extra_state(self, state):
                self.got = state

            def _load_from_state_dict(self, state, prefix, metadata, *rest):
                self.version = metadata.get("version")
                super()._load_from_state_dict(state, prefix, metadata, *rest)

        m = nn.Sequential(Counts(), nn.ReLU())
        state = m.state_dict()
        m.load_state_dict(state)
        seen = [state, state._metadata, m[0].got, m[0].version]
        other = nn.Sequential(nn.ReLU())
        return [*seen, other.load_state_dict(state, strict=False), m.load_state_dict({}, strict=False)]

    same(program)


def test_positional_state_dict_warns():
    for library, layers, _ in LIBRARIES:
        with pytest.warns(FutureWarning):
            assert list(layers.Linear(1, 1).state_dict(OrderedDict(), "p.")) == ["p.weight", "p.bias"], (
                library
            )


# Hooks


def test_forward_hooks_order_and_values():
    def program(lib, nn, _):
        module = lib.nn.modules.module
        calls = []

        class Double(nn.Module):
            def forward(self, x, scale=2):
                calls.append(("forward", x, scale))
                return x * scale

        def pre(name, result=None):
            def hook(m, args, *kwargs):
                calls.append((name, args, kwargs))
                return result

            return hook

        def post(name, result=None):
            def hook(m, args, *rest):
                calls.append((name, args, rest))
                return result

            return hook

        m = Double()
        handles = [
            m.register_forward_pre_hook(pre("pre 1", 10)),
            m.register_forward_pre_hook(pre("pre kwargs", ((7,), {"scale": 3})), with_kwargs=True),
            m.register_forward_pre_hook(pre("pre first", (4,)), prepend=True),
            m.register_forward_hook(post("post 1", 100)),
            m.register_forward_hook(post("post kwargs"), with_kwargs=True),
            m.register_forward_hook(post("post first"), prepend=True),
            module.register_module_forward_pre_hook(pre("global pre")),
            module.register_module_forward_hook(post("global post")),
        ]
        results = [m(1)]
        for handle in handles[::2]:
            handle.remove()
        results.append(m(1, scale=5))
        for handle in handles:
            handle.remove()
        results.append(m(x=1))
        return [results, calls, len(m._forward_hooks), len(m._forward_pre_hooks)]

    same(program)


def test_calls_are_fast_again_after_the_last_global_hook():
    from synapgrad.nn.modules import _hooks, module

    handle = module.register_module_forward_hook(lambda m, args, out: out + 1)
    assert nn.Identity()(1) == 2
    handle.remove()
    assert nn.Identity()(1) == 1
    assert _hooks.GLOBAL is None


def test_hook_dictionaries():
    def program(lib, nn, _):
        m = nn.Identity()
        m.register_forward_hook(lambda m, args, out: 5)
        seen = [m(1), len(m._forward_hooks), [hook(0, 0, 0) for hook in m._forward_hooks.values()]]
        m._forward_hooks.clear()
        seen.append(m(1))
        m.register_forward_hook(lambda m, args, out: 6)
        seen.append(m(1))
        m._forward_hooks = OrderedDict()
        with m.register_forward_pre_hook(lambda m, args: 8):
            seen.append(m(1))
        return [*seen, m(1), copy.deepcopy(m)(2)]

    same(program)


def test_always_call():
    def program(lib, nn, _):
        calls = []

        class Fails(nn.Module):
            def forward(self, x):
                raise ValueError("forward")

        m = Fails()
        m.register_forward_hook(lambda m, args, out: calls.append(("not called", out)))
        m.register_forward_hook(lambda m, args, out: calls.append(("always", out)) or 3, always_call=True)
        m.register_forward_hook(
            lambda m, args, kw, out: calls.append(("kwargs", kw, out)), always_call=True, with_kwargs=True
        )
        try:
            m(x=1)
        except ValueError as error:
            calls.append(str(error))
        m.register_forward_hook(lambda m, args, out: 1 / 0, always_call=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                m(1)
            except ValueError as error:
                calls.append(str(error))
        ok = nn.Identity()
        ok.register_forward_hook(lambda m, args, out: calls.append("first") or 1 / 0, always_call=True)
        ok.register_forward_hook(lambda m, args, out: calls.append("second"), always_call=True)
        try:
            ok(1)
        except ZeroDivisionError as error:
            calls.append(str(error))
        return [calls, len(caught)]

    same(program)


def test_pre_hook_result_is_checked():
    def program(lib, nn, _):
        m = nn.Identity()
        m.register_forward_pre_hook(lambda m, args, kwargs: 5, with_kwargs=True)
        m(1)

    same_error(program, "(new_args, new_kwargs), but got 5")


def backward_program(inputs_need_grad, change, outputs=1, unused=False):
    def program(lib, nn, _):
        module = lib.nn.modules.module
        calls = []

        class Two(nn.Module):
            def forward(self, x, other, number, flag=None):
                y = x * 2 if unused else x * other * number
                return y if outputs == 1 else (y, 7, x + 1)

        m = Two()
        m.register_full_backward_pre_hook(lambda m, out: calls.append(("pre", out)))
        m.register_full_backward_hook(lambda m, inp, out: calls.append(("post", inp, out)))
        if change:
            m.register_full_backward_pre_hook(lambda m, out: tuple(g if g is None else g * 10 for g in out))
            m.register_full_backward_hook(lambda m, inp, out: tuple(g if g is None else g * 100 for g in inp))
        m.register_full_backward_hook(lambda m, inp, out: calls.append(("first", inp, out)), prepend=True)
        handles = [
            module.register_module_full_backward_pre_hook(lambda m, out: calls.append(("global pre", out))),
            module.register_module_full_backward_hook(lambda m, inp, out: calls.append(("global", inp, out))),
        ]
        try:
            x = lib.tensor([1.0, 2.0], requires_grad="x" in inputs_need_grad)
            other = lib.tensor([3.0, 4.0], requires_grad="o" in inputs_need_grad)
            w = lib.tensor([1.0, 1.0], requires_grad=True)
            y = m(x, other, w if not inputs_need_grad else 2, flag=lib.tensor(1.0))
            y = y if outputs == 1 else y[0]
            y.sum().backward()
            with lib.no_grad():
                m(x, other, 1)
        finally:
            for handle in handles:
                handle.remove()
        return [calls, x.grad, other.grad, w.grad]

    return program


@pytest.mark.parametrize("change", [False, True])
@pytest.mark.parametrize("needs", ["x", "xo"])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("unused", [False, True])
def test_backward_hooks(needs, change, outputs, unused):
    same(backward_program(needs, change, outputs, unused))


def test_backward_hooks_where_no_input_requires_grad():
    def program(lib, nn, _):
        calls = []
        m = nn.Linear(2, 1)
        nn.init.ones_(m.weight)
        m.register_full_backward_hook(lambda m, inp, out: calls.append((inp, out)))
        m.register_full_backward_pre_hook(lambda m, out: calls.append(out) or (out[0] * 2,))
        m(lib.ones(1, 2)).sum().backward()
        return [calls, m.weight.grad]

    same(program)


def test_an_output_without_gradient():
    def program(lib, nn, _):
        class Split(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(lib.ones(2))

            def forward(self, x, y):
                return x * 2, y * self.weight

        m = Split()
        m.register_full_backward_pre_hook(lambda m, out: None)
        x, y = lib.ones(2, requires_grad=True), lib.ones(2, requires_grad=True)
        m(x, y)[0].sum().backward()
        return [x.grad, y.grad, m.weight.grad]

    same(program)


def test_backward_hook_errors():
    def wrong(kind):
        def program(lib, nn, _):
            m = nn.Identity()
            getattr(m, f"register_full_backward_{kind}")(lambda *args: (None, None))
            m(lib.ones(1, requires_grad=True)).sum().backward()

        return program

    same_error(wrong("hook"), "returned an invalid number of grad_input, got 2, but expected 1")
    same_error(wrong("pre_hook"), "returned an invalid number of grad_output, got 2, but expected 1")

    def no_input(lib, nn, _):
        m = nn.Linear(1, 1)
        m.register_full_backward_hook(lambda m, inp, out: (lib.ones(1),))
        m(lib.ones(1, 1)).sum().backward()

    same_error(no_input, "always return None or None for all gradients")


def test_backward_hook_of_a_temporary_module_and_twice():
    def program(lib, nn, _):
        calls = []

        def run(x):
            m = nn.Identity()
            m.register_full_backward_hook(lambda m, inp, out: calls.append((inp, out)))
            return m(x)

        x = lib.ones(2, requires_grad=True)
        y = (run(x) * 3).sum()
        y.backward(retain_graph=True)
        y.backward()
        return [calls, x.grad]

    same(program)


def test_backward_hook_and_an_output_that_is_no_tensor():
    for library, layers, _ in LIBRARIES:
        m = layers.Identity()
        m.register_full_backward_hook(lambda *args: None)
        with pytest.warns(UserWarning, match="backward hooks"):
            m({"x": library.ones(1, requires_grad=True)})
