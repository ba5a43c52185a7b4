"""Pictures: the time of a step against batch size and width, and throughput against threads and beside other work.

The first trains a perceptron of three layers; the second examples 2 and 3, on one thread, on two, and on two while
another process keeps a core busy. The contestants are those of examples.py. The pictures go to docs/images, the
numbers to out/bench/plots.json; --draw makes the pictures anew from the numbers.

    python benchmarks/plots.py [--rounds 9] [--seconds 0.05] [--images docs/images]
    python benchmarks/plots.py --draw
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from contestants.networks import BATCH, perceptron
from examples import EXAMPLES, Worker, problem, save
from peers import HERE, Absent
from timing import OUT, alternate, micros, pause, table, write

COLOURS = {"SynapGrad": "#c0392b", "PyTorch eager": "#2c6fbb", "JAX jit": "#4a9b5e"}
BATCHES, WIDTHS = [1, 4, 16, 64, 256, 1024], [16, 32, 64, 128, 256, 512, 1024]
BATCH_HERE, WIDTH_HERE = 64, 256  # what the other of the two is
CONDITIONS = ["1 thread", "2 threads", "2 threads,\na core busy"]


def perceptron_problem(directory: Path, batch: int, width: int) -> str:
    """Four random batches and the initial parameters, in a file for the contestants."""
    import synapgrad

    synapgrad.manual_seed(0)
    model, _, _ = perceptron(synapgrad, width)
    x, y = synapgrad.rand(2, 4 * batch, width).unbind()
    parameters = [parameter.detach() for parameter in model.parameters()]
    return str(save(directory / "perceptron.npz", batch, [width], x, y, parameters))


def workers(example: str, task: str, threads: int) -> dict[str, Worker]:
    found = {}
    for name in COLOURS:
        with contextlib.suppress(Absent):
            found[name] = Worker(name, example, task, threads)
    return found


def take(found: dict[str, Worker], options: argparse.Namespace, seconds: float) -> dict[str, dict]:
    runners = {name: worker.round for name, worker in found.items()}
    return {
        n: asdict(t)
        for n, t in alternate(runners, rounds=options.rounds, seconds=seconds, between=pause).items()
    }


def sizes(directory: Path, options: argparse.Namespace) -> list[dict]:
    """The time of a step of the perceptron, for each batch size and each width, on one thread."""
    points = [(batch, WIDTH_HERE) for batch in BATCHES]
    points += [(BATCH_HERE, width) for width in WIDTHS if width != WIDTH_HERE]
    found = workers("perceptron", perceptron_problem(directory, *points[0]), 1)
    results = []
    for batch, width in points:
        task = perceptron_problem(directory, batch, width)
        losses = {}
        for name, worker in found.items():
            worker.ask(start=task)
            losses[name] = worker.ask(losses=4)["losses"][-1]
        reference = losses["SynapGrad"]
        assert all(abs(loss - reference) < 1e-4 * abs(reference) for loss in losses.values()), losses
        results.append({"batch": batch, "width": width, "times": take(found, options, options.seconds)})
    for worker in found.values():
        worker.close()
    return results


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Another process keeps the first core busy."""
    program = "import os\nif hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {0})\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def throughput(directory: Path, options: argparse.Namespace) -> list[dict]:
    """Examples 2 and 3 under each condition."""
    results = []
    for example in ("mnist_mlp", "mnist_cnn"):
        task = str(problem(example, directory))
        seconds = max(options.seconds, EXAMPLES[example]["seconds"])
        for condition, threads in zip(CONDITIONS, (1, 2, 2)):
            found = workers(example, task, threads)
            for worker in found.values():
                worker.round(1)  # compiles: for JAX a matter of minutes beside a busy process
            with busy() if "busy" in condition else contextlib.nullcontext():
                times = take(found, options, seconds)
            for worker in found.values():
                worker.close()
            results.append({"example": example, "condition": condition, "times": times})
    return results


def per_second(entry: dict, name: str) -> float:
    """Images a second."""
    return BATCH[entry["example"]] / (1e-6 * entry["times"][name]["median"])


def draw_sizes(results: list[dict], axes) -> None:
    from matplotlib.ticker import LogLocator

    for axis, along, across in zip(axes, ("batch", "width"), ("width", "batch")):
        fixed = {"width": WIDTH_HERE, "batch": BATCH_HERE}[across]
        points = [entry for entry in results if entry[across] == fixed]
        points = sorted(((entry[along], entry) for entry in points), key=lambda point: point[0])
        for name, colour in COLOURS.items():
            known = [(size, entry["times"][name]) for size, entry in points if name in entry["times"]]
            at = [size for size, _ in known]
            low, high = ([t[side] for _, t in known] for side in ("low", "high"))
            axis.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
            axis.plot(at, [t["median"] for _, t in known], "o-", color=colour, label=name, markersize=4)
        axis.set(xscale="log", yscale="log", xlabel={"batch": "batch size", "width": "width"}[along])
        axis.set_xticks([size for size, _ in points], [f"{size:,}" for size, _ in points])
        axis.minorticks_off()
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_title(f"{across} {fixed}", fontsize=10)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.grid(True, alpha=0.3)
    axes[0].set_ylabel("µs a training step")
    axes[0].legend(frameon=False)


def draw_throughput(results: list[dict], axes) -> None:
    for axis, example in zip(axes, ("mnist_mlp", "mnist_cnn")):
        entries = [entry for entry in results if entry["example"] == example]
        names = [name for name in COLOURS if name in entries[0]["times"]]
        wide = 0.8 / len(names)
        for k, name in enumerate(names):
            at = [i + (k - (len(names) - 1) / 2) * wide for i in range(len(entries))]
            heights = [per_second(entry, name) for entry in entries]
            bars = axis.bar(at, heights, 0.9 * wide, color=COLOURS[name], label=name)
            labels = [f"{h / 1000:.1f} k" if h >= 1000 else f"{h:.0f}" for h in heights]
            axis.bar_label(bars, labels, fontsize=7.5, padding=2)
        axis.set_xticks(range(len(entries)), [entry["condition"] for entry in entries])
        axis.set_title(EXAMPLES[example]["title"], fontsize=10)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.margins(y=0.12)
        axis.grid(True, axis="y", alpha=0.3)
        axis.set_axisbelow(True)
    axes[0].set_ylabel("images a second")
    axes[-1].legend(frameon=False)


def draw(data: dict, directory: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    # The same numbers make the same file.
    plt.rcParams.update({"svg.hashsalt": "synapgrad", "font.size": 9})
    directory.mkdir(parents=True, exist_ok=True)
    titles = {
        "step_time": ("sizes", draw_sizes, "A training step of a perceptron of three layers, one thread"),
        "throughput": ("throughput", draw_throughput, "Training on MNIST"),
    }
    for name, (key, function, title) in titles.items():
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
        function(data[key], axes)
        for axis in axes:
            axis.spines[["top", "right"]].set_visible(False)
        figure.suptitle(title)
        figure.savefig(directory / f"{name}.png", dpi=150)
        figure.savefig(directory / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
        print(f"{os.path.relpath(directory / name)}.png and .svg")


def report(data: dict) -> str:
    """The numbers in the pictures, as tables."""

    def cells(entry: dict) -> list[str]:
        times = [entry["times"].get(name) for name in COLOURS]
        return ["" if t is None else micros(t["median"]) for t in times]

    first = [[f"batch {e['batch']}, width {e['width']}", *cells(e)] for e in data["sizes"]]
    second = [
        [f"{EXAMPLES[e['example']]['title']}, {' '.join(e['condition'].split())}", *cells(e)]
        for e in data["throughput"]
    ]
    perceptrons = table(["µs a step, perceptron", *COLOURS], first)
    return perceptrons + "\n\n" + table(["µs a step", *COLOURS], second)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a round (default: 0.05)")
    parser.add_argument("--images", type=Path, default=HERE.parent / "docs" / "images")
    parser.add_argument("--draw", action="store_true", help="measure nothing, draw what was measured")
    options = parser.parse_args()
    if options.draw:
        data = json.loads((OUT / "plots.json").read_text(encoding="utf-8"))
    else:
        with tempfile.TemporaryDirectory() as made:
            data = {"benchmark": "plots", "sizes": sizes(Path(made), options)}
            data["throughput"] = throughput(Path(made), options)
        write("plots", report(data), data)
    draw(data, options.images)
    return 0


if __name__ == "__main__":
    sys.exit(main())
