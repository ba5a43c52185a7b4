"""One library's process in compare.py: the three examples, trained epoch by epoch at the parent's word.

`python program.py <library> <example>` answers one JSON object per line of standard input:

    {"start": {"data": path, "part": share, "seed": seed}}  -> {"version": …, "parameters": count}
    {"epoch": share}  train on that share of the images      -> {"loss": mean over them, "seconds": …}
    {"test": true}    the test images                        -> {"accuracy": …, "peak_mb": …}

SynapGrad, PyTorch and synapgrad 1.x run one text, which differs in the import alone; micrograd, which has neither
tensors nor layers for images, has example 1 in its own.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.metadata
import json
import math
import os
import sys
import time
from pathlib import Path

import networks
from worker import peak_megabytes


def moons(path: Path) -> tuple:
    """150 points and their labels, 0 or 1, for training and for the test."""
    import numpy as np

    points = json.loads((path / "moons.json").read_text())
    x, y = (np.array(points[name], dtype=np.float32) for name in "xy")
    return x, y, x, y


def mnist(path: Path) -> tuple:
    """60,000 images, with one channel from 0 to 1, and their labels; and 10,000."""
    import numpy as np

    def idx(name: str, header: int):
        return np.frombuffer(gzip.decompress((path / f"{name}.gz").read_bytes()), np.uint8, offset=header)

    def images(name: str):
        pixels = idx(f"{name}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).astype(np.float32)
        pixels /= 255  # in place: a second copy would be the most memory that the process ever holds
        return pixels

    def labels(name: str):
        return idx(f"{name}-labels-idx1-ubyte", 8).astype(np.int64)

    return images("train"), labels("train"), images("t10k"), labels("t10k")


class Program:
    """An example in a library with PyTorch's API."""

    def __init__(self, library, example: str, task: dict):
        self.library = library
        if hasattr(library, "manual_seed"):
            library.manual_seed(task["seed"])
        else:
            import numpy as np

            np.random.seed(task["seed"])
        self.model, self.loss_fn, self.optimizer = getattr(networks, example)(library)
        self.batch = networks.BATCH[example]
        read = moons if example == "moons" else mnist
        x, y, *test = read(Path(task["data"]))
        count = round(len(x) * task["part"])
        # PyTorch and SynapGrad hold the data as tensors; synapgrad 1.x makes tensors of batches of arrays.
        self.tensors = hasattr(library, "from_numpy")
        self.data = [library.from_numpy(array[:count]) if self.tensors else array[:count] for array in (x, y)]
        self.test = test
        self.parameters = sum(math.prod(p.shape) for p in self.model.parameters())

    def epoch(self, share: float) -> float:
        """Train on the images once, in a new order; return the mean loss."""
        x, y = self.data
        if self.tensors:
            order = self.library.randperm(len(x))
        else:
            import numpy as np

            order = np.random.permutation(len(x))
        order = order[: round(len(x) * share)]
        self.model.train()
        total = 0.0
        for first in range(0, len(order), self.batch):
            rows = order[first : first + self.batch]
            batch = (x[rows], y[rows])
            if not self.tensors:
                batch = tuple(self.library.tensor(array, dtype=array.dtype) for array in batch)
            inputs, targets = batch
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(inputs), targets)
            loss.backward()
            self.optimizer.step()
            total += float(loss.item()) * len(rows)
        return total / len(order)

    def accuracy(self) -> float:
        x, y = self.test
        self.model.eval()
        right = 0
        with self.library.no_grad():
            for first in range(0, len(x), 500):
                output = self.model(self.library.tensor(x[first : first + 500]))
                # .detach().numpy() is what all three have.
                answers = output.detach().numpy()
                answers = answers.argmax(1) if answers.shape[1] > 1 else answers > 0.5
                right += int((answers == y[first : first + 500]).sum())
        return right / len(y)


class Micrograd:
    """Example 1 in micrograd: a graph of Python objects, one per number."""

    def __init__(self, library, example: str, task: dict):
        import random

        from micrograd.nn import MLP

        random.seed(task["seed"])
        points = json.loads((Path(task["data"]) / "moons.json").read_text())
        self.points = [(x, y) for x, (y,) in zip(points["x"], points["y"])]
        self.points = self.points[: round(len(self.points) * task["part"])]
        self.model = MLP(2, [16, 16, 1])
        self.parameters = len(self.model.parameters())

    def answer(self, x):
        from micrograd.engine import Value

        return self.model(list(map(Value, x)))

    def epoch(self, share: float) -> float:
        import random

        order = random.sample(self.points, round(len(self.points) * share))
        total = 0.0
        for first in range(0, len(order), 4):
            rows = order[first : first + 4]
            loss = sum((self.answer(x) - y) ** 2 for x, y in rows) / len(rows)
            self.model.zero_grad()
            loss.backward()
            for p in self.model.parameters():
                p.data -= 0.1 * p.grad
            total += loss.data * len(rows)
        return total / len(order)

    def accuracy(self) -> float:
        return sum((self.answer(x).data > 0.5) == (y > 0.5) for x, y in self.points) / len(self.points)


def main() -> None:
    # Answers go to the real standard output; whatever the library prints goes to standard error.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    library, example = sys.argv[1:]
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            try:
                module = importlib.import_module(library)
                if library != "micrograd":
                    importlib.import_module(f"{library}.optim")
            except ModuleNotFoundError as error:
                answer = {"missing": error.name}
            else:
                program = (Micrograd if library == "micrograd" else Program)(
                    module, example, request["start"]
                )
                version = getattr(module, "__version__", None) or importlib.metadata.version(library)
                answer = {"version": version, "parameters": program.parameters}
        elif "epoch" in request:
            start = time.perf_counter()
            loss = program.epoch(request["epoch"])
            answer = {"loss": loss, "seconds": time.perf_counter() - start}
        else:
            answer = {"accuracy": program.accuracy(), "peak_mb": peak_megabytes()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
