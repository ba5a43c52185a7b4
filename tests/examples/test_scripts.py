"""The scripts of examples/ run as a user runs them."""

import re
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import matplotlib.image
import pytest
import torch

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("seed", [0, 1])
def test_moons_learns_and_draws(tmp_path, seed):
    run = subprocess.run(
        [sys.executable, EXAMPLES / "moons.py", "--seed", str(seed), "--out", tmp_path / "pictures"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    found = re.search(r"accuracy (\d\.\d+) on 150 points", run.stdout)
    assert found and float(found[1]) >= 0.97, run.stdout
    assert "100%" in run.stderr and "accuracy=" in run.stderr  # the progress bar
    for picture in ("loss.png", "boundary.png"):
        pixels = matplotlib.image.imread(tmp_path / "pictures" / picture)
        assert pixels.std() > 0.01, f"{picture} is blank"
    root = xml.etree.ElementTree.parse(tmp_path / "pictures" / "graph.svg").getroot()
    assert root.tag.endswith("svg")


def test_mnist_cnn_learns_and_saves(tmp_path):
    options = ["--part", "0.05", "--epochs", "2", "--out", tmp_path / "results"]
    run = subprocess.run(
        [sys.executable, EXAMPLES / "mnist_cnn.py", *options], capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr
    accuracies = [float(found) for found in re.findall(r"accuracy (\d\.\d+) on the test images", run.stdout)]
    assert len(accuracies) == 2 and accuracies[-1] >= 0.85, run.stdout
    assert "100%" in run.stderr and "loss=" in run.stderr  # the progress bar
    assert matplotlib.image.imread(tmp_path / "results" / "confusion.png").std() > 0.01
    state = torch.load(tmp_path / "results" / "cnn.pt", weights_only=True)
    assert state["0.0.weight"].shape == (16, 1, 3, 3)
