"""Ctrl-C stops a long operation soon, and the process lives on."""

import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import time, synapgrad as sg
{setup}
print("ready", flush=True)
start = time.monotonic()
try:
    while True:
        {work}
except KeyboardInterrupt:
    print("interrupted", flush=True)
assert (sg.tensor([1.0, 2.0]) * 2).tolist() == [2.0, 4.0]
x = sg.tensor([3.0], requires_grad=True)
(x * x).backward()
print(x.grad.tolist(), flush=True)
"""

WORK = {
    "a matrix product": (
        "a = sg.tensor([[1.0]]).expand(6000, 6000).contiguous()",
        "a @ a",
    ),
    "pointwise work": ("a = sg.tensor([1.0]).expand(50_000_000).contiguous()", "a.erfinv()"),
    "a long backward": (
        """
x = sg.tensor([1.0], requires_grad=True)
y = x
for _ in range(2_000_000):
    y = y + 1
""",
        "y.backward(retain_graph=True)",
    ),
}


@pytest.mark.skipif(sys.platform == "win32", reason="sends a Unix signal")
@pytest.mark.parametrize("name", WORK)
def test_ctrl_c(name):
    setup, work = WORK[name]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(setup=setup, work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        time.sleep(0.5)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        taken = time.monotonic() - sent
        assert process.stdout.readline() == "[6.0]\n"
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
    assert taken < 2.0, f"took {taken:.2f} s"
