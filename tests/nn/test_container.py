"""Sequential, ModuleList, ModuleDict, ParameterList and ParameterDict beside torch's."""

from collections import OrderedDict

import pytest
from helpers import same, same_error


def three(nn):
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))


def named(nn):
    return nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Sigmoid()))


@pytest.mark.parametrize(
    "program",
    [
        lambda lib, nn: three(nn)(lib.ones(1, 2)).shape == (1, 1),
        lambda lib, nn: [len(three(nn)), list(three(nn)), bool(nn.Sequential()), nn.Sequential()],
        lambda lib, nn: [three(nn)[0], three(nn)[-1], three(nn)[1:], three(nn)[::2], named(nn)[1:]],
        lambda lib, nn: named(nn).a,
        lambda lib, nn: list(three(nn).state_dict()),
        lambda lib, nn: nn.Sequential()(5),
    ],
)
def test_sequential_reading(program):
    same(lambda lib, nn, _: program(lib, nn))


@pytest.mark.parametrize(
    "change",
    [
        lambda s, nn: s.append(nn.Tanh()) is s,
        lambda s, nn: s.extend([nn.Tanh(), nn.SELU()]) is s,
        lambda s, nn: s.extend(three(nn)) is s,
        lambda s, nn: s.insert(0, nn.Tanh()) is s,
        lambda s, nn: s.insert(-1, nn.Tanh()) is s,
        lambda s, nn: s.insert(3, nn.Tanh()) is s,
        lambda s, nn: s.pop(0),
        lambda s, nn: s.pop(-1),
        lambda s, nn: s.__setitem__(1, nn.Tanh()),
        lambda s, nn: s.__setitem__(-1, nn.Tanh()),
        lambda s, nn: s.__delitem__(0),
        lambda s, nn: s.__delitem__(-1),
        lambda s, nn: s.__delitem__(slice(0, 2)),
        lambda s, nn: s.__iadd__(three(nn)),
        lambda s, nn: s.__imul__(2),
        lambda s, nn: s + three(nn),
        lambda s, nn: s * 2,
        lambda s, nn: 3 * s,
    ],
)
def test_sequential_changes(change):
    def program(lib, nn, _):
        s = three(nn)
        result = change(s, nn)
        return [result, s, list(s.state_dict()), list(s._modules)]

    same(program)


def test_sequential_of_names_after_deleting():
    def program(lib, nn, _):
        s = named(nn)
        del s[1]
        t = named(nn)
        del t[:1]
        return [s, t, named(nn).append(nn.ReLU()), named(nn) + named(nn)]

    same(program)


def test_sequential_shares_its_modules():
    def program(lib, nn, _):
        s = three(nn)
        return [s[1:][1] is s[2], (s + s)[3] is s[0], (s * 2)[3] is s[0], len(list((s * 2).parameters()))]

    same(program)


@pytest.mark.parametrize(
    "program",
    [
        lambda nn: nn.Sequential(5),
        lambda nn: three(nn)[3],
        lambda nn: three(nn)["0"],
        lambda nn: three(nn).insert(5, nn.ReLU()),
        lambda nn: three(nn).insert(0, 5),
        lambda nn: three(nn) + [nn.ReLU()],
        lambda nn: three(nn) * 0,
        lambda nn: three(nn) * 1.5,
        lambda nn: three(nn).append(5),
        lambda nn: three(nn).extend(5),
        lambda nn: three(nn).pop(7),
        lambda nn: nn.ModuleList(5),
        lambda nn: nn.ModuleList([5]),
        lambda nn: nn.ModuleList([nn.ReLU()])[1],
        lambda nn: nn.ModuleList([nn.ReLU()])(1),
        lambda nn: nn.ModuleList([nn.ReLU()]).pop(4),
        lambda nn: nn.ModuleDict(5),
        lambda nn: nn.ModuleDict([5]),
        lambda nn: nn.ModuleDict([("a", nn.ReLU(), 3)]),
        lambda nn: nn.ModuleDict({"keys": nn.ReLU()}),
        lambda nn: nn.ModuleDict({"a.b": nn.ReLU()}),
        lambda nn: nn.ModuleDict({"a": nn.ReLU()})["b"],
        lambda nn: nn.ModuleDict({"a": nn.ReLU()}).pop("b"),
        lambda nn: nn.ParameterList(5),
        lambda nn: nn.ParameterList([1])[1],
        lambda nn: nn.ParameterList([1])(1),
        lambda nn: nn.ParameterDict({1: 2}),
        lambda nn: nn.ParameterDict({"a": 2})["b"],
        lambda nn: nn.ParameterDict({"a": 2}).pop("b"),
        lambda nn: nn.ParameterDict().popitem(),
        lambda nn: nn.ParameterDict(5),
        lambda nn: nn.ParameterDict([(1, 2, 3)]),
        lambda nn: nn.ParameterDict({"a": 2})(1),
    ],
)
def test_refusals(program):
    same_error(lambda lib, nn, _: program(nn))


def test_module_list():
    def program(lib, nn, _):
        m = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        seen = [repr(m), len(m), m[0], m[-1], m[1:], m[1:][0] is m[1], list(m.state_dict())]
        m.append(nn.ReLU()).extend([nn.Tanh(), nn.Tanh()])
        m += [nn.SELU()]
        m.insert(1, nn.Sigmoid())
        m[-1] = nn.Identity()
        seen += [repr(m), list(m._modules), [type(x).__name__ for x in m]]
        seen += [m.pop(-1), m.pop(0), repr(m)]
        del m[0]
        seen.append(repr(m))
        del m[1:3]
        seen += [repr(m), list(m._modules), m + [nn.ReLU()], repr(nn.ModuleList())]
        same_modules = nn.ModuleList(three(nn))
        return [*seen, same_modules, nn.ModuleList(x for x in m), nn.ModuleList([three(nn), three(nn)])]

    same(program)


def test_module_dict():
    def program(lib, nn, _):
        m = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
        m["c"] = nn.Tanh()
        m["b"] = nn.SELU()
        m.update([("d", nn.ReLU()), ["e", nn.ReLU()]])
        m.update(nn.ModuleDict({"f": nn.Identity()}))
        m.update(OrderedDict(z=nn.Tanh(), y=nn.Tanh()))
        seen = [
            repr(m),
            len(m),
            list(m),
            list(m.keys()),
            list(m.values()),
            list(m.items()),
            "a" in m,
            "x" in m,
        ]
        del m["d"]
        seen += [m.pop("e"), m["a"], m.a, list(m.state_dict())]
        m.clear()
        return [*seen, len(m), m]

    same(program)


def test_parameter_list():
    def program(lib, nn, _):
        m = nn.ParameterList([lib.ones(2, 3), nn.Parameter(lib.zeros(1)), "text", 5])
        m.append(lib.tensor(1.0)).extend([lib.ones(1)])
        m += [lib.zeros(2)]
        m[0] = lib.ones(1)
        m[-1] = nn.Parameter(lib.zeros(4), requires_grad=False)
        seen = [len(m), m[0], m[-1], m[2], m[4:], [isinstance(x, nn.Parameter) for x in m], m.state_dict()]
        return [*seen, repr(m), repr(nn.ParameterList()), [name for name, _ in m.named_parameters()]]

    same(program)


def test_parameter_dict():
    def program(lib, nn, _):
        m = nn.ParameterDict({"b": lib.ones(2, 3), "a": nn.Parameter(lib.zeros(1)), "text": "x"})
        m["c"] = lib.tensor(1.0)
        m.update(OrderedDict(z=lib.ones(1), y=lib.ones(1)))
        m.update([("p", lib.ones(2))])
        m |= nn.ParameterDict({"q": lib.zeros(1)})
        seen = [repr(m), len(m), list(m), list(reversed(m)), list(m.values()), list(m.items()), "a" in m]
        seen += [m.get("nothing"), m.get("a"), m.get("nothing", 3), m.setdefault("a", lib.ones(9))]
        seen += [m.setdefault("new", lib.ones(2)), m.pop("z"), m.popitem(), list(m.keys())]
        del m["a"]
        twin = m.copy()
        other = nn.ParameterDict({"b": lib.zeros(1), "extra": lib.ones(1)})
        seen += [twin, twin.b is m.b, m | other, other | m, m.fromkeys(["r", "s"], 4)]
        m.clear()
        return [*seen, len(m), m, m.state_dict()]

    same(program)


def test_load_state_dict_through_containers():
    def program(lib, nn, _):
        def make():
            m = nn.Module()
            m.rows = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1)])
            m.names = nn.ModuleDict({"x": nn.Linear(1, 2)})
            m.free = nn.ParameterList([lib.rand(2)])
            m.keyed = nn.ParameterDict({"k": lib.rand(3)})
            return m

        a, b = make(), make()
        return [a, repr(b.load_state_dict(a.state_dict())), b.state_dict()]

    same(program)
