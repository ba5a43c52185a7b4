"""The same program in Rust and in Python gives the same numbers, bit by bit.

The Rust half is crates/synapgrad/tests/parity.rs. A case is a line of CASES, and a line of the same name
there. Each starts from the same seed.
"""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

import synapgrad
from synapgrad import nn, optim
from synapgrad.datasets import make_moons
from synapgrad.nn import init

ROOT = Path(__file__).resolve().parents[2]


def layer(module, shape):
    """The output for a random input of `shape`; parameters, buffers and gradients after a backward pass."""
    dtype = next((p.dtype for p in module.parameters()), synapgrad.float32)
    x = synapgrad.randn(shape, dtype=dtype, requires_grad=True)
    output = module(x)
    output = output[0] if isinstance(output, tuple) else output
    (output * synapgrad.randn(output.shape, dtype=dtype)).sum().backward()
    return {"output": output, "input.grad": x.grad, **state(module)}


def state(module):
    """Parameters with their gradients, and buffers."""
    parameters = dict(module.named_parameters())
    grads = {f"{name}.grad": p.grad for name, p in parameters.items() if p.grad is not None}
    return {**parameters, **grads, **dict(module.named_buffers())}


def loss(criterion):
    """A loss of probabilities, and the gradients by both."""
    x, y = (synapgrad.rand(4, 3, requires_grad=True) for _ in range(2))
    value = criterion(x, y)
    value.backward()
    grads = {"input.grad": x.grad, "target.grad": y.grad}
    return {"loss": value, **{name: grad for name, grad in grads.items() if grad is not None}}


def filled(fill):
    return {"tensor": fill(synapgrad.empty(4, 5, 3))}


def perceptron():
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))


def trained(optimizer):
    """A perceptron after some steps on the two moons, and the losses on the way."""
    x, y = make_moons(40, noise=0.1)
    model = perceptron()
    optimizer = optimizer(model.parameters())
    losses = []
    for batch, target in zip(x.split(8), y.float().unsqueeze(1).split(8)):
        optimizer.zero_grad()
        value = nn.MSELoss()(model(batch), target)
        value.backward()
        optimizer.step()
        losses.append(value.detach())
    return {"losses": synapgrad.stack(losses), **state(model)}


CASES = {
    "Linear": lambda: layer(nn.Linear(3, 2), (4, 3)),
    "Linear without bias": lambda: layer(nn.Linear(5, 4, bias=False), (2, 3, 5)),
    "Linear of float64": lambda: layer(nn.Linear(3, 2, dtype=synapgrad.float64), (4, 3)),
    "Sequential": lambda: layer(perceptron(), (5, 2)),
    "ReLU": lambda: layer(nn.ReLU(), (4, 3)),
    "LeakyReLU": lambda: layer(nn.LeakyReLU(0.2), (4, 3)),
    "SELU": lambda: layer(nn.SELU(), (4, 3)),
    "Tanh": lambda: layer(nn.Tanh(), (4, 3)),
    "Sigmoid": lambda: layer(nn.Sigmoid(), (4, 3)),
    "Softmax": lambda: layer(nn.Softmax(1), (4, 3)),
    "LogSoftmax": lambda: layer(nn.LogSoftmax(0), (4, 3)),
    "RNN": lambda: layer(nn.RNN(3, 4), (5, 2, 3)),
    "LSTM": lambda: layer(nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.5), (5, 2, 3)),
    "GRU": lambda: layer(nn.GRU(3, 4, batch_first=True, bias=False), (2, 5, 3)),
    "GRUCell": lambda: layer(nn.GRUCell(3, 4), (2, 3)),
    "TransformerEncoderLayer": lambda: layer(nn.TransformerEncoderLayer(8, 2, 12), (5, 3, 8)),
    "TransformerEncoder": lambda: layer(
        nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, norm_first=True), 2, nn.LayerNorm(8)
        ),
        (3, 5, 8),
    ),
    "MSELoss": lambda: loss(nn.MSELoss()),
    "MSELoss, sum": lambda: loss(nn.MSELoss(reduction="sum")),
    "BCELoss": lambda: loss(nn.BCELoss()),
    "BCEWithLogitsLoss": lambda: loss(nn.BCEWithLogitsLoss()),
    "init.uniform_": lambda: filled(lambda t: init.uniform_(t, -1.0, 2.0)),
    "init.normal_": lambda: filled(lambda t: init.normal_(t, 1.0, 2.0)),
    "init.constant_": lambda: filled(lambda t: init.constant_(t, 0.3)),
    "init.xavier_uniform_": lambda: filled(lambda t: init.xavier_uniform_(t, 1.5)),
    "init.xavier_normal_": lambda: filled(lambda t: init.xavier_normal_(t, 1.5)),
    "init.kaiming_uniform_": lambda: filled(lambda t: init.kaiming_uniform_(t, 0.1)),
    "init.kaiming_normal_": lambda: filled(lambda t: init.kaiming_normal_(t, 0, "fan_out", "relu")),
    "make_moons": lambda: dict(zip("xy", make_moons(30, noise=0.1))),
    "SGD": lambda: trained(lambda parameters: optim.SGD(parameters, lr=0.1)),
    "SGD with momentum": lambda: trained(
        lambda parameters: optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True)
    ),
}


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
