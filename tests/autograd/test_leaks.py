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
for _ in range(1000):
    step()
print(memory() - before)
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
    # A step uses 40 kB at least: a thousand that leaked would be 40 MB.
    assert int(run.stdout) < 4_000_000


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
