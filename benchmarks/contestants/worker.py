"""One contestant in a process of its own, asked for its rounds over standard input.

`python worker.py <module> <example>` imports contestants/<module>.py and answers one JSON object per line:

    {"start": path}      build the network anew -> {"version": …}
    {"round": steps}     that many steps, timed -> {"seconds": …}
    {"losses": steps}    the same without dropout and without the clock: what each step's loss was
                                                -> {"losses": […]}
    {"more": steps}      go on from there       -> {"resident_mb": …}
    {"peak": true}       so far                 -> {"peak_mb": …}

The file has the problem: the samples `x` and `y`, how many are a `batch`, the initial `parameters`, and the network's
`sizes` where it has any to choose. Each round begins with the initial parameters and the first batch, so that every
round is the same work.

The module has a class `Contestant(example, problem)` with `reset(dropout)`, `step(i)`, which trains on batch i and
returns the loss, and `finish()`, which waits for what is still under way.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import sys
import time


def peak_megabytes() -> float | None:
    """The most memory this process has held, in 10⁶ bytes; None where the system does not say."""
    # Linux's getrusage counts what the parent held when it started this process.
    with contextlib.suppress(OSError), open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM"))
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def resident_megabytes() -> float | None:
    """What this process holds after a garbage collection, in 10⁶ bytes; None where the system does not say."""
    gc.collect()
    with contextlib.suppress(OSError), open("/proc/self/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
    return None


def read(path: str) -> dict:
    """A problem: lists of numbers from a .json, arrays from a .npz."""
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    import numpy as np

    with np.load(path) as arrays:
        return {
            "x": arrays["x"],
            "y": arrays["y"],
            "batch": int(arrays["batch"]),
            "sizes": arrays["sizes"].tolist(),
            "parameters": [arrays[name] for name in arrays.files if name.startswith("parameter")],
        }


def run(contestant, batches: int, steps: int) -> float:
    contestant.reset(dropout=True)
    step = contestant.step
    start = time.perf_counter()
    for i in range(steps):
        step(i % batches)
    contestant.finish()
    return time.perf_counter() - start


def losses(contestant, batches: int, steps: int) -> list[float]:
    contestant.reset(dropout=False)
    found = (contestant.step(i % batches) for i in range(steps))
    return [float(loss.item() if hasattr(loss, "item") else loss) for loss in found]


def main() -> None:
    # Answers go to the real standard output; whatever the library prints goes to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    name, example = sys.argv[1:]
    contestant, batches = None, 0
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            try:
                module = importlib.import_module(name)
            except ModuleNotFoundError as error:
                answer = {"missing": error.name}
            else:
                problem = read(request["start"])
                batches = -(-len(problem["x"]) // problem["batch"])
                contestant = module.Contestant(example, problem)
                answer = {"version": contestant.version}
        elif "round" in request:
            answer = {"seconds": run(contestant, batches, request["round"])}
        elif "losses" in request:
            answer = {"losses": losses(contestant, batches, request["losses"])}
        elif "more" in request:
            for i in range(request["more"]):
                contestant.step(i % batches)
            contestant.finish()
            answer = {"resident_mb": resident_megabytes()}
        else:
            answer = {"peak_mb": peak_megabytes()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
