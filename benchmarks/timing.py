"""How every benchmark here takes a time, sums it up and writes it down.

Contestants are measured in turn, in many short rounds, so that whatever else the machine does meanwhile
hits them all alike; the median over the rounds is the result, and the middle half of them its spread. A turn begins
when the threads of the turn before sleep: OpenMP's keep a processor busy for milliseconds after their work.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "out" / "bench"

# A runner does its work so many times and returns the seconds that this took.
Runner = Callable[[int], float]


@dataclass(frozen=True)
class Summary:
    """Microseconds per repetition over all rounds."""

    median: float
    low: float  # a quarter of the rounds were quicker
    high: float  # a quarter of the rounds were slower
    best: float
    repetitions: int  # in each round
    rounds: int

    @classmethod
    def of(cls, seconds: Sequence[float], repetitions: int) -> Summary:
        micros = [1e6 * s / repetitions for s in seconds]
        quartiles = statistics.quantiles(micros, n=4, method="inclusive") if len(micros) > 1 else 3 * micros
        return cls(quartiles[1], quartiles[0], quartiles[2], min(micros), repetitions, len(micros))


def repetitions_for(runner: Runner, seconds: float, unit: int = 1) -> int:
    """How many repetitions, in whole units, fill a round of about that length. The trials are the warm-up."""
    runner(1)  # with threads that have to be woken
    repetitions = 1
    while True:
        taken = runner(repetitions)
        if taken >= seconds / 2:
            return unit * max(1, round(repetitions * seconds / taken / unit))
        # At most tenfold at a time: the first repetitions are slow and say little about the later ones.
        repetitions = max(repetitions + 1, round(repetitions * min(10.0, seconds / max(taken, 1e-9))))


def rest(limit: float = 0.1) -> None:
    """Wait until this process has done nothing for three milliseconds, but no longer than `limit` seconds."""
    end, before = time.perf_counter() + limit, time.process_time()
    while time.perf_counter() < end:
        time.sleep(0.003)
        now = time.process_time()
        if now - before < 0.0005:
            return
        before = now


def pause() -> None:
    """Wait as long as the threads of another process may need until they sleep."""
    time.sleep(0.03)


def alternate(
    runners: dict[str, Runner],
    *,
    rounds: int,
    seconds: float,
    unit: int = 1,
    between: Callable[[], None] = rest,
) -> dict[str, Summary]:
    """Measure the runners in turn: `rounds` rounds of about `seconds`, another one first each time.

    A round has a multiple of `unit` repetitions, and is longer than `seconds` where one unit takes longer.
    What comes only now and then, such as a garbage collection, belongs to the cost of a repetition; the unit
    has to be large enough for every round to have its share of it, because the median would not see what only
    some rounds have. `between` turns, `rest` or `pause`.
    """
    names = list(runners)
    repetitions = {}
    for name in names:
        between()
        repetitions[name] = repetitions_for(runners[name], seconds, unit)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            between()
            taken[name].append(runners[name](repetitions[name]))
    return {name: Summary.of(taken[name], repetitions[name]) for name in names}


def each_in_a_process(threads: Iterable[int]) -> Iterator[tuple[int, Any]]:
    """Run this script once more for each number of threads, with `--child --threads <number>` behind its own
    arguments, and return the JSON that it prints.

    The number of threads is fixed when the first of them starts, so each has a process of its own.
    """
    for number in threads:
        child = [sys.executable, *sys.argv, "--child", "--threads", str(number)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(number)}
        answer = subprocess.run(child, env=environment, stdout=subprocess.PIPE, check=True).stdout
        yield number, json.loads(answer)


def geometric_mean(ratios: Iterable[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))


def machine() -> dict[str, str | int | None]:
    """What the numbers were measured on."""
    processor = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            processor = next(
                line.partition(":")[2].strip() for line in lines if line.startswith("model name")
            )
    except (OSError, StopIteration):
        pass
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table that reads well in a terminal: the first column to the left, numbers to the right."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (cell.ljust if i == 0 else cell.rjust for i, cell in enumerate(cells))
        return "| " + " | ".join([first(widths[0]), *(f(w) for f, w in zip(others, widths[1:]))]) + " |"

    rule = (
        "|:" + "-" * (widths[0] + 1) + "|" + "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|"
    )
    return "\n".join([line(lines[0]), rule, *map(line, lines[1:])])


def micros(value: float) -> str:
    """Microseconds with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write(name: str, text: str, results: dict) -> None:
    """Print a benchmark's report and keep it in out/bench: as text in <name>.md, as data in <name>.json."""
    report = {"machine": machine(), **results}
    OUT.mkdir(parents=True, exist_ok=True)
    description = "{processor}, {cores} cores, Python {python}".format(**report["machine"])
    (OUT / f"{name}.md").write_text(f"{text}\n\n{description}\n", encoding="utf-8")
    (OUT / f"{name}.json").write_text(json.dumps(report, indent=1, default=asdict) + "\n", encoding="utf-8")
    print(f"\n{text}\n\n{description}; also in {os.path.relpath(OUT / name)}.md and .json")
