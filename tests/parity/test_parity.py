"""The same program in Rust and in Python gives the same numbers, bit by bit.

The Rust half is crates/synapgrad/tests/parity. A case is a line of a family's CASES, and a line of the same name
in the Rust file of that family. Each starts from the same seed.
"""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import synapgrad

from . import layers, losses, shapes, training

ROOT = Path(__file__).resolve().parents[2]
CASES = {**layers.CASES, **shapes.CASES, **losses.CASES, **training.CASES}


def bits(tensor):
    """Dtype, shape and the bits of all elements, which every dtype shares with float64."""
    numbers = tensor.detach().double().flatten().tolist()
    words = (struct.pack(">d", number).hex() for number in numbers)
    return " ".join([str(tensor.dtype).split(".")[1], str(list(tensor.shape)), *words])


@pytest.fixture(scope="module")
def rust(tmp_path_factory):
    """What the Rust half computes. `cargo test` has built it before, or builds it now."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    path = tmp_path_factory.mktemp("parity") / "rust.json"
    run = subprocess.run(
        ["cargo", "test", "--workspace", "--quiet", "--test", "parity"],
        cwd=ROOT,
        env={**os.environ, "SYNAPGRAD_PARITY": str(path)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(path.read_text())


def test_both_have_the_same_cases(rust):
    assert list(rust) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_rust_and_python_compute_the_same(rust, name):
    synapgrad.manual_seed(0)
    computed = {what: bits(tensor) for what, tensor in CASES[name]().items()}
    assert computed == rust[name]
