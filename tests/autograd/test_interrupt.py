"""Ctrl-C stops a long operation soon; nothing comes of it, and the process lives on."""

import signal
import subprocess
import sys
import time

import pytest

import synapgrad as sg
from synapgrad.nn import functional as F

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends Unix signals")

#: Elements of the input: 128 MB of float32.
N = 1 << 25
#: The signal comes so many seconds after the start; KeyboardInterrupt has to so many after that.
AFTER, WITHIN = 0.1, 0.5


@pytest.fixture(scope="module")
def big():
    return sg.tensor([0.5]).expand(N).contiguous()


@pytest.fixture
def alarm():
    """Sets what an alarm does, and when it rings. (A thread could not ring: the operation holds the GIL.)"""
    before = signal.getsignal(signal.SIGALRM)

    def set_alarm(seconds, handler=signal.default_int_handler):
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield set_alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def rows(x, n=N, width=1024):
    return x[:n].view(-1, width)


def chain(n):
    y = sg.tensor([1.0], requires_grad=True)
    for _ in range(n):
        y = y + 1
    return y


# Each is repeated until the signal comes, so that a fast machine finds something to interrupt, too.
OPERATIONS = {
    "sum": lambda x: x.sum(),
    "sum over rows": lambda x: rows(x).sum(0),
    "sum over few columns": lambda x: rows(x, N, 2).sum(0),
    "var": lambda x: rows(x).var(1),
    "norm": lambda x: x.norm(),
    "max": lambda x: rows(x).max(1),
    "logsumexp": lambda x: rows(x).logsumexp(0),
    "cumsum": lambda x: x.cumsum(0),
    "logcumsumexp": lambda x: x.logcumsumexp(0),
    "cummax": lambda x: rows(x, N >> 2).cummax(0),
    "softmax": lambda x: rows(x).softmax(1),
    "softmax of columns": lambda x: rows(x).softmax(0),
    "exp": lambda x: x.exp(),
    "erfinv": lambda x: x.erfinv(),
    "add": lambda x: x + x,
    "add in place": lambda x: x.add_(0.0),
    "function in place": lambda x: x[: N >> 1].erf_(),
    "comparison": lambda x: x > 0.5,
    "conversion": lambda x: x.to(sg.float16),
    "loss": lambda x: F.mse_loss(x, x),
    "cat": lambda x: sg.cat([x[: N >> 1], x[N >> 1 :]]),
    "contiguous": lambda x: rows(x).t().contiguous(),
    "permute": lambda x: x.view(64, -1, 128).permute(2, 0, 1).contiguous(),
    "gather": lambda x: rows(x, N >> 3).gather(1, sg.zeros(N >> 13, 1024, dtype=sg.int64)),
    "index": lambda x: rows(x)[sg.zeros(N >> 11, dtype=sg.int64)],
    "rand": lambda x: sg.rand(N),
    "randn": lambda x: sg.randn(N),
    "randperm": lambda x: sg.randperm(N >> 3),
    "normal in place": lambda x: x.normal_(),
    "sort": lambda x: rows(x, N >> 4).sort(1),
    "matmul": lambda x: rows(x, 1 << 24, 4096) @ rows(x, 1 << 24, 4096),
    "backward": lambda x: x[: N >> 2].detach().requires_grad_().exp().sin().sum().backward(),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_stopped(name, big, alarm):
    operation = OPERATIONS[name]
    result = nothing = object()
    start = time.monotonic()
    alarm(AFTER)
    with pytest.raises(KeyboardInterrupt):
        while time.monotonic() - start < 10:
            result = nothing
            result = operation(big)
    taken = time.monotonic() - start - AFTER
    assert result is nothing or taken < 0.05, "the operation returned something"
    assert taken < WITHIN, f"took {taken:.2f} s"
    # The process lives on, with the right numbers.
    x = sg.tensor([3.0], requires_grad=True)
    (x * x).backward()
    assert x.grad.tolist() == [6.0]


def test_long_backward_is_stopped(alarm):
    y = chain(300_000)
    start = time.monotonic()
    alarm(AFTER)
    with pytest.raises(KeyboardInterrupt):
        while True:
            y.backward(retain_graph=True)
    assert time.monotonic() - start < AFTER + WITHIN


def test_handler_that_does_not_raise(big, alarm):
    expected = (big > 0.3).sum().item()
    rang = []
    alarm(0.02, lambda *_: rang.append(True))
    total = 0
    while not rang:
        total = (big > 0.3).sum().item()
    assert total == expected


def test_handler_with_an_exception_of_its_own(big, alarm):
    class Enough(Exception):
        pass

    def enough(*_):
        raise Enough

    alarm(AFTER, enough)
    with pytest.raises(Enough):
        while True:
            big.erfinv()


def test_gradients_are_whole_or_absent(alarm):
    x = sg.rand(N >> 3).requires_grad_()
    alarm(0.05)
    with pytest.raises(KeyboardInterrupt):
        while True:
            x.grad = None
            y = x.exp().exp().exp().sum()
            y.backward()
    assert x.grad is None or bool((x.grad > 0).all())


PROGRAM = """
import synapgrad as sg
a = sg.tensor([[1.0]]).expand(6000, 6000).contiguous()
print("ready", flush=True)
try:
    while True:
        a @ a
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_ctrl_c_from_outside():
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        taken = time.monotonic() - sent
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stdout.close()
    assert taken < WITHIN, f"took {taken:.2f} s"
