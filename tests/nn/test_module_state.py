"""state_dict and load_state_dict, and the hooks around them."""

from collections import OrderedDict

import pytest
from helpers import LIBRARIES, net, same, same_error


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
