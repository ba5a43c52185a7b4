"""What a training step of a small GPT costs.

A language model of characters: token and position embeddings, blocks of causal attention and a GELU network,
each behind a normalisation, a linear head, cross-entropy, AdamW. SynapGrad and PyTorch (eager) train the same
model from the same start on the same batches, in the same process and in turn (timing.py says why). First
their losses are compared. Each number of threads has a process of its own.

    python benchmarks/gpt.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--layers 4] [--width 128] …
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict

from timing import Summary, alternate, table, write


def build(library, options: argparse.Namespace):
    """The model, as one writes it in either library, and a function that trains it for a step."""
    nn, functional = library.nn, library.nn.functional
    width, context, vocabulary = options.width, options.context, options.vocabulary

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.project = nn.Linear(width, 3 * width)
            self.out = nn.Linear(width, width)

        def forward(self, x):
            batch, length, _ = x.shape
            q, k, v = (
                part.view(batch, length, options.heads, width // options.heads).transpose(1, 2)
                for part in self.project(x).split(width, dim=-1)
            )
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(y.transpose(1, 2).reshape(batch, length, width))

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.attention = nn.LayerNorm(width), Attention()
            self.norm2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x):
            x = x + self.attention(self.norm1(x))
            return x + self.mlp(self.norm2(x))

    class GPT(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(vocabulary, width)
            self.positions = nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(Block() for _ in range(options.layers)))
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, x):
            places = library.arange(x.shape[1])
            return self.head(self.norm(self.blocks(self.tokens(x) + self.positions(places))))

    library.manual_seed(0)
    model = GPT()
    optimizer = library.optim.AdamW(model.parameters(), lr=3e-4)
    text = library.randint(0, vocabulary, (16, options.batch, context + 1))
    steps = iter(range(1 << 62))

    def step():
        batch = text[next(steps) % 16]
        logits = model(batch[:, :-1])
        loss = functional.cross_entropy(logits.reshape(-1, vocabulary), batch[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step


def measure(options: argparse.Namespace) -> dict:
    """Both libraries, with the number of threads that the environment says."""
    import torch

    import synapgrad

    torch.set_num_threads(options.threads[0])
    steps = {library.__name__: build(library, options) for library in (synapgrad, torch)}
    losses = {name: [step().item() for _ in range(3)] for name, step in steps.items()}
    for ours, theirs in zip(losses["synapgrad"], losses["torch"]):
        assert abs(ours - theirs) < 1e-4 * abs(theirs), losses

    def runner(step):
        from time import perf_counter

        def run(repetitions: int) -> float:
            start = perf_counter()
            for _ in range(repetitions):
                step()
            return perf_counter() - start

        return run

    runners = {name: runner(step) for name, step in steps.items()}
    times = alternate(runners, rounds=options.rounds, seconds=options.seconds)
    return {name: asdict(t) for name, t in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.5, help="length of a round (default: 0.5)")
    for name, number in (
        ("layers", 4),
        ("width", 128),
        ("heads", 4),
        ("context", 128),
        ("batch", 16),
        ("vocabulary", 65),
    ):
        parser.add_argument(f"--{name}", type=int, default=number, help=f"(default: {number})")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        json.dump(measure(options), sys.stdout)
        return 0
    lines, results = [], []
    for threads in options.threads:
        # The number of threads is fixed when the first of them starts.
        child = [sys.executable, __file__, *sys.argv[1:], "--child", "--threads", str(threads)]
        environment = {**os.environ, "RAYON_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
        found = json.loads(subprocess.run(child, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        ours, theirs = (Summary(**found[name]) for name in ("synapgrad", "torch"))
        lines.append(
            [
                f"{options.layers} layers of {options.width}, context {options.context}, batch {options.batch}",
                str(threads),
                f"{ours.median / 1e3:.1f}",
                f"{ours.low / 1e3:.1f} – {ours.high / 1e3:.1f}",
                f"{theirs.median / 1e3:.1f}",
                f"{theirs.low / 1e3:.1f} – {theirs.high / 1e3:.1f}",
                f"{theirs.median / ours.median:.2f}×",
                f"{theirs.best / ours.best:.2f}×",
            ]
        )
        results.append({"threads": threads, "times": found})
    header = ["milliseconds a step", "threads", "SynapGrad", "middle half", "PyTorch", "middle half"]
    text = table([*header, "PyTorch / SynapGrad", "best / best"], lines)
    write("gpt", text, {"benchmark": "gpt", "options": vars(options), "results": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
