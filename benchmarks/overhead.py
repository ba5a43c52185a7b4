"""What one operation on a small tensor costs: with 8 elements the overhead is everything.

SynapGrad and PyTorch run the same statements in the same process, in turn (timing.py says why), without
and with a graph being recorded. The budget is the design's (ARCHITECTURE.md, speed): 0.4 µs an operation,
0.6 with its node.

    python benchmarks/overhead.py [--rounds 15] [--seconds 0.02] [--only add linear]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import dataclass
from timeit import Timer
from types import ModuleType

from timing import Runner, alternate, geometric_mean, micros, table, write

OPERATION, RECORDED, MODULE_CALL = 0.4, 0.6, 0.3

SETUP = """
F, nn = lib.nn.functional, lib.nn
lib.manual_seed(0)
x, y = lib.rand(8), lib.rand(8).requires_grad_(grad)
w, b = lib.rand(8, 8).requires_grad_(grad), lib.rand(8).requires_grad_(grad)
numbers = [0.5] * 8
layer = nn.Linear(8, 8).requires_grad_(grad)
network = nn.Sequential(nn.ReLU(), nn.Linear(8, 8), nn.ReLU()).requires_grad_(grad)
scalar = lib.tensor(1.5)
optimizer = lib.optim.SGD([w, b], lr=0.01)
"""
WITH_GRADIENTS = """
F.linear(x, w, b).sum().backward()
"""


@dataclass(frozen=True)
class Case:
    name: str
    statement: str
    recording: tuple[bool, ...] = (False, True)  # measured without a graph, with one, or both
    budget: tuple[float | None, float | None] = (OPERATION, RECORDED)
    setup: str = ""


CASES = [
    Case("add", "x + y"),
    Case("mul", "x * y"),
    Case("exp", "y.exp()"),
    Case("sum", "y.sum()"),
    Case("view", "y.view(2, 4)"),
    Case("F.linear", "F.linear(x, w, b)"),
    Case("nn.Linear", "layer(x)", budget=(OPERATION + MODULE_CALL, RECORDED + MODULE_CALL)),
    Case("nn.Sequential, three layers", "network(x)", budget=(None, None)),
    Case("with no_grad()", "with lib.no_grad(): pass", (False,), (None, None)),
    Case("linear + sum + backward", "F.linear(x, w, b).sum().backward()", (True,), (None, None)),
    Case("SGD step, two parameters", "optimizer.step()", (True,), (None, None), WITH_GRADIENTS),
    Case("zero_grad, two parameters", "optimizer.zero_grad()", (True,), (None, None), WITH_GRADIENTS),
    Case("item", "scalar.item()", (False,)),
    Case("tensor from a list", "lib.tensor(numbers)", (False,), (None, None)),
]


def runner(library: ModuleType, case: Case, recording: bool) -> Runner:
    """Times the case's statement inlined in timeit's loop, so that no Python call is counted with it."""
    names = {"lib": library, "grad": recording}
    return Timer(case.statement, SETUP + case.setup, globals=names).timeit


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.02, help="length of a round (default: 0.02)")
    parser.add_argument("--only", nargs="+", choices=[c.name for c in CASES], metavar="CASE")
    options = parser.parse_args()

    libraries: dict[str, ModuleType] = {}
    for name in ("synapgrad", "torch"):
        try:
            libraries[name] = importlib.import_module(name)
        except ModuleNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)

    rows, results = [], []
    for case in CASES:
        if options.only and case.name not in options.only:
            continue
        for recording in case.recording:
            times = alternate(
                {name: runner(library, case, recording) for name, library in libraries.items()},
                rounds=options.rounds,
                seconds=options.seconds,
            )
            ours, theirs = times.get("synapgrad"), times.get("torch")
            ratio = theirs.median / ours.median if ours and theirs else None
            budget = case.budget[recording]
            over = ours is not None and budget is not None and ours.median > budget
            rows.append(
                [
                    case.name,
                    "yes" if recording else "no",
                    *(
                        cell
                        for t in (ours, theirs)
                        for cell in (
                            (micros(t.median), f"{micros(t.low)} – {micros(t.high)}")
                            if t
                            else ("not installed", "")
                        )
                    ),
                    "" if ratio is None else f"{ratio:.1f}×",
                    "" if budget is None else f"{budget:g}" + (" OVER" if over else ""),
                ]
            )
            results.append(
                {
                    "case": case.name,
                    "statement": case.statement,
                    "recording": recording,
                    "microseconds": times,
                    "ratio": ratio,
                    "budget": budget,
                }
            )

    header = [
        "µs, 8 elements",
        "graph",
        "SynapGrad",
        "middle half",
        "PyTorch",
        "middle half",
        "PyTorch / SynapGrad",
        "budget",
    ]
    text = table(header, rows)
    ratios = [entry["ratio"] for entry in results if entry["ratio"] is not None]
    if ratios:
        mean = geometric_mean(ratios)
        text += f"\n\nGeometric mean of the ratios: {mean:.1f}×."
    versions = {name: library.__version__ for name, library in libraries.items()}
    write("overhead", text, {"benchmark": "overhead", "versions": versions, "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
