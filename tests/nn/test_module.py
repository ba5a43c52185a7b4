"""Module's contract, each part of it run with synapgrad and with torch: members, and changing all of them."""

from collections import OrderedDict

import pytest
from helpers import net, plain, same, same_error

import synapgrad
from synapgrad import nn


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
        lambda m: m.xpu(0),
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
