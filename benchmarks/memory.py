"""How much memory training takes, and whether it grows.

The three examples, with batches of real images as in examples.py: what the process holds after 100, 1,000, 5,000
and 10,000 steps, and the most it ever held, beside PyTorch's, which trains fewer steps. Example 3 makes 2,000 steps
unless --all asks for 10,000, which take a few minutes.

    python benchmarks/memory.py [--examples mnist_cnn] [--all]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from examples import EXAMPLES, MEMORY, Worker, problem
from peers import Absent
from timing import table, write

MARKS = [100, 1000, 2000, 5000, 10_000]
# How many steps each trains: what it is at its peak PyTorch shows in the first hundreds.
STEPS = {
    "moons": {"SynapGrad": 10_000, "PyTorch eager": 1000},
    "mnist_mlp": {"SynapGrad": 10_000, "PyTorch eager": 1000},
    "mnist_cnn": {"SynapGrad": 2000, "PyTorch eager": 100},
}
# By how much a process may grow after the first hundred steps: allocators settle, a leak would go on.
ALLOWED_MB = 1.0


def measure(name: str, example: str, task: str, steps: int) -> dict:
    """What the process held at the marks, and at most."""
    worker = Worker(name, example, task, threads=2)
    worker.ask(round=0)  # sets the initial parameters
    resident, done = {}, 0
    for mark in MARKS:
        if mark <= steps:
            resident[mark] = worker.ask(more=mark - done)["resident_mb"]
            done = mark
    peak = worker.ask(peak=True)["peak_mb"]
    worker.close()
    return {"version": worker.version, "steps": steps, "resident_mb": resident, "peak_mb": peak}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", nargs="+", choices=EXAMPLES, default=list(EXAMPLES), metavar="EXAMPLE")
    parser.add_argument("--all", action="store_true", help="10,000 steps of example 3, too")
    options = parser.parse_args()

    lines, said, results = [], [], {}
    with tempfile.TemporaryDirectory() as made:
        for example in options.examples:
            task = str(problem(example, Path(made)))
            found = results[example] = {}
            for name, steps in STEPS[example].items():
                if options.all and name == "SynapGrad":
                    steps = MARKS[-1]
                try:
                    found[name] = entry = measure(name, example, task, steps)
                except Absent as reason:
                    found[name] = {"absent": str(reason)}
                    continue
                resident = entry["resident_mb"]
                if None in (*resident.values(), entry["peak_mb"]):
                    print("the system does not say how much memory a process holds", file=sys.stderr)
                    return 1
                cells = [f"{resident[mark]:.1f}" if mark in resident else "" for mark in MARKS]
                growth = resident[max(resident)] - resident[MARKS[0]]
                title = EXAMPLES[example]["title"]
                lines.append([title, name, *cells, f"{growth:+.2f}", f"{entry['peak_mb']:.1f}"])
                if name == "SynapGrad":
                    verdict = "met" if growth < ALLOWED_MB else "MISSED"
                    said.append(
                        f"- {title}: no growth over {max(resident):,} steps; measured {growth:+.2f} MB: {verdict}."
                    )
            peaks = [found[name].get("peak_mb") for name in STEPS[example]]
            if None not in peaks:
                share = peaks[0] / peaks[1]
                verdict = "met" if share < MEMORY else "MISSED"
                said.append(f"- {title}: a third of PyTorch's peak; measured {share:.2f}: {verdict}.")
    header = ["MB held after … steps", "library", *(f"{mark:,}" for mark in MARKS), "growth", "peak"]
    text = "\n".join([table(header, lines), "", "Required:", *said])
    write("memory", text, {"benchmark": "memory", "examples": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
