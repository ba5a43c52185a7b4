"""What the cases have in common; crates/synapgrad/tests/parity/main.rs has the same."""

import synapgrad
from synapgrad import nn


def normal(*shape):
    """Random numbers whose gradient is wanted."""
    return synapgrad.randn(shape, requires_grad=True)


def layer(module, shape):
    """The output of a layer for a random input of `shape`; see `passed`."""
    dtype = next((p.dtype for p in module.parameters()), synapgrad.float32)
    x = synapgrad.randn(shape, dtype=dtype, requires_grad=True)
    output = module(x)
    return passed(module, [x], output[0] if isinstance(output, tuple) else output)


def settled(module, shape):
    """`layer` in evaluation, after it has seen another input in training."""
    module(synapgrad.randn(shape))
    return layer(module.eval(), shape)


def passed(module, inputs, *outputs):
    """Inputs and outputs; parameters, buffers and gradients after a backward pass from all outputs, randomly
    weighted."""
    weights = [synapgrad.randn(output.shape, dtype=output.dtype) for output in outputs]
    synapgrad.autograd.backward(outputs, weights)
    numbers = {f"output {i}": output for i, output in enumerate(outputs)}
    for i, x in enumerate(inputs):
        numbers[f"input {i}"] = x
        if x.grad is not None:
            numbers[f"input {i}.grad"] = x.grad
    return {**numbers, **state(module)}


def state(module):
    """Parameters with their gradients, and buffers."""
    parameters = dict(module.named_parameters())
    grads = {f"{name}.grad": p.grad for name, p in parameters.items() if p.grad is not None}
    return {**parameters, **grads, **dict(module.named_buffers())}


def perceptron():
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
