"""What a convolution costs, in the shapes of small and middle-sized networks.

SynapGrad and PyTorch compute the same convolutions in the same process, in turn (timing.py says why): the
forward pass, and a forward and backward pass with the gradients of input, weight and bias. First the results
are compared. Each number of threads has a process of its own.

    python benchmarks/conv.py [--threads 1 2] [--rounds 9] [--seconds 0.05] [--only "example 3, first"]
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from timeit import Timer

from timing import Runner, Summary, alternate, each_in_a_process, geometric_mean, table, write


@dataclass(frozen=True)
class Case:
    name: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    stride: int = 1
    padding: int = 0
    groups: int = 1
    input_gradient: bool = True  # the first layer of a network needs none

    def multiplications(self) -> int:
        out = [(n + 2 * self.padding - k) // self.stride + 1 for n, k in zip(self.x[2:], self.w[2:])]
        return self.x[0] * math.prod(out) * math.prod(self.w)


CASES = [
    Case("LeNet, first: 5×5, 1→6", (128, 1, 28, 28), (6, 1, 5, 5), padding=2, input_gradient=False),
    Case("LeNet, second: 5×5, 6→16", (128, 6, 14, 14), (16, 6, 5, 5)),
    Case("example 3, first: 3×3, 1→16", (128, 1, 28, 28), (16, 1, 3, 3), padding=1, input_gradient=False),
    Case("example 3, second: 3×3, 16→32", (128, 16, 14, 14), (32, 16, 3, 3), padding=1),
    Case("ResNet: 3×3, 3→64, 32×32", (32, 3, 32, 32), (64, 3, 3, 3), padding=1, input_gradient=False),
    Case("ResNet: 3×3, 64→64, 32×32", (32, 64, 32, 32), (64, 64, 3, 3), padding=1),
    Case("ResNet: 3×3, 64→128, stride 2", (32, 64, 32, 32), (128, 64, 3, 3), stride=2, padding=1),
    Case("ResNet: 1×1, 64→128, stride 2", (32, 64, 32, 32), (128, 64, 1, 1), stride=2),
    Case("ResNet: 3×3, 128→128, 16×16", (32, 128, 16, 16), (128, 128, 3, 3), padding=1),
    Case("ResNet: 3×3, 256→256, 8×8", (32, 256, 8, 8), (256, 256, 3, 3), padding=1),
    Case("ResNet: 3×3, 512→512, 4×4", (32, 512, 4, 4), (512, 512, 3, 3), padding=1),
    Case("1×1, 64→128, 32×32", (32, 64, 32, 32), (128, 64, 1, 1)),
    Case("depthwise 3×3, 64, 32×32", (32, 64, 32, 32), (64, 1, 3, 3), padding=1, groups=64),
    Case("conv1d k=5, 32→64, 1000", (32, 32, 1000), (64, 32, 5), padding=2),
]


def names(library, case: Case, arrays: list) -> dict:
    """The tensors, and a function for the forward and one for both passes."""
    x, w, b, g = (library.from_numpy(a.copy()) for a in arrays)
    convolution = getattr(library.nn.functional, f"conv{len(case.x) - 2}d")
    leaves = [x, w, b] if case.input_gradient else [w, b]

    def forward():
        return convolution(x, w, b, case.stride, case.padding, 1, case.groups)

    def both():
        for leaf in leaves:
            leaf.grad = None
        forward().backward(g)
        return [leaf.grad for leaf in leaves]

    def recording(on: bool):
        for leaf in leaves:
            leaf.requires_grad_(on)

    return {"forward": forward, "both": both, "recording": recording}


def contestants(case: Case) -> dict[str, dict]:
    """The case in both libraries, whose results have been compared."""
    import numpy
    import torch

    import synapgrad

    rng = numpy.random.default_rng(0)
    arrays = [rng.uniform(-1, 1, shape).astype("float32") for shape in (case.x, case.w, case.w[:1])]
    shape = tuple(
        torch.nn.functional.__dict__[f"conv{len(case.x) - 2}d"](
            *map(torch.from_numpy, arrays), case.stride, case.padding, 1, case.groups
        ).shape
    )
    arrays.append(rng.uniform(-1, 1, shape).astype("float32"))
    sides = {lib.__name__: names(lib, case, arrays) for lib in (synapgrad, torch)}
    for side in sides.values():
        side["recording"](True)
    first = [
        [side["forward"]().detach().numpy(), *(t.numpy() for t in side["both"]())] for side in sides.values()
    ]
    for ours, theirs in zip(*first):
        assert numpy.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * abs(theirs).max()), case.name
    return sides


def timers(sides: dict[str, dict], backward: bool) -> dict[str, Runner]:
    """What there is to time in the forward pass, or in both."""
    for side in sides.values():
        side["recording"](backward)
    what = "both" if backward else "forward"
    return {name: Timer("f()", globals={"f": side[what]}).timeit for name, side in sides.items()}


def measure(options: argparse.Namespace) -> list[dict]:
    """All cases, with the number of threads that the environment says."""
    import torch

    torch.set_num_threads(options.threads[0])
    results = []
    for case in CASES:
        if options.only and not any(text in case.name for text in options.only):
            continue
        sides = contestants(case)
        for what in ("forward", "both"):
            runners = timers(sides, what == "both")
            times = alternate(runners, rounds=options.rounds, seconds=options.seconds)
            results.append(
                {"case": case.name, "pass": what, "times": {n: asdict(t) for n, t in times.items()}}
            )
    return results


def rows(case: Case, found: list[dict], threads: int) -> list[list[str]]:
    lines = []
    for entry in found:
        ours, theirs = (Summary(**entry["times"][name]) for name in ("synapgrad", "torch"))
        passes = 1 if entry["pass"] == "forward" else 2 + case.input_gradient
        gflops = 2e-3 * passes * case.multiplications() / ours.median
        lines.append(
            [
                case.name,
                "forward" if entry["pass"] == "forward" else "with backward",
                str(threads),
                f"{ours.median / 1e3:.2f}",
                f"{ours.low / 1e3:.2f} – {ours.high / 1e3:.2f}",
                f"{theirs.median / 1e3:.2f}",
                f"{theirs.low / 1e3:.2f} – {theirs.high / 1e3:.2f}",
                f"{theirs.median / ours.median:.2f}×",
                f"{theirs.best / ours.best:.2f}×",
                f"{gflops:.0f}",
            ]
        )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.05, help="length of a round (default: 0.05)")
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="cases whose names contain a text")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        json.dump(measure(options), sys.stdout)
        return 0
    lines, results = [], []
    for threads, found in each_in_a_process(options.threads):
        for case in CASES:
            lines += rows(case, [entry for entry in found if entry["case"] == case.name], threads)
        results += [{**entry, "threads": threads} for entry in found]
    header = ["milliseconds", "pass", "threads", "SynapGrad", "middle half", "PyTorch", "middle half"]
    text = table([*header, "PyTorch / SynapGrad", "best / best", "GFLOP/s"], lines)
    for threads in options.threads:
        ratios = [
            entry["times"]["torch"]["median"] / entry["times"]["synapgrad"]["median"]
            for entry in results
            if entry["threads"] == threads
        ]
        mean = geometric_mean(ratios)
        text += f"\n\nGeometric mean of the ratios with {threads} thread(s): {mean:.2f}×."
    write("conv", text, {"benchmark": "conv", "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
