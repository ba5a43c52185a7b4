"""Side by side: the same program run with synapgrad and with torch."""

import pytest
import torch

import synapgrad
from synapgrad import nn as snn
from synapgrad import optim as soptim

LIBRARIES = [(synapgrad, snn, soptim), (torch, torch.nn, torch.optim)]


def net(nn):
    """A small network within a network."""
    return nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 1)))


def plain(value):
    """What a program can print of a value, without the library's name; tensors as dtype, shape, numbers."""
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return (
            str(value.dtype).rpartition(".")[2],
            tuple(value.shape),
            bool(value.requires_grad),
            value.tolist(),
        )
    if isinstance(value, dict) or (hasattr(value, "items") and hasattr(value, "keys")):
        return [(plain(key), plain(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if callable(getattr(value, "named_modules", None)):
        return plain(repr(value))
    if isinstance(value, str):
        return value.replace("synapgrad", "torch")
    return value


def same(program, approximately=False):
    """Run ``program(library, nn, optim)`` with both, after the same seed; the results have to be equal.

    Returns synapgrad's. Numbers are compared exactly unless ``approximately``, which allows for the order of
    sums.
    """
    results = []
    for library, nn, optim in LIBRARIES:
        library.manual_seed(7)
        results.append(plain(program(library, nn, optim)))
    ours, theirs = results
    if approximately:
        assert len(flat(ours)) == len(flat(theirs))
        for one, other in zip(flat(ours), flat(theirs)):
            both_floats = isinstance(one, float) and isinstance(other, float)
            assert one == (pytest.approx(other, rel=1e-5, abs=1e-6) if both_floats else other)
    else:
        assert ours == theirs
    return ours


def flat(value) -> list:
    """Nested lists in a row, each with its length before it. What is no number is compared exactly."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in [len(value), *flat(item)]]
    return [value]


def same_error(program, *fragments):
    """Run ``program(library, nn, optim)`` with both; both have to raise the same type of exception.

    ``fragments`` are texts that both messages contain, and that a program may look for.
    """
    raised = []
    for library, nn, optim in LIBRARIES:
        with pytest.raises(Exception) as caught:
            program(library, nn, optim)
        raised.append(caught)
    ours, theirs = raised
    assert ours.type is theirs.type, (ours.value, theirs.value)
    for fragment in filter(None, fragments):
        assert fragment in str(ours.value.args[0])
        assert fragment in str(theirs.value.args[0])
    return ours.value
