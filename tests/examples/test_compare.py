"""The three examples, from the same seed: SynapGrad's losses are PyTorch's, epoch by epoch, dropout included."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

import synapgrad
from synapgrad.datasets import make_moons

ROOT = Path(__file__).resolve().parents[2]
CONTESTANTS = ROOT / "benchmarks" / "contestants"

# example -> (share of the data, epochs, how far apart losses may be, relatively). Where Adam divides by the root
# of its second moment, a gradient that is zero but for rounding moves a parameter as far as any other, so rounding
# grows faster there.
EXAMPLES = {"moons": (1.0, 10, 1e-5), "mnist_mlp": (0.02, 3, 1e-5), "mnist_cnn": (0.01, 3, 2e-3)}


@pytest.fixture(scope="module")
def program():
    """benchmarks/contestants/program.py, which `make compare` runs in processes of their own."""
    sys.path.insert(0, str(CONTESTANTS))
    try:
        spec = importlib.util.spec_from_file_location("program", CONTESTANTS / "program.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(CONTESTANTS))
    return module


@pytest.mark.parametrize("example", EXAMPLES)
def test_losses_are_pytorchs_epoch_by_epoch(program, example, tmp_path):
    part, epochs, tolerance = EXAMPLES[example]
    data = ROOT / "examples" / "data" / "mnist"
    if example == "moons":
        data = tmp_path
        x, y = make_moons(150, noise=0.1, random_state=0)
        points = {"x": x.tolist(), "y": y.float().unsqueeze(1).tolist()}
        (tmp_path / "moons.json").write_text(json.dumps(points))
    task = {"data": str(data), "part": part, "seed": 3}
    losses = []
    for library in (synapgrad, torch):
        run = program.Program(library, example, task)
        losses.append([run.epoch(1.0) for _ in range(epochs)])
    ours, theirs = losses
    assert theirs[-1] < theirs[0], "it learned nothing, so there is nothing to compare"
    assert ours == pytest.approx(theirs, rel=tolerance)
