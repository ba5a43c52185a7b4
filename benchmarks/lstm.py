"""What a training step of an LSTM character model costs.

A language model of characters: an embedding, a stack of LSTM layers, a linear head, cross-entropy, Adam. See
training.py for what is measured.

    python benchmarks/lstm.py [--threads 1 2] [--rounds 9] [--seconds 0.5] [--layers 2] [--hidden 256] …
"""

from __future__ import annotations

import argparse
import sys

from training import main, predict_next


def build(library, options: argparse.Namespace):
    """The model, as one writes it in either library, and a function that trains it for a step."""
    nn = library.nn
    hidden, length, vocabulary = options.hidden, options.length, options.vocabulary

    class Characters(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(vocabulary, options.embedding)
            self.lstm = nn.LSTM(options.embedding, hidden, options.layers, batch_first=True)
            self.head = nn.Linear(hidden, vocabulary)

        def forward(self, x):
            return self.head(self.lstm(self.table(x))[0])

    library.manual_seed(0)
    model = Characters()
    optimizer = library.optim.Adam(model.parameters(), lr=1e-3)
    return predict_next(library, model, optimizer, (options.batch, length), vocabulary)


if __name__ == "__main__":
    SIZES = {"layers": 2, "hidden": 256, "embedding": 256, "length": 64, "batch": 32, "vocabulary": 65}
    LABEL = "{layers} layers of {hidden}, sequence {length}, batch {batch}"
    sys.exit(main("lstm", __doc__, build, SIZES, LABEL))
