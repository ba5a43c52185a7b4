"""The networks that the benchmarks train, in PyTorch's API: one text for every library that has it.

Each function gets the library and returns the model, its loss and its optimizer.
"""

from __future__ import annotations

#: How many samples a batch of each example has.
BATCH = {"moons": 4, "mnist_mlp": 64, "mnist_cnn": 128}


def moons(library) -> tuple:
    """Example 1."""
    nn = library.nn
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
    return model, nn.MSELoss(), library.optim.SGD(model.parameters(), lr=0.1)


def mnist_mlp(library) -> tuple:
    """Example 2."""
    nn = library.nn
    model = nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(784, 200), nn.BatchNorm1d(200), nn.ReLU(), nn.Dropout(0.2)),
        *(nn.Linear(200, 100), nn.BatchNorm1d(100), nn.ReLU(), nn.Dropout(0.2)),
        *(nn.Linear(100, 10), nn.LogSoftmax(dim=1)),
    )
    return model, nn.NLLLoss(), library.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)


def mnist_cnn(library) -> tuple:
    """Example 3."""
    nn = library.nn

    def block(inputs: int, outputs: int) -> list:
        return [
            nn.Conv2d(inputs, outputs, 3, padding="same"),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Dropout(0.3),
            nn.MaxPool2d(2),
        ]

    model = nn.Sequential(*block(1, 16), *block(16, 32), nn.Flatten(), nn.Linear(32 * 7 * 7, 10))
    return model, nn.CrossEntropyLoss(), library.optim.Adam(model.parameters(), lr=0.01)


def perceptron(library, width: int) -> tuple:
    """Three layers of one width, for measuring how the time depends on it."""
    nn = library.nn
    model = nn.Sequential(
        *(nn.Linear(width, width), nn.ReLU()), *(nn.Linear(width, width), nn.ReLU()), nn.Linear(width, width)
    )
    return model, nn.MSELoss(), library.optim.SGD(model.parameters(), lr=0.1)


def resnet18(library, width: int = 64) -> tuple:
    """ResNet-18 as it is used for 32 × 32 pixels: a stem of 3 × 3 without pooling, then four stages of two blocks."""
    nn = library.nn

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
            self.norm1, self.relu1 = nn.BatchNorm2d(outputs), nn.ReLU()
            self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
            self.norm2, self.relu2 = nn.BatchNorm2d(outputs), nn.ReLU()
            self.shortcut = None
            if stride > 1 or inputs != outputs:
                convolution = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
                self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = self.relu1(self.norm1(self.conv1(x)))
            return self.relu2(self.norm2(self.conv2(y)) + (self.shortcut(x) if self.shortcut else x))

    layers = [nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    inputs = width
    for stage in range(4):
        outputs = width << stage
        layers += [Block(inputs, outputs, 2 if stage else 1), Block(outputs, outputs, 1)]
        inputs = outputs
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))
    optimizer = library.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    return model, nn.CrossEntropyLoss(), optimizer
