"""A training step of example 3, a convolutional network on 28 × 28 pixels, in SynapGrad and in PyTorch.

A step is: the batch's tensors made, forward, loss, backward, optimizer. Both libraries take the same steps in
the same process, in turn (timing.py says why); each number of threads has a process of its own. With
--profile the layers' passes, the loss and the optimizer are timed one by one instead.

    python benchmarks/cnn.py [--threads 1 2] [--rounds 15] [--seconds 0.3] [--batch 128] [--profile]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from timeit import Timer

from timing import Summary, alternate, table, write

# How many times quicker than PyTorch a step has to be.
REQUIRED = 5.0
# The largest relative difference of the losses over a few steps, which begin with the same numbers.
TOLERANCE = 1e-3


class Training:
    """The network, its optimizer and its data in one of the libraries: one text, because the names are the same."""

    def __init__(self, library, images, labels):
        nn = library.nn

        def block(channels_in, channels_out):
            return [
                nn.Conv2d(channels_in, channels_out, 3, padding="same"),
                nn.BatchNorm2d(channels_out),
                nn.ReLU(),
                nn.Dropout(0.3),
                nn.MaxPool2d(2),
            ]

        library.manual_seed(0)
        self.library, self.images, self.labels = library, images, labels
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


def measure(options: argparse.Namespace) -> dict[str, dict]:
    """The times of a step, or of its parts, with the number of threads that the environment says."""
    import numpy
    import torch

    import synapgrad

    torch.set_num_threads(options.threads[0])
    rng = numpy.random.default_rng(0)
    images = rng.uniform(0, 1, (options.batch, 1, 28, 28)).astype("float32")
    labels = rng.integers(0, 10, options.batch)
    sides = {lib.__name__: Training(lib, images, labels) for lib in (synapgrad, torch)}
    for _ in range(4):
        ours, theirs = (side.step().item() for side in sides.values())
        assert abs(ours - theirs) <= TOLERANCE * abs(theirs), (
            f"not the same training: loss {ours} and {theirs}"
        )
    if options.profile:
        parts = {name: side.parts() for name, side in sides.items()}
    else:
        parts = {name: {"step": side.step} for name, side in sides.items()}
    results = {}
    for what in parts["torch"]:
        runners = {
            name: Timer("f()", globals={"f": functions[what]}).timeit for name, functions in parts.items()
        }
        times = alternate(runners, rounds=options.rounds, seconds=options.seconds)
        results[what] = {name: asdict(summary) for name, summary in times.items()}
    return results


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, help="length of a round (default: 0.3; 0.03 for a profile)")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--profile", action="store_true", help="time the layers one by one")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.seconds = options.seconds or (0.03 if options.profile else 0.3)
    if options.child:
        json.dump(measure(options), sys.stdout)
        return 0
    lines, results, verdicts = [], [], []
    for threads in options.threads:
        # The number of threads is fixed when the first of them starts.
        child = [sys.executable, __file__, *sys.argv[1:], "--child", "--threads", str(threads)]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        found = json.loads(subprocess.run(child, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        both = {
            what: [Summary(**times[name]) for name in ("synapgrad", "torch")] for what, times in found.items()
        }
        for what, (ours, theirs) in both.items():
            lines.append(
                [
                    what,
                    str(threads),
                    f"{ours.median / 1e3:.3f}",
                    f"{ours.low / 1e3:.3f} – {ours.high / 1e3:.3f}",
                    f"{theirs.median / 1e3:.3f}",
                    f"{theirs.low / 1e3:.3f} – {theirs.high / 1e3:.3f}",
                    f"{theirs.median / ours.median:.2f}×",
                    f"{theirs.best / ours.best:.2f}×",
                ]
            )
        ours, theirs = (sum(pair[i].median for pair in both.values()) for i in range(2))
        if options.profile:
            lines.append(
                [
                    "all",
                    str(threads),
                    f"{ours / 1e3:.3f}",
                    "",
                    f"{theirs / 1e3:.3f}",
                    "",
                    f"{theirs / ours:.2f}×",
                    "",
                ]
            )
        else:
            verdict = "met" if theirs / ours >= REQUIRED else "MISSED"
            verdicts.append(
                f"Required with {threads} thread(s): {REQUIRED:g}×. Measured: {theirs / ours:.2f}×: {verdict}."
            )
        results.append({"threads": threads, "times": found})
    header = ["milliseconds", "threads", "SynapGrad", "middle half", "PyTorch", "middle half"]
    text = table([*header, "PyTorch / SynapGrad", "best / best"], lines)
    name = "cnn_profile" if options.profile else "cnn"
    write(name, "\n".join([text, "", *verdicts]).rstrip(), {"benchmark": name, "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
