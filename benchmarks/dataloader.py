"""What going through a data set of tensors in batches costs: a DataLoader over a TensorDataset.

SynapGrad and PyTorch run the same loop in the same process, in turn (timing.py says why), over 10,000 images of 28 x 28
with labels. First it is shown that both give the same batches from the same seed.

    python benchmarks/dataloader.py [--rounds 5] [--seconds 0.1] [--only "64, shuffled"]
"""

from __future__ import annotations

import argparse
import importlib
import math
import statistics
import sys
import time
from types import ModuleType

from timing import Runner, alternate, micros, table, write

SAMPLES = 10_000
CASES = {
    "1, shuffled": dict(batch_size=1, shuffle=True),
    "4, shuffled": dict(batch_size=4, shuffle=True),
    "64, shuffled": dict(batch_size=64, shuffle=True),
    "64, in order": dict(batch_size=64),
    "128, of a random_split": dict(batch_size=128, shuffle=True, split=True),
    "512, shuffled": dict(batch_size=512, shuffle=True),
}


def loader(library: ModuleType, split: bool = False, **options):
    data = importlib.import_module(f"{library.__name__}.utils.data")
    library.manual_seed(0)
    images = library.arange(SAMPLES * 784, dtype=library.float32).view(SAMPLES, 1, 28, 28)
    dataset = data.TensorDataset(images, library.arange(SAMPLES))
    if split:
        dataset, _ = data.random_split(dataset, [0.8, 0.2])
    return data.DataLoader(dataset, **options)


def runner(library: ModuleType, options: dict) -> Runner:
    """Times batches: epoch after epoch, stopped in the last one."""
    batches = loader(library, **options)

    def run(repetitions: int) -> float:
        start, left = time.perf_counter(), repetitions
        while left > 0:
            for _ in batches:
                left -= 1
                if not left:
                    break
        return time.perf_counter() - start

    return run


def check(libraries: dict[str, ModuleType], options: dict) -> None:
    """The same batches in the same order, or there is nothing to compare."""
    first = [
        [[part.reshape(-1)[0].item() for part in batch] for batch in loader(lib, **options)]
        for lib in libraries.values()
    ]
    if any(batches != first[0] for batches in first):
        raise SystemExit(f"the batches differ: {options}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="length of a round (default: 0.1)")
    parser.add_argument("--only", nargs="+", choices=list(CASES), metavar="CASE")
    options = parser.parse_args()

    libraries: dict[str, ModuleType] = {}
    for name in ("synapgrad", "torch"):
        try:
            libraries[name] = importlib.import_module(name)
        except ModuleNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)

    rows, results = [], []
    for name, case in CASES.items():
        if options.only and name not in options.only:
            continue
        check(libraries, case)
        times = alternate(
            {library: runner(module, case) for library, module in libraries.items()},
            rounds=options.rounds,
            seconds=options.seconds,
        )
        ours, theirs = times.get("synapgrad"), times.get("torch")
        ratio = theirs.median / ours.median if ours and theirs else None
        cells = [
            cell
            for t in (ours, theirs)
            for cell in (
                (micros(t.median), f"{micros(t.low)} – {micros(t.high)}") if t else ("not installed", "")
            )
        ]
        rows.append([name, *cells, "" if ratio is None else f"{ratio:.1f}×"])
        results.append({"case": name, "microseconds": times, "ratio": ratio})

    header = ["µs a batch", "SynapGrad", "middle half", "PyTorch", "middle half", "PyTorch / SynapGrad"]
    text = table(header, rows)
    ratios = [entry["ratio"] for entry in results if entry["ratio"] is not None]
    if ratios:
        text += f"\n\nGeometric mean of the ratios: {math.exp(statistics.fmean(map(math.log, ratios))):.1f}×."
    versions = {name: library.__version__ for name, library in libraries.items()}
    write("dataloader", text, {"benchmark": "dataloader", "versions": versions, "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
