"""The three examples, trained from beginning to end in every library that has what they take.

Same data, same network, same number of epochs. Each library trains in a process of its own, and the processes
take turns epoch by epoch, so that whatever else the machine does meanwhile hits them all alike. A library that
would take hours trains on a share of an epoch, which the table states.

    python benchmarks/compare.py [--examples moons mnist_cnn] [--part 0.1] [--readme]

SynapGrad and PyTorch start from the same seed and draw the same weights, orders and dropout: their losses are
compared epoch by epoch. --readme writes the table into README.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from peers import HERE, Absent, Peer
from timing import table, write

ROOT = HERE.parent

# name -> (module, the environment below .bench-env or None for the one that runs this)
LIBRARIES = {
    "SynapGrad": ("synapgrad", None),
    "PyTorch": ("torch", None),
    "synapgrad 1.x": ("synapgrad", "synapgrad1"),
    "micrograd": ("micrograd", "micrograd"),
}
# example -> (title, epochs, the libraries that can do it, what they do of an epoch where it is less than all epochs)
EXAMPLES = {
    "moons": ("1. moons", 50, list(LIBRARIES), {}),
    "mnist_mlp": ("2. MNIST, MLP", 20, ["SynapGrad", "PyTorch", "synapgrad 1.x"], {}),
    "mnist_cnn": ("3. MNIST, CNN", 5, ["SynapGrad", "PyTorch", "synapgrad 1.x"], {"synapgrad 1.x": 0.1}),
}
# Rounding differs in the last bit and training multiplies it, the more the longer it lasts: the losses of SynapGrad
# and PyTorch must agree to this in the first epoch; the report says how far apart they are in each later one.
TOLERANCE = 1e-2
MARKS = ("<!-- written by make compare -->\n", "\n<!-- end -->")


class Library(Peer):
    """A library's process (contestants/program.py), and what it has done so far."""

    def __init__(self, name: str, example: str, task: dict):
        module, environment = LIBRARIES[name]
        super().__init__(environment, "program.py", module, example, task=task)
        self.losses: list[float] = []
        self.seconds = 0.0

    def epoch(self, share: float) -> None:
        answer = self.ask(epoch=share)
        self.losses.append(answer["loss"])
        self.seconds += answer["seconds"]


def train(example: str, data: Path, part: float, seed: int) -> dict[str, dict]:
    """What each library did: version, epochs, seconds, losses, accuracy, peak memory, or why it did not."""
    _, epochs, names, shares = EXAMPLES[example]
    task = {"data": str(data), "part": part, "seed": seed}
    results: dict[str, dict] = {}
    processes: dict[str, Library] = {}
    for name in names:
        try:
            processes[name] = Library(name, example, task)
        except Absent as reason:
            results[name] = {"absent": str(reason)}
    for epoch in range(epochs):
        for name, process in list(processes.items()):
            share = shares.get(name)
            if share is not None and epoch > 0:
                continue
            try:
                process.epoch(1.0 if share is None else share)
            except Absent as reason:
                results[name] = {"absent": str(reason)}
                del processes[name]
        done = ", ".join(
            f"{name} {p.losses[-1]:.6f}" for name, p in processes.items() if len(p.losses) > epoch
        )
        print(f"{example}, epoch {epoch + 1}/{epochs}: {done}", file=sys.stderr)
    for name, process in processes.items():
        try:
            test = process.ask(test=True)
        except Absent as reason:
            results[name] = {"absent": str(reason)}
            continue
        results[name] = {
            "version": process.version,
            "epochs": shares.get(name, epochs),
            "seconds": process.seconds,
            "losses": process.losses,
            **test,
        }
        process.close()
    return {name: results[name] for name in names}


def rows(title: str, results: dict[str, dict]) -> list[list[str]]:
    ours = results["SynapGrad"]
    lines = []
    for name, result in results.items():
        if "absent" in result:
            lines.append([title, name, result["absent"], *[""] * 6])
            continue
        ratio = ""
        if "absent" not in ours:
            pace = result["seconds"] / result["epochs"] / (ours["seconds"] / ours["epochs"])
            ratio = f"{pace:.1f}×"
        peak = result["peak_mb"]
        lines.append(
            [
                title,
                f"{name} {result['version']}",
                f"{result['epochs']:g}",
                f"{result['seconds']:.3g}",
                f"{1000 * result['seconds'] / result['epochs']:,.0f}",
                ratio,
                f"{result['losses'][-1]:.4f}",
                f"{100 * result['accuracy']:.2f} %",
                "" if peak is None else f"{peak:.0f}",
            ]
        )
        title = ""
    return lines


def apart(results: dict[str, dict]) -> list[float] | None:
    """By how much of itself PyTorch's loss differs from SynapGrad's, epoch by epoch; None where one is missing."""
    losses = [results.get(name, {}).get("losses") for name in ("SynapGrad", "PyTorch")]
    if None in losses:
        return None
    return [abs(ours - theirs) / abs(theirs) for ours, theirs in zip(*losses, strict=True)]


def agreement(title: str, results: dict[str, dict]) -> str:
    """The losses of both, epoch by epoch, as a table."""
    pairs = zip(results["SynapGrad"]["losses"], results["PyTorch"]["losses"], apart(results) or [])
    lines = [
        [f"{epoch}", f"{ours:.6f}", f"{theirs:.6f}", f"{difference:.1e}"]
        for epoch, (ours, theirs, difference) in enumerate(pairs, 1)
    ]
    return table([f"{title}: epoch", "loss, SynapGrad", "loss, PyTorch", "apart by"], lines)


def write_readme(text: str) -> None:
    """Put the text between the two marks of README.md."""
    readme = ROOT / "README.md"
    before = readme.read_text(encoding="utf-8")
    start, end = map(re.escape, MARKS)
    after, count = re.subn(f"({start}).*?({end})", lambda m: m[1] + text + m[2], before, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"README.md has no place for the table: {MARKS[0]!r} … {MARKS[1]!r}")
    readme.write_text(after, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", nargs="+", choices=EXAMPLES, default=list(EXAMPLES))
    parser.add_argument("--part", type=float, default=1.0, help="how much of the data to train on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    options = parser.parse_args()

    from synapgrad.datasets import make_moons

    results: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as made:
        x, y = make_moons(150, noise=0.1, random_state=options.seed)
        points = {"x": x.tolist(), "y": y.float().unsqueeze(1).tolist()}
        (Path(made) / "moons.json").write_text(json.dumps(points))
        for example in options.examples:
            data = Path(made) if example == "moons" else ROOT / "examples" / "data" / "mnist"
            results[example] = train(example, data, options.part, options.seed)

    header = [
        "example",
        "library",
        "epochs",
        "seconds",
        "ms/epoch",
        "time / SynapGrad's",
        "final loss",
        "accuracy",
        "peak MB",
    ]
    lines = table(header, [line for name in results for line in rows(EXAMPLES[name][0], results[name])])
    details, failures = [], []
    for name, result in results.items():
        title, difference = EXAMPLES[name][0], apart(result)
        if difference is None:
            continue
        details += ["", agreement(title, result)]
        if not difference[0] <= TOLERANCE:
            failures.append(f"{title}: the losses of SynapGrad and PyTorch differ in the first epoch.")
    write("compare", "\n".join([lines, *details, *failures]), {"benchmark": "compare", "examples": results})
    if options.readme:
        write_readme(lines)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
