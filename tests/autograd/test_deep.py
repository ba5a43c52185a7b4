"""Graphs that are very deep or very wide run backward and are freed."""

import threading

import synapgrad as sg


def test_a_chain_of_a_million_additions():
    x = sg.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(1_000_000):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]
    del y


def test_a_chain_that_is_freed_without_backward():
    y = sg.tensor([1.0], requires_grad=True)
    for _ in range(300_000):
        y = y * 1.0
    del y


def test_ten_thousand_inputs_of_one_stack():
    xs = [sg.tensor([float(i)], requires_grad=True) for i in range(10_000)]
    y = sg.stack(xs)
    (y * y).sum().backward()
    assert all(x.grad.tolist() == [2.0 * i] for i, x in enumerate(xs))


def test_one_tensor_used_ten_thousand_times():
    x = sg.tensor([2.0], requires_grad=True)
    y = x * 0.0
    for _ in range(10_000):
        y = y + x
    y.backward()
    assert x.grad.tolist() == [10_000.0]


def test_a_ladder_is_walked_once_per_node():
    # 2^200 ways lead from the end to the beginning.
    x = sg.tensor([1.0], requires_grad=True)
    y = x
    for _ in range(200):
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_a_deep_graph_in_a_thread_with_a_small_stack():
    failures = []

    def work():
        try:
            x = sg.tensor([1.0], requires_grad=True)
            y = x
            for _ in range(100_000):
                y = y + 1
            y.backward()
        except BaseException as error:
            failures.append(error)

    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert not failures


def test_threads_with_graphs_of_their_own_and_with_one_in_common():
    w = sg.tensor([1.0, 2.0], requires_grad=True)
    shared = w * w
    ones = sg.tensor([1.0, 1.0])
    failures = []

    def work():
        try:
            for _ in range(200):
                shared.backward(ones, retain_graph=True)
                x = sg.tensor([3.0], requires_grad=True)
                (x * x).backward()
                assert x.grad.tolist() == [6.0]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert w.grad.tolist() == [1600.0, 3200.0]
