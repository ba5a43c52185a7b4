"""What a step of an optimizer costs: two small parameters, those of an MLP, and ten million numbers.

SynapGrad and PyTorch take the same steps in the same process, in turn (timing.py says why). PyTorch appears
as it comes, and with its fused kernel where it has one. The budget is that of Adam on the two parameters of a
small linear layer: 3 µs.

    python benchmarks/optim.py [--rounds 9] [--seconds 0.02] [--only Adam SGD]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from timeit import Timer

from timing import alternate, geometric_mean, micros, table, write

BUDGET = {("Adam", "two"): 3.0}
SIZES = {
    "two": [(8, 8), (8,)],
    "MLP": [(200, 784), (200,), (100, 200), (100,), (10, 100), (10,)],
    "10 M": [(10_000_000,)],
}
RULES = {
    "SGD": {"lr": 1e-3, "momentum": 0.9},
    "Adam": {},
    "AdamW": {},
    "RMSprop": {},
    "Adagrad": {},
    "Adadelta": {},
    "Adamax": {},
    "NAdam": {},
    "RAdam": {},
    "ASGD": {},
    "Rprop": {},
}
FUSED = ("SGD", "Adam", "AdamW", "Adagrad")

SETUP = """
lib.manual_seed(0)
params = [lib.rand(*shape).requires_grad_() for shape in shapes]
for p in params:
    p.grad = lib.rand(*p.shape) - 0.5
optimizer = getattr(lib.optim, name)(params, **options)
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.02, help="length of a round (default: 0.02)")
    parser.add_argument("--only", nargs="+", choices=RULES, metavar="RULE")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES), metavar="SIZE")
    arguments = parser.parse_args()

    libraries = {}
    for name in ("synapgrad", "torch"):
        try:
            libraries[name] = importlib.import_module(name)
        except ModuleNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)

    rows, results = [], []
    for rule, options in RULES.items():
        if arguments.only and rule not in arguments.only:
            continue
        for size in arguments.sizes:
            contestants = {}
            for who, library in libraries.items():
                names = {"lib": library, "name": rule, "shapes": SIZES[size], "options": options}
                contestants[who] = Timer("optimizer.step()", SETUP, globals=names).timeit
                if who == "torch" and rule in FUSED:
                    fused = {**names, "options": {**options, "fused": True}}
                    contestants["fused"] = Timer("optimizer.step()", SETUP, globals=fused).timeit
            times = alternate(contestants, rounds=arguments.rounds, seconds=arguments.seconds)
            ours = times["synapgrad"].median
            ratios = {who: time.median / ours for who, time in times.items() if who != "synapgrad"}
            budget = BUDGET.get((rule, size))
            rows.append(
                [
                    rule,
                    size,
                    *(
                        micros(times[who].median) if who in times else ""
                        for who in ("synapgrad", "torch", "fused")
                    ),
                    *(f"{ratios[who]:.1f}×" if who in ratios else "" for who in ("torch", "fused")),
                    "" if budget is None else f"{budget:g}" + (" OVER" if ours > budget else ""),
                ]
            )
            results.append(
                {"rule": rule, "size": size, "microseconds": times, "ratios": ratios, "budget": budget}
            )

    header = [
        "µs a step",
        "parameters",
        "SynapGrad",
        "PyTorch",
        "fused",
        "PyTorch / SynapGrad",
        "fused / SynapGrad",
        "budget",
    ]
    text = table(header, rows)
    for who in ("torch", "fused"):
        ratios = [entry["ratios"][who] for entry in results if who in entry["ratios"]]
        if ratios:
            mean = geometric_mean(ratios)
            text += f"\n\nGeometric mean of the ratios to {who}: {mean:.1f}×."
    versions = {name: library.__version__ for name, library in libraries.items()}
    write("optim", text, {"benchmark": "optim", "versions": versions, "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
