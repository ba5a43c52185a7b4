"""How the benchmarks of training steps work: cnn.py, gpt.py and the others say only which model.

SynapGrad and PyTorch (eager) train the same model from the same start on the same batches, in the same process
and in turn (timing.py says why). First their losses are compared. Each number of threads has a process of its
own, because neither library can change it later.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter
from timeit import Timer
from types import ModuleType

from timing import Runner, Summary, alternate, micros, table, write

#: From a library and the options to something that trains the model for a step when called, and returns the loss.
Build = Callable[[ModuleType, argparse.Namespace], Callable]


class Classifier:
    """A network that learns to tell ten kinds of images apart. A call is a training step, from arrays to the optimizer.

    `network` makes model, loss and optimizer (contestants/networks.py).
    """

    def __init__(self, library, network: Callable[[ModuleType], tuple], shape: tuple[int, ...]):
        import numpy

        rng = numpy.random.default_rng(0)
        self.images = rng.uniform(0, 1, shape).astype("float32")
        self.labels = rng.integers(0, 10, shape[0])
        library.manual_seed(0)
        self.library = library
        self.model, self.loss_fn, self.optimizer = network(library)

    def __call__(self):
        x, y = self.library.tensor(self.images), self.library.tensor(self.labels)
        self.optimizer.zero_grad()
        loss = self.loss_fn(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        return loss

    def parts(self) -> dict[str, tuple[int, Callable[[], object]]]:
        """What a step consists of: for each kind of layer how many there are and a function for its forward and one
        for its backward pass, and so for the loss, the optimizer, and the step as a whole.

        A kind is a layer with its options on an input of one shape.
        """
        found: dict[str, tuple[int, Callable[[], object]]] = {}
        x, y = self.library.tensor(self.images), self.library.tensor(self.labels)
        found["tensors"] = 1, lambda: (self.library.tensor(self.images), self.library.tensor(self.labels))

        def add(name, count, function, x):
            out = function(x)
            g = self.library.ones_like(out)
            leaves = [x, *getattr(function, "parameters", list)()]

            def backward():
                for leaf in leaves:
                    leaf.grad = None
                out.backward(g, retain_graph=True)

            found[f"{name}, forward"] = count, lambda: function(x)
            if out.requires_grad:
                found[f"{name}, backward"] = count, backward

        kinds: dict[tuple, list] = {}

        def watch(name, layer):
            def note(layer, inputs, output):
                (x,) = inputs
                kind = kinds.setdefault((repr(layer), *x.shape, x.requires_grad), [name, 0, layer])
                kind[1] += 1
                kind[3:] = [x.detach().requires_grad_(x.requires_grad)]

            return layer.register_forward_hook(note)

        inner = [(name, layer) for name, layer in self.model.named_modules() if not list(layer.children())]
        hooks = [watch(name, layer) for name, layer in inner]
        scores = self.model(x)
        for hook in hooks:
            hook.remove()
        for name, count, layer, x in kinds.values():
            add(f"{name} {type(layer).__name__} of {'×'.join(map(str, x.shape[1:]))}", count, layer, x)
        add("loss", 1, lambda scores: self.loss_fn(scores, y), scores.detach().requires_grad_())
        found["optimizer"] = 1, self.optimizer.step
        found["a whole step"] = 1, self
        return found


def predict_next(library, model, optimizer, shape: tuple[int, int], vocabulary: int) -> Callable:
    """A function that trains a language model for a step: to tell each next character of a random text of
    `shape`, (batch, length).
    """
    batch, length = shape
    text = library.randint(0, vocabulary, (16, batch, length + 1))
    steps = iter(range(1 << 62))

    def step():
        characters = text[next(steps) % 16]
        logits = model(characters[:, :-1])
        loss = library.nn.functional.cross_entropy(
            logits.reshape(-1, vocabulary), characters[:, 1:].reshape(-1)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def measure(build: Build, options: argparse.Namespace) -> dict:
    """Both libraries, with the number of threads that the environment says."""
    import torch

    import synapgrad

    torch.set_num_threads(options.threads[0])
    steps = {library.__name__: build(library, options) for library in (synapgrad, torch)}
    # The second loss has seen a whole step; after it, a deep network enlarges what rounding there is.
    losses = {name: [step().item() for _ in range(2)] for name, step in steps.items()}
    for ours, theirs in zip(losses["synapgrad"], losses["torch"]):
        assert abs(ours - theirs) < 1e-4 * abs(theirs), losses

    def runner(step) -> Runner:
        def run(repetitions: int) -> float:
            start = perf_counter()
            for _ in range(repetitions):
                step()
            return perf_counter() - start

        return run

    runners = {name: runner(step) for name, step in steps.items()}
    times = alternate(runners, rounds=options.rounds, seconds=options.seconds)
    return {name: asdict(t) for name, t in times.items()}


def milliseconds(microseconds: float) -> str:
    return micros(microseconds / 1e3)  # with as many digits


def profile(name: str, build: Build, options: argparse.Namespace) -> int:
    """Time the parts of a step of a `Classifier` one by one, each on inputs that lie ready."""
    threads = options.threads[0]
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import torch

    import synapgrad

    torch.set_num_threads(threads)
    parts = {library.__name__: build(library, options).parts() for library in (synapgrad, torch)}
    lines, results = [], {}
    for what, (count, _) in parts["torch"].items():
        runners = {lib: Timer("f()", globals={"f": found[what][1]}).timeit for lib, found in parts.items()}
        results[what] = times = alternate(runners, rounds=options.rounds, seconds=0.03)
        ours, theirs = times["synapgrad"], times["torch"]
        cells = [f"{t / 1e3:.3f}" for t in (ours.median, ours.best, theirs.median, theirs.best)]
        lines.append([what, str(count), *cells, f"{theirs.median / ours.median:.2f}×"])
    header = [f"milliseconds, {threads} thread(s)", "times"]
    header += ["SynapGrad", "best", "PyTorch", "best", "PyTorch / SynapGrad"]
    counts = {what: count for what, (count, _) in parts["torch"].items()}
    data = {"benchmark": f"{name}_profile", "threads": threads, "counts": counts, "times": results}
    write(f"{name}_profile", table(header, lines), data)
    return 0


def main(name: str, doc: str, build: Build, sizes: dict[str, int], label: str, layers: bool = False) -> int:
    """Measure, and write the table. `sizes` are the options of the model, `label` says in the table what they
    were: `"width {width}"`. With `layers` there is `--profile`, for which `build` has to make a `Classifier`.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a round (default: 0.5)")
    for size, number in sizes.items():
        parser.add_argument(f"--{size}", type=int, default=number, help=f"(default: {number})")
    if layers:
        parser.add_argument(
            "--profile", action="store_true", help="layer by layer, on the first of --threads"
        )
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if layers and options.profile:
        return profile(name, build, options)
    if options.child:
        json.dump(measure(build, options), sys.stdout)
        return 0
    lines, results = [], []
    for threads in options.threads:
        child = [sys.executable, *sys.argv, "--child", "--threads", str(threads)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        found = json.loads(subprocess.run(child, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        ours, theirs = (Summary(**found[library]) for library in ("synapgrad", "torch"))
        lines.append(
            [
                label.format(**vars(options)),
                str(threads),
                milliseconds(ours.median),
                f"{milliseconds(ours.low)} – {milliseconds(ours.high)}",
                milliseconds(theirs.median),
                f"{milliseconds(theirs.low)} – {milliseconds(theirs.high)}",
                f"{theirs.median / ours.median:.2f}×",
                f"{theirs.best / ours.best:.2f}×",
            ]
        )
        results.append({"threads": threads, "times": found})
    header = ["milliseconds a step", "threads", "SynapGrad", "middle half", "PyTorch", "middle half"]
    text = table([*header, "PyTorch / SynapGrad", "best / best"], lines)
    write(name, text, {"benchmark": name, "options": vars(options), "results": results})
    return 0
