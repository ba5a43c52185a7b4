"""A thousand training steps leave nothing behind."""

import gc
import subprocess
import sys

import pytest

PROGRAM = """
import gc, synapgrad as sg

def memory():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

{setup}
for _ in range(200):
    step()
before = memory()
objects = len(gc.get_objects())
for _ in range(1000):
    step()
print(memory() - before, len(gc.get_objects()) - objects)
"""

SETUPS = {
    "a network": """
w = sg.tensor([[0.1 * i + 0.01 * j for j in range(64)] for i in range(64)], requires_grad=True)
x = sg.tensor([[1.0] * 64] * 256)
def step():
    y = (x @ w).tanh()
    (y * y).sum().backward()
    with sg.no_grad():
        w.sub_(w.grad * 1e-3)
    w.grad = None
""",
    "graphs without backward": """
w = sg.tensor([1.0] * 10000, requires_grad=True)
def step():
    y = (w * w).exp()
    return (y * y).sum()
""",
    "second derivatives": """
w = sg.tensor([1.0] * 10000, requires_grad=True)
def step():
    (g,) = sg.autograd.grad((w * w * w).sum(), w, create_graph=True)
    (g * g).sum().backward()
    w.grad = None
""",
    "hooks": """
w = sg.tensor([1.0] * 10000, requires_grad=True)
def step():
    with sg.retain_grads():
        y = w * 2
        handle = y.register_hook(lambda g: g * 2)
        (y * y).sum().backward()
    handle.remove()
    w.grad = None
""",
    "a function written in Python": """
class Square(sg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.y = x * x
        ctx.save_for_backward(x, ctx.y)
        return ctx.y
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * 2 * x
w = sg.tensor([1.0] * 10000, requires_grad=True)
def step():
    Square.apply(Square.apply(w)).sum().backward()
    Square.apply(w)
    w.grad = None
""",
    "in place and views": """
w = sg.tensor([[1.0] * 100] * 100, requires_grad=True)
def step():
    y = w * 2
    y[0].mul_(3)
    y.t()[1].add_(1)
    y.sum().backward()
    w.grad = None
""",
    "a convolutional network": """
from synapgrad import nn
model = nn.Sequential(
    *(nn.Conv2d(1, 8, 3, padding="same"), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.3), nn.MaxPool2d(2)),
    *(nn.Flatten(), nn.Linear(8 * 7 * 7, 10)),
)
loss_fn, optimizer = nn.CrossEntropyLoss(), sg.optim.Adam(model.parameters())
images, labels = sg.rand(4, 1, 14, 14).tolist(), [0, 1, 2, 3]
def step():
    loss = loss_fn(model(sg.tensor(images)), sg.tensor(labels))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
""",
    "a perceptron and a DataLoader": """
from synapgrad import nn
from synapgrad.utils.data import DataLoader, TensorDataset
model = nn.Sequential(
    *(nn.Linear(50, 100), nn.BatchNorm1d(100), nn.ReLU(), nn.Dropout(0.2)),
    *(nn.Linear(100, 10), nn.LogSoftmax(dim=1)),
)
loss_fn, optimizer = nn.NLLLoss(), sg.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
loader = DataLoader(TensorDataset(sg.rand(64, 50), sg.arange(64) % 10), batch_size=32, shuffle=True)
def step():
    for x, y in loader:
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with sg.no_grad():
        model(x)
    model.train()
""",
    "errors": """
w = sg.tensor([1.0] * 10000, requires_grad=True)
def step():
    y = w * w
    for wrong in (lambda: y + sg.tensor([1.0, 2.0]), lambda: y.backward(), lambda: w.mul_(2)):
        try:
            wrong()
        except RuntimeError:
            pass
""",
}


@pytest.mark.skipif(sys.platform != "linux", reason="reads the size of the process where Linux shows it")
@pytest.mark.parametrize("name", SETUPS)
def test_nothing_is_left(name):
    program = PROGRAM.format(setup=SETUPS[name])
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    grown, objects = map(int, run.stdout.split())
    # Most steps use 40 kB at least: a thousand that leaked would be 40 MB.
    assert grown < 4_000_000
    # Objects of Python are small, but can be counted: a thousand steps that left one each would show here.
    assert objects < 100


def test_unreachable_tensors_die_at_once():
    import weakref

    import synapgrad as sg

    gc.disable()
    try:
        x = sg.tensor([1.0], requires_grad=True)
        y = x * 2
        alive = weakref.ref(y)
        z = y * 3
        z.backward()
        del y
        assert alive() is None
    finally:
        gc.enable()
