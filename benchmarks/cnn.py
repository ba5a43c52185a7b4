"""A training step of example 3, a convolutional network on 28 × 28 pixels.

Two blocks of convolution, batch normalisation, ReLU, dropout and pooling, a linear layer, cross-entropy and
Adam; the batch's tensors are made in the step. See training.py for what is measured. With --profile it is each
layer's passes, the loss and the optimizer instead of the step, on one thread.

    python benchmarks/cnn.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--batch 128]
    python benchmarks/cnn.py --profile
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from timeit import Timer

from timing import alternate, table, write
from training import main


class Training:
    """The network, its optimizer and its data in one of the libraries: one text, because the names are the same."""

    def __init__(self, library, batch: int):
        import numpy

        nn = library.nn
        rng = numpy.random.default_rng(0)
        self.images = rng.uniform(0, 1, (batch, 1, 28, 28)).astype("float32")
        self.labels = rng.integers(0, 10, batch)

        def block(channels_in, channels_out):
            return [
                nn.Conv2d(channels_in, channels_out, 3, padding="same"),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(),
                nn.Dropout(0.3),
                nn.MaxPool2d(2),
            ]

        library.manual_seed(0)
        self.library = library
        self.layers = [*block(1, 16), *block(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10)]
        self.model = nn.Sequential(*self.layers)
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = library.optim.Adam(self.model.parameters(), lr=0.01)

    def step(self):
        x, y = self.library.tensor(self.images), self.library.tensor(self.labels)
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def parts(self) -> dict[str, Callable[[], object]]:
        """A function for each layer's forward and backward pass, the loss's, and the optimizer's step."""
        found: dict[str, Callable[[], object]] = {}
        x, y = self.library.tensor(self.images), self.library.tensor(self.labels)
        found["tensors"] = lambda: (self.library.tensor(self.images), self.library.tensor(self.labels))

        def add(name, function, x):
            out = function(x)
            g = self.library.ones_like(out)
            leaves = [x, *getattr(function, "parameters", list)()]

            def backward():
                for leaf in leaves:
                    leaf.grad = None
                out.backward(g, retain_graph=True)

            found[f"{name}, forward"] = lambda: function(x)
            if out.requires_grad:
                found[f"{name}, backward"] = backward
            return out.detach().requires_grad_()

        for i, layer in enumerate(self.layers):
            x = add(f"{i} {type(layer).__name__}", layer, x)
        add("loss", lambda scores: self.loss_fn(scores, y), x)
        found["optimizer"] = self.optimizer.step
        return found


def build(library, options: argparse.Namespace) -> Callable:
    return Training(library, options.batch).step


def profile() -> int:
    """Time the parts of a step one by one, each on inputs that lie ready."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    import synapgrad

    torch.set_num_threads(1)
    parts = {library.__name__: Training(library, 128).parts() for library in (synapgrad, torch)}
    lines, results = [], {}
    for what in parts["torch"]:
        runners = {name: Timer("f()", globals={"f": found[what]}).timeit for name, found in parts.items()}
        results[what] = times = alternate(runners, rounds=9, seconds=0.03)
        ours, theirs = times["synapgrad"], times["torch"]
        cells = [f"{t / 1e3:.3f}" for t in (ours.median, ours.best, theirs.median, theirs.best)]
        lines.append([what, *cells, f"{theirs.median / ours.median:.2f}×"])
    header = ["milliseconds, one thread", "SynapGrad", "best", "PyTorch", "best", "PyTorch / SynapGrad"]
    write("cnn_profile", table(header, lines), {"benchmark": "cnn_profile", "times": results})
    return 0


if __name__ == "__main__":
    step = {"name": "cnn", "doc": __doc__, "build": build, "sizes": {"batch": 128}, "label": "batch {batch}"}
    sys.exit(profile() if "--profile" in sys.argv else main(**step))
