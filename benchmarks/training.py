"""How the benchmarks of training steps work: gpt.py and lstm.py say only which model.

SynapGrad and PyTorch (eager) train the same model from the same start on the same batches, in the same process
and in turn (timing.py says why). First their losses are compared. Each number of threads has a process of its
own, because neither library can change it later.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import perf_counter
from types import ModuleType

from timing import Runner, Summary, alternate, each_in_a_process, table, write

#: From a library and the options to a function that trains the model for a step and returns the loss.
Build = Callable[[ModuleType, argparse.Namespace], Callable]


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
    losses = {name: [step().item() for _ in range(3)] for name, step in steps.items()}
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


def main(name: str, doc: str, build: Build, sizes: dict[str, int], label: str) -> int:
    """Measure, and write the table. `sizes` are the options of the model, `label` says in the table what they
    were: `"width {width}"`.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a round (default: 0.5)")
    for size, number in sizes.items():
        parser.add_argument(f"--{size}", type=int, default=number, help=f"(default: {number})")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        json.dump(measure(build, options), sys.stdout)
        return 0
    lines, results = [], []
    for threads, found in each_in_a_process(options.threads):
        ours, theirs = (Summary(**found[library]) for library in ("synapgrad", "torch"))
        lines.append(
            [
                label.format(**vars(options)),
                str(threads),
                f"{ours.median / 1e3:.1f}",
                f"{ours.low / 1e3:.1f} – {ours.high / 1e3:.1f}",
                f"{theirs.median / 1e3:.1f}",
                f"{theirs.low / 1e3:.1f} – {theirs.high / 1e3:.1f}",
                f"{theirs.median / ours.median:.2f}×",
                f"{theirs.best / ours.best:.2f}×",
            ]
        )
        results.append({"threads": threads, "times": found})
    header = ["milliseconds a step", "threads", "SynapGrad", "middle half", "PyTorch", "middle half"]
    text = table([*header, "PyTorch / SynapGrad", "best / best"], lines)
    write(name, text, {"benchmark": name, "options": vars(options), "results": results})
    return 0
