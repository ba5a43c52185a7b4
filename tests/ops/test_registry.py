"""The table guards itself: no operation without a binding, docs, a comparison with PyTorch and a check of its
gradient; and no binding without an operation.

The engine lists its operations (`ops/registry.rs`), the suites in this folder have rows; the rest follows.
"""

import importlib
import re
from collections import defaultdict
from pathlib import Path

import pytest
import torch

import synapgrad
import synapgrad.linalg
import synapgrad.nn.functional
from synapgrad import _C

from .harness import FLOATS, Call, OpSuite, T, attempt, flat, forms, gradients, make

#: Name to family.
OPERATIONS = {name: family for family, names in _C._operations() for name in names}

#: Where an operation may be found.
HOMES = (synapgrad, synapgrad.Tensor, synapgrad.nn.functional)

#: Functions of the extension that are no operations.
FUNCTIONS = {
    r"(get|set)_default_dtype|promote_types|result_type|can_cast": "settings and rules",
    r"(get|set)_num_(interop_)?threads": "the number of threads",
    r"is_tensor|is_floating_point|is_complex|numel": "questions about a tensor",
    r"tensor|as_tensor|asarray|from_numpy|from_dlpack|frombuffer": "tensors from Python's data",
    r"detach": "the same elements outside of the graph",
    r"manual_seed|seed|initial_seed|(get|set)_rng_state": "the random generator",
    r"set_printoptions": "printing",
    r"no_grad|enable_grad|is_(grad|inference_mode)_enabled": "modes of autograd",
    r"triplet_margin_of_distances": "the end of a loss whose distance is the caller's",
}

#: Operations that no row can call as they are meant to be called, and the test that compares them with PyTorch.
ELSEWHERE = {
    # Its gradient takes the logarithms for those of probabilities that add up to 1; numbers moved one by one are not.
    "ctc_loss": "test_margin_loss.py",
}

#: Methods of Tensor that are no operations.
METHODS = {
    r"float|double|half|bfloat16|long|int|short|char|byte|bool|to|type|type_as|cpu|cuda": "conversions",
    r"size|stride|dim|ndimension|nelement|element_size|storage_offset|data_ptr": "questions about the layout",
    r"is_contiguous|is_signed": "questions about the layout",
    r"requires_grad_|retain_grad|backward|register_(post_accumulate_grad_)?hook": "autograd",
    r"item|tolist|numpy": "data for Python",
    r"detach_?": "the same elements outside of the graph",
    r"numel|is_floating_point|is_complex": "questions about a tensor",
    r"draw_graph": "pictures",
    r"view_as|reshape_as|expand_as": "an operation with the shape of another tensor",
    r"new_\w+": "a creation with the dtype of this tensor",
    r"resize_": "memory",
}


def tables():
    """All rows of the suites in this folder, by operation."""
    rows = defaultdict(list)
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path != Path(__file__):
            for thing in vars(importlib.import_module(f".{path.stem}", __package__)).values():
                if isinstance(thing, type) and issubclass(thing, OpSuite):
                    for row in thing.rows:
                        rows[row.operation].append(row)
    return rows


ROWS = tables()


def bindings(name):
    return [binding for home in HOMES if (binding := getattr(home, name, None)) is not None]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_a_python_binding_with_docs(name):
    found = bindings(name)
    assert found, f"{name} ({OPERATIONS[name]}) has no binding: a line in the door"
    for binding in found:
        assert (getattr(binding, "__doc__", None) or "").strip(), f"{name}: {binding!r} has no docs"


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_compared_with_pytorch(name):
    if name in ELSEWHERE:
        assert name in (Path(__file__).parent / ELSEWHERE[name]).read_text(encoding="utf-8")
        return
    assert ROWS[name], f"{name} ({OPERATIONS[name]}) has no row in tests/ops"


def has_a_gradient(row, sample):
    """Whether PyTorch gives this sample a gradient that is not zero everywhere."""
    call = Call(sample, torch.float64)
    _, theirs, _ = next(forms(row))
    outputs = attempt(theirs, *call.args[0], **call.kwargs[0])
    outputs = [o for o in flat(outputs) if isinstance(o, torch.Tensor) and o.requires_grad]
    weights = [make(T(tuple(o.shape)), o.dtype, f"weight {i}") for i, o in enumerate(outputs)]
    grads = attempt(gradients, outputs, weights, [theirs for theirs, _ in call.leaves])
    return not isinstance(grads, Exception) and any(grad is not None and grad.any() for grad in grads)


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_derivative_is_compared_with_difference_quotients(name):
    """The suites do so with every smooth sample: one of them has a gradient, if any sample has."""
    rows = [row for row in ROWS[name] if set(FLOATS) & set(row.dtypes)]
    samples = [(row, sample) for row in rows for sample in row.samples]
    samples.sort(key=lambda pair: not pair[1].smooth)
    for row, sample in samples:
        if has_a_gradient(row, sample):
            assert sample.smooth, f"{name} has a derivative, but no sample where it is smooth"
            return


def test_every_row_is_of_an_operation():
    aliases = {name for name in dir(_C) if getattr(getattr(_C, name), "__name__", name) in OPERATIONS}
    composed = set(synapgrad.nn.functional.__all__)
    assert set(ROWS) <= set(OPERATIONS) | aliases | composed


def strangers(owner, helpers):
    """Public callables of `owner` that are neither operations, nor their twins in place, nor second names."""
    for name, thing in vars(owner).items():
        own = getattr(thing, "__name__", name)  # of a second name, the first one
        known = {name, own, name.removesuffix("_"), own.removesuffix("_")} & set(OPERATIONS)
        helper = any(re.fullmatch(pattern, name) for pattern in helpers)
        if (
            callable(thing)
            and not name.startswith("_")
            and not isinstance(thing, type)
            and not known
            and not helper
        ):
            yield name


def test_every_function_is_an_operation_or_a_known_helper():
    assert not list(strangers(_C, FUNCTIONS))


def test_every_method_is_an_operation_or_a_known_helper():
    assert not list(strangers(synapgrad.Tensor, METHODS))


@pytest.mark.parametrize(("owner", "helpers"), [(_C, FUNCTIONS), (synapgrad.Tensor, METHODS)])
def test_the_helpers_exist_and_are_no_operations(owner, helpers):
    for pattern, reason in helpers.items():
        named = [name for name in vars(owner) if re.fullmatch(pattern, name)]
        assert named, f"there are no {reason} ({pattern}) any more"
        assert not set(named) & set(OPERATIONS), f"{pattern} hides operations"
