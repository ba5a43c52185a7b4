"""README.md's Python programs run as they stand, and the first two print and compute what PyTorch does."""

import contextlib
import io
import re
from pathlib import Path

import pytest
import torch

import synapgrad

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)

# What PyTorch lacks or calls otherwise: everything else of a program runs there to the letter.
IN_TORCH = [
    ("from synapgrad import Tensor", "import torch"),
    ("from synapgrad import nn, utils", "from torch import nn"),
    ("Tensor.stack", "torch.stack"),
    ("Tensor.concat", "torch.concat"),
    (r"\bTensor\(", "torch.tensor("),
    (r"with synapgrad\.retain_grads\(\):", "if True:"),
    # Each result keeps its gradient from where it is made.
    (r"^(    (\w+) = .*)(?<!requires_grad=True\))$", r"\1; \2.retain_grad()"),
    (r"^utils\.graph\.draw\(.*$", ""),
    (r"\bsynapgrad\b", "torch"),
]


def in_torch(program: str) -> str:
    for pattern, replacement in IN_TORCH:
        program = re.sub(pattern, replacement, program, flags=re.MULTILINE)
    return program


def run(program: str) -> tuple[str, dict]:
    """What a program prints, and its names."""
    names: dict = {"__name__": "__main__"}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), names)
    return printed.getvalue(), names


def same(ours: synapgrad.Tensor, theirs: torch.Tensor, what: str) -> None:
    """Value, shape and dtype."""
    assert tuple(ours.shape) == tuple(theirs.shape) and str(ours.dtype)[10:] == str(theirs.dtype)[6:], what
    copied = torch.tensor(ours.tolist(), dtype=theirs.dtype)
    torch.testing.assert_close(copied, theirs.detach(), msg=lambda text: f"{what}: {text}")


def test_the_programs_are_there():
    assert len(PROGRAMS) == 3


@pytest.mark.parametrize("number", [0, 1])
def test_a_program_prints_and_computes_what_it_does_in_pytorch(number):
    printed, ours = run(PROGRAMS[number])
    expected, theirs = run(in_torch(PROGRAMS[number]))
    assert printed == expected and printed.count("tensor(") == (3, 0)[number]
    tensors = [name for name, value in theirs.items() if isinstance(value, torch.Tensor)]
    assert len(tensors) == (6, 5)[number]
    gradients = 0
    for name in tensors:
        same(ours[name], theirs[name], name)
        assert ours[name].requires_grad == theirs[name].requires_grad
        assert ours[name].is_leaf == theirs[name].is_leaf
        if theirs[name].is_leaf or theirs[name].retains_grad:
            assert theirs[name].grad is not None and ours[name].grad is not None, name
            same(ours[name].grad, theirs[name].grad, f"{name}.grad")
            gradients += 1
        else:
            assert ours[name].grad is None, name
    # The first program keeps those of a, b and c, the second all.
    assert gradients == (3, 5)[number]


def test_the_second_program_ends_with_a_picture():
    source = PROGRAMS[1].strip()
    assert source.splitlines()[-1] == "utils.graph.draw(z)"
    _, names = run(source.replace("utils.graph.draw(z)", "drawing = utils.graph.draw(z)"))
    assert names["drawing"].svg.startswith("<svg")


def test_the_training_loop_learns():
    _, names = run(PROGRAMS[-1])
    right = (names["model"](names["X"]) > 0.5) == (names["target"] > 0.5)
    assert right.float().mean().item() >= 0.97
