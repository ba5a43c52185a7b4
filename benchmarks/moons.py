"""A training step of example 1 in every framework: a 2-16-16-1 perceptron, batch 4, SGD, squared error.

A step is: the batch's tensors made, forward, loss, backward, optimizer. Each framework runs in a process
of its own, all with the same initial weights and the same batches, and the processes take turns
(timing.py says why).

    python benchmarks/moons.py [--rounds 30] [--seconds 0.1] [--only SynapGrad PyTorch]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import struct
import sys

from peers import Absent, Peer
from timing import alternate, micros, table, write

# name -> (module in contestants/, the environment below .bench-env or None for the one that runs this)
CONTESTANTS = {
    "SynapGrad": ("moons_synapgrad", None),
    "PyTorch eager": ("moons_torch", None),
    "JAX jit": ("moons_jax", "jax"),
    "synapgrad 1.x": ("moons_synapgrad1", "synapgrad1"),
    "micrograd": ("moons_micrograd", "micrograd"),
}
# How many times quicker SynapGrad has to be.
REQUIRED = {"PyTorch eager": 10.0, "micrograd": 500.0}

WIDTHS = [2, 16, 16, 1]
POINTS, BATCH, EPOCHS = 150, 4, 50
# Fifty epochs would take micrograd half a minute: the short training is what it, too, is asked for.
SHORT_EPOCHS = 2
# After two epochs rounding has not grown yet, so the losses must agree to this; after fifty it may have.
TOLERANCE = 1e-4


def problem(seed: int) -> dict:
    """Points, batches and initial weights, as plain lists of numbers that float32 holds exactly."""
    rng = random.Random(seed)

    def single(value: float) -> float:
        return struct.unpack("f", struct.pack("f", value))[0]

    x, y = [], []
    for i in range(POINTS):
        label = i % 2
        t = math.pi * rng.random()
        point = (1 - math.cos(t), 0.5 - math.sin(t)) if label else (math.cos(t), math.sin(t))
        x.append([single(value + rng.gauss(0, 0.1)) for value in point])
        y.append([float(label)])

    def uniform(count: int, fan_in: int) -> list[float]:
        return [single(rng.uniform(-1, 1) / math.sqrt(fan_in)) for _ in range(count)]

    order = list(range(POINTS))
    rng.shuffle(order)
    return {
        "x": x,
        "y": y,
        "batches": [order[i : i + BATCH] for i in range(0, POINTS, BATCH)],
        "weights": [
            [[uniform(fan_in, fan_in) for _ in range(fan_out)], uniform(fan_out, fan_in)]
            for fan_in, fan_out in zip(WIDTHS, WIDTHS[1:])
        ],
        "lr": 0.1,
    }


class Worker(Peer):
    """A contestant's process (contestants/worker.py)."""

    def __init__(self, module: str, environment: str | None, task: dict):
        super().__init__(environment, "worker.py", module, task=task)

    def round(self, steps: int) -> float:
        return self.ask(round=steps)["seconds"]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a round (default: 0.1)")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    options = parser.parse_args()

    task = problem(seed=0)
    epoch = len(task["batches"])
    workers: dict[str, Worker] = {}
    absent: dict[str, str] = {}
    for name in options.only:
        try:
            workers[name] = Worker(*CONTESTANTS[name], task)
        except Absent as reason:
            absent[name] = str(reason)

    # Losses first: a contestant that computes something else has no time worth measuring.
    losses: dict[str, dict] = {}
    long_losses: dict[str, dict] = {}
    for name, worker in list(workers.items()):
        try:
            losses[name] = worker.ask(loss=SHORT_EPOCHS * epoch)
            if name != "micrograd":
                long_losses[name] = worker.ask(loss=EPOCHS * epoch)
        except Absent as reason:
            absent[name] = str(reason)
            del workers[name]
            losses.pop(name, None)
    if not workers:
        print("no contestant can take part:", absent, file=sys.stderr)
        return 1
    times = alternate(
        {name: worker.round for name, worker in workers.items()},
        rounds=options.rounds,
        seconds=options.seconds,
        unit=epoch,
    )
    for worker in workers.values():
        worker.close()

    ours = times.get("SynapGrad")
    results, rows = {}, []
    for name in options.only:
        if name in absent:
            rows.append([name, "", absent[name], *[""] * 6])
            results[name] = {"absent": absent[name]}
            continue
        t = times[name]
        ratio = t.median / ours.median if ours else None
        long_loss = long_losses.get(name, {}).get("loss")
        peak = long_losses.get(name, losses[name])["peak_mb"]
        rows.append(
            [
                name,
                workers[name].version,
                micros(t.median),
                f"{micros(t.low)} – {micros(t.high)}",
                micros(t.best),
                f"{losses[name]['loss']:.6f}",
                "" if long_loss is None else f"{long_loss:.6f}",
                "" if peak is None else f"{peak:.0f}",
                "" if ratio is None else f"{ratio:.1f}×",
            ]
        )
        results[name] = {
            "version": workers[name].version,
            "microseconds_per_step": t,
            "loss_short": losses[name]["loss"],
            "loss_long": long_loss,
            "peak_mb": peak,
            "ratio_to_synapgrad": ratio,
        }

    lines = [
        table(
            [
                "moons 2-16-16-1, batch 4",
                "version",
                "µs/step",
                "middle half",
                "best",
                f"loss, {SHORT_EPOCHS} epochs",
                f"loss, {EPOCHS} epochs",
                "peak MB",
                "time / SynapGrad's",
            ],
            rows,
        ),
        "",
    ]
    finite = [entry["loss"] for entry in losses.values() if math.isfinite(entry["loss"])]
    reference = statistics.median_low(finite) if finite else math.nan
    apart = [name for name, entry in losses.items() if not abs(entry["loss"] - reference) <= TOLERANCE]
    lines.append(
        f"NOT the same training: {', '.join(apart)} arrived at another loss than the others."
        if apart
        else f"All arrive at the same loss after {SHORT_EPOCHS} epochs (to {TOLERANCE:g})."
    )
    for name, factor in REQUIRED.items():
        ratio = results.get(name, {}).get("ratio_to_synapgrad")
        if ratio is not None:
            verdict = "met" if ratio >= factor else "MISSED"
            lines.append(f"Required: at least {factor:g}× {name}. Measured: {ratio:.1f}×: {verdict}.")
    write("moons", "\n".join(lines), {"benchmark": "moons", "contestants": results})
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
