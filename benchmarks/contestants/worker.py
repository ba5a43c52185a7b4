"""One contestant in a process of its own, asked for its rounds over standard input.

`python worker.py <module>` imports contestants/<module>.py and answers one JSON object per line:

    {"start": problem}   build the network      -> {"version": …}
    {"round": steps}     that many steps, timed -> {"seconds": …}
    {"loss": steps}      train anew, untimed    -> {"loss": mean squared error over all points, "peak_mb": …}

Each round begins with the initial weights and the first batch, so that every round is the same work. The
module has a class `Contestant(problem)` with `reset()`, `step(i)` on batch i, `finish()` (wait for what
is still under way) and `loss()`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time


def peak_megabytes() -> float | None:
    """The most memory this process has held, in 10⁶ bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def run(contestant, batches: int, steps: int) -> float:
    contestant.reset()
    step = contestant.step
    start = time.perf_counter()
    for i in range(steps):
        step(i % batches)
    contestant.finish()
    return time.perf_counter() - start


def main() -> None:
    # Answers go to the real standard output; whatever the library prints goes to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    contestant, batches = None, 0
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            problem = request["start"]
            batches = len(problem["batches"])
            try:
                module = importlib.import_module(sys.argv[1])
                contestant = module.Contestant(problem)
                answer = {"version": contestant.version}
            except ModuleNotFoundError as error:
                answer = {"missing": error.name}
        elif "round" in request:
            answer = {"seconds": run(contestant, batches, request["round"])}
        else:
            run(contestant, batches, request["loss"])
            answer = {"loss": contestant.loss(), "peak_mb": peak_megabytes()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
