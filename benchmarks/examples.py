"""A training step of each example in every framework: SynapGrad, PyTorch eager and compiled, JAX, candle, and others.

A step is: the batch's tensors made, forward, loss, backward, optimizer. Each framework runs in a process of its own,
all with the same initial parameters and the same batches, and the processes take turns (timing.py says why).

    python benchmarks/examples.py [--examples mnist_mlp] [--threads 1 2] [--rounds 9] [--only SynapGrad "JAX jit"]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

from contestants.networks import BATCH
from peers import HERE, Absent, Peer
from timing import OUT, alternate, micros, pause, table, write

DATA = HERE.parent / "examples" / "data" / "mnist"

# name -> (module in contestants/ or program in contestants/rust/, the environment below .bench-env or None for the one
# that runs this)
CONTESTANTS = {
    "SynapGrad": ("with_synapgrad", None),
    "SynapGrad, Rust": ("with_synapgrad", "rust"),
    "PyTorch eager": ("with_torch", None),
    "torch.compile": ("with_torch_compile", None),
    "JAX jit": ("with_jax", "jax"),
    "candle": ("with_candle", "rust"),
    "burn": ("with_burn", "rust"),
    "synapgrad 1.x": ("with_synapgrad1", "synapgrad1"),
    "micrograd": ("with_micrograd", "micrograd"),
}
# example -> its title, how many batches there are, the epochs after which losses are compared, how far apart they may
# be, the seconds of a round, and who has to be how many times quicker than the best of some.
EXAMPLES: dict[str, dict] = {
    "moons": {
        "title": "1. moons, 2-16-16-1",
        "batches": 38,  # of 150 points
        "epochs": 2,
        "tolerance": 1e-5,
        "seconds": 0.1,
        "required": [
            ("SynapGrad", ["PyTorch eager"], 20.0),
            ("SynapGrad", ["JAX jit"], 8.0),
            ("SynapGrad", ["micrograd"], 500.0),
            ("SynapGrad, Rust", ["PyTorch eager"], 40.0),
        ],
    },
    "mnist_mlp": {
        "title": "2. MNIST, perceptron",
        "batches": 16,
        "epochs": 2,
        "tolerance": 1e-4,
        "seconds": 0.2,
        "required": [
            ("SynapGrad", ["PyTorch eager"], 4.0),
            ("SynapGrad", ["torch.compile", "JAX jit"], 2.0),
            ("SynapGrad, Rust", ["candle"], 4.0),
            ("SynapGrad, Rust", ["burn"], 4.0),
        ],
    },
    "mnist_cnn": {
        "title": "3. MNIST, convolutions",
        "batches": 8,
        # Where Adam divides by the root of its second moment, a gradient that is zero but for rounding moves a
        # parameter as far as any other, so rounding grows faster there.
        "epochs": 1,
        "tolerance": 2e-3,
        "seconds": 0.6,
        "required": [
            ("SynapGrad", ["PyTorch eager"], 5.0),
            ("SynapGrad", ["torch.compile", "JAX jit"], 5.0),
            ("SynapGrad, Rust", ["candle"], 10.0),
            ("SynapGrad, Rust", ["burn"], 10.0),
        ],
    },
}
# How much of PyTorch's peak memory SynapGrad may take.
MEMORY = 1 / 3


def problem(example: str, directory: Path) -> Path:
    """Write the samples and the initial parameters to a file that every contestant reads.

    Those in Rust read the one beside it that is called `.safetensors`.
    """
    import synapgrad
    from contestants import networks
    from synapgrad.datasets import MNIST, make_moons
    from synapgrad.utils import safetensors

    synapgrad.manual_seed(0)
    model, _, _ = getattr(networks, example)(synapgrad)
    parameters = [parameter.detach() for parameter in model.parameters()]
    batch = BATCH[example]
    if example == "moons":
        x, y = make_moons(150, noise=0.1, random_state=0)
        x, y = x.float(), y.float().unsqueeze(1)
        path = directory / "moons.json"
        lists = {"x": x.tolist(), "y": y.tolist(), "parameters": [values.tolist() for values in parameters]}
        path.write_text(json.dumps({"batch": batch, **lists}), encoding="utf-8")
    else:
        digits, count = MNIST(DATA), batch * EXAMPLES[example]["batches"]
        x, y = digits.data[:count].unsqueeze(1).float() / 255, digits.targets[:count]
        path = save(directory / f"{example}.npz", batch, [], x, y, parameters)
    tensors = {"x": x, "y": y, **{f"parameter{i}": values for i, values in enumerate(parameters)}}
    safetensors.save_file(tensors, path.with_suffix(".safetensors"), {"batch": str(batch)})
    return path


def save(path: Path, batch: int, sizes: list[int], x, y, parameters: list) -> Path:
    import numpy

    arrays = {f"parameter{i}": values.numpy() for i, values in enumerate(parameters)}
    sizes = numpy.array(sizes, dtype=int)
    numpy.savez(path, batch=numpy.array(batch), sizes=sizes, x=x.numpy(), y=y.numpy(), **arrays)
    return path


def variables(threads: int) -> dict[str, str]:
    """What tells the frameworks how many threads to use, and torch.compile where to keep what it compiled for them."""
    number = str(threads)
    return {
        "OMP_NUM_THREADS": number,
        "RAYON_NUM_THREADS": number,
        "NPROC": number,
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=" + str(threads > 1).lower(),
        "TORCHINDUCTOR_CACHE_DIR": str(OUT / "inductor" / number),
    }


class Worker(Peer):
    """A contestant's process (contestants/worker.py, and contestants/rust/src/lib.rs)."""

    def __init__(self, name: str, example: str, task: str, threads: int):
        module, environment = CONTESTANTS[name]
        call = ["worker.py", module, example]
        if environment == "rust":
            call, task = [module, example], str(Path(task).with_suffix(".safetensors"))
        super().__init__(environment, *call, task=task, variables=variables(threads))

    def round(self, steps: int) -> float:
        return self.ask(round=steps)["seconds"]


def measure(example: str, threads: int, task: str, options: argparse.Namespace) -> dict[str, dict]:
    """What each contestant did: version, times, the loss to compare, peak memory, or why it did not."""
    found: dict[str, dict] = {}
    workers: dict[str, Worker] = {}
    batches = EXAMPLES[example]["batches"]
    for name in options.only:
        if name == "micrograd" and (example != "moons" or threads > 1):
            continue  # it has neither tensors nor threads
        try:
            workers[name] = worker = Worker(name, example, task, threads)
            # Losses first: a contestant that computes something else has no time worth measuring.
            losses = worker.ask(losses=batches * EXAMPLES[example]["epochs"])["losses"]
            found[name] = {"version": worker.version, "loss": sum(losses[-batches:]) / batches}
        except Absent as reason:
            found[name] = {"absent": str(reason)}
            workers.pop(name, None)
    seconds = options.seconds or EXAMPLES[example]["seconds"]
    # A round of the moons is a whole number of epochs: they are where micrograd's garbage is collected now and then.
    unit = batches if example == "moons" else 1
    runners = {name: worker.round for name, worker in workers.items()}
    for name, times in alternate(
        runners, rounds=options.rounds, seconds=seconds, unit=unit, between=pause
    ).items():
        found[name] |= {"microseconds_per_step": times, **workers[name].ask(peak=True)}
        workers[name].close()
    return found


def rows(title: str, threads: int, found: dict[str, dict]) -> list[list[str]]:
    lines = []
    ours = found.get("SynapGrad", {})
    for name, entry in found.items():
        if "absent" in entry:
            lines.append([title, str(threads), name, entry["absent"], *[""] * 5])
            continue
        times, peak, ratio = entry["microseconds_per_step"], entry["peak_mb"], ""
        if "absent" not in ours:
            ratio = f"{times.median / ours['microseconds_per_step'].median:.2f}×"
        lines.append(
            [
                title,
                str(threads),
                f"{name} {entry['version']}",
                micros(times.median),
                f"{micros(times.low)} – {micros(times.high)}",
                micros(times.best),
                ratio,
                f"{entry['loss']:.6f}",
                "" if peak is None else f"{peak:.0f}",
            ]
        )
    return lines


def verdicts(example: str, threads: int, found: dict[str, dict]) -> list[str]:
    """What is required, and whether it was met."""
    where = f"{EXAMPLES[example]['title']}, {threads} thread(s)"
    there = {name: entry for name, entry in found.items() if "absent" not in entry}
    lines = []
    for ours, names, factor in EXAMPLES[example]["required"]:
        medians = {n: there[n]["microseconds_per_step"].median for n in names if n in there}
        if medians and ours in there:
            name = min(medians, key=lambda name: medians[name])
            ratio = medians[name] / there[ours]["microseconds_per_step"].median
            verdict = "met" if ratio >= factor else "MISSED"
            lines.append(f"- {where}, {ours}: at least {factor:g}× {name}; measured {ratio:.1f}×: {verdict}.")
    peaks = [there.get(name, {}).get("peak_mb") for name in ("SynapGrad", "PyTorch eager")]
    if None not in peaks:
        share = peaks[0] / peaks[1]
        verdict = "met" if share < MEMORY else "MISSED"
        lines.append(f"- {where}: less than a third of PyTorch's memory; measured {share:.2f}: {verdict}.")
    return lines


def apart(example: str, threads: int, found: dict[str, dict]) -> str | None:
    """Who arrived at another loss than SynapGrad, or None."""
    losses = {name: entry["loss"] for name, entry in found.items() if "loss" in entry}
    reference = losses.get("SynapGrad", next(iter(losses.values()), math.nan))
    allowed = EXAMPLES[example]["tolerance"] * abs(reference)
    others = [name for name, loss in losses.items() if not abs(loss - reference) <= allowed]
    if not others:
        return None
    return (
        f"NOT the same training, {example}, {threads} thread(s): {', '.join(others)} arrived at another loss."
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", nargs="+", choices=EXAMPLES, default=list(EXAMPLES), metavar="EXAMPLE")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, help="length of a round (default: 0.1, 0.2 and 0.6)")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS), metavar="NAME")
    options = parser.parse_args()

    lines, required, failures, results = [], [], [], []
    with tempfile.TemporaryDirectory() as made:
        for example in options.examples:
            task = str(problem(example, Path(made)))
            for threads in options.threads:
                found = measure(example, threads, task, options)
                lines += rows(EXAMPLES[example]["title"], threads, found)
                required += verdicts(example, threads, found)
                failures.append(apart(example, threads, found))
                results.append({"example": example, "threads": threads, "contestants": found})
                print(f"{example}, {threads} thread(s): done", file=sys.stderr)
    header = ["example", "threads", "library", "µs/step", "middle half", "best"]
    header += ["time / SynapGrad's", "loss", "peak MB"]
    failures = [failure for failure in failures if failure]
    said = failures or ["All arrive at the same losses."]
    text = "\n".join([table(header, lines), "", *said, "", "Required:", *required])
    write("examples", text, {"benchmark": "examples", "results": results})
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
