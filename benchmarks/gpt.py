"""What a training step of a small GPT costs.

A language model of characters: token and position embeddings, blocks of causal attention and a GELU network,
each behind a normalisation, a linear head, cross-entropy, AdamW. See training.py for what is measured.

    python benchmarks/gpt.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--layers 4] [--width 128] …
"""

from __future__ import annotations

import argparse
import sys

from training import main, predict_next


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
    return predict_next(library, model, optimizer, (options.batch, context), vocabulary)


if __name__ == "__main__":
    SIZES = {"layers": 4, "width": 128, "heads": 4, "context": 128, "batch": 16, "vocabulary": 65}
    LABEL = "{layers} layers of {width}, context {context}, batch {batch}"
    sys.exit(main("gpt", __doc__, build, SIZES, LABEL))
