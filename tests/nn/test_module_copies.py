"""Copies and pickles of modules and parameters, and what keeps them alive."""

import copy
import gc
import pickle
import weakref

from helpers import net, same

import synapgrad
from synapgrad import nn


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
