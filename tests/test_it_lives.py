"""The first test to run: in a second or two it says whether there is anything to test at all."""

import synapgrad
from synapgrad import nn, optim


def test_a_gradient_flows():
    x = synapgrad.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0, 6.0]


def test_a_step_goes_downhill():
    synapgrad.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x, y = synapgrad.tensor([[1.0, 2.0], [3.0, -1.0]]), synapgrad.tensor([[1.0], [0.0]])
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        loss = nn.MSELoss()(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[1] < losses[0]
