"""The number of threads: set for the whole process, at once, and without a trace in the results."""

import subprocess
import sys
import threading

import pytest
import torch

import synapgrad as sg

SETTERS = ["set_num_threads", "set_num_interop_threads"]


@pytest.fixture(autouse=True)
def as_before():
    before = sg.get_num_threads()
    yield
    sg.set_num_threads(before)


@pytest.mark.parametrize("name", SETTERS)
@pytest.mark.parametrize("n", [0, -1, 1.5, True, "a", None, 2**40])
def test_no_number_of_threads(name, n):
    with pytest.raises(Exception) as theirs:
        getattr(torch, name)(n)
    with pytest.raises(theirs.type, match=name):
        getattr(sg, name)(n)


def test_far_more_threads_than_processors():
    sg.set_num_threads(64)
    assert sg.get_num_threads() == 64
    assert sg.ones(1_000_000).exp().sum().item() == pytest.approx(2718281.8, rel=1e-6)


def test_the_number_counts_for_all_threads():
    sg.set_num_threads(3)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(sg.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [3] and sg.get_num_threads() == 3


def results():
    g = sg.Generator().manual_seed(0)
    x = sg.randn(700, 300, generator=g).requires_grad_()
    w = sg.randn(300, 200, generator=g).requires_grad_()
    image = sg.randn(4, 3, 40, 40, generator=g).requires_grad_()
    kernel = sg.randn(8, 3, 3, 3, generator=g).requires_grad_()
    y = (x @ w).tanh().softmax(1)
    z = sg.nn.functional.conv2d(image, kernel, padding=1).relu()
    spoken = sg.randn(30, 40, 20, generator=g).log_softmax(2)
    words = sg.randint(1, 20, (40, 9), generator=g)
    lengths = [sg.full((40,), n, dtype=sg.int64) for n in (30, 9)]
    loss = sg.nn.functional.ctc_loss(spoken, words, *lengths, reduction="none")
    total = y.std() + z.mean() + x.cumsum(0).mean() + x.sort(0)[0][:9].sum() + x.exp().sum()
    total.backward()
    return [
        t.detach().tolist() for t in (total, y, z, loss, x.grad, w.grad, image.grad, kernel.grad, x.sum(0))
    ]


def test_results_do_not_depend_on_the_number():
    expected = None
    for n in (1, 2, 3, 7):
        sg.set_num_threads(n)
        got = results()
        assert expected is None or got == expected, f"with {n} threads"
        expected = got


def test_the_number_may_change_while_others_compute():
    x = sg.randn(400, 1000)
    expected = x.exp().sum(0).tolist()
    done, wrong = threading.Event(), []

    def compute():
        while not done.is_set():
            if x.exp().sum(0).tolist() != expected:
                wrong.append(sg.get_num_threads())

    threads = [threading.Thread(target=compute) for _ in range(2)]
    [thread.start() for thread in threads]
    for n in [1, 2, 4, 3] * 10:
        sg.set_num_threads(n)
        assert x.exp().sum(0).tolist() == expected
    done.set()
    [thread.join() for thread in threads]
    assert not wrong


def test_between_operations():
    code = """if True:
        import synapgrad as sg
        assert sg.get_num_interop_threads() >= 1
        sg.set_num_interop_threads(2)
        assert sg.get_num_interop_threads() == 2
        try:
            sg.set_num_interop_threads(3)
        except RuntimeError as error:
            assert "set_num_interop_threads" in str(error)
        else:
            raise AssertionError
    """
    subprocess.run([sys.executable, "-c", code], check=True)
