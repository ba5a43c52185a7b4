"""The examples in JAX: the whole step is one compiled function."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def dense(x, weight, bias):
    return x @ weight.T + bias


def convolution(x, weight, bias):
    """3 × 3, as large as the input; the channels come last, as is usual in JAX."""
    numbers = ("NHWC", "OIHW", "NHWC")
    return jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=numbers) + bias


def batch_norm(x, weight, bias, running):
    """The normalised batch, and the running mean and variance."""
    axes = tuple(range(x.ndim - 1))
    count = x.size // x.shape[-1]
    mean, variance = x.mean(axes), x.var(axes)
    found = jnp.stack([mean, variance * count / (count - 1)])
    running = 0.9 * running + 0.1 * jax.lax.stop_gradient(found)
    return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * weight + bias, running


def dropout(key, x, p):
    return jnp.where(jax.random.bernoulli(key, 1 - p, x.shape), x / (1 - p), 0.0) if p else x


def max_pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def negative_log_likelihood(logarithms, y):
    return -jnp.take_along_axis(logarithms, y[:, None], axis=1).mean()


# Each example is its loss: from the parameters, the running statistics, a key for random numbers, a batch and
# whether there is dropout to the loss and the new statistics.


def moons(parameters, running, key, x, y, dropped):
    w1, b1, w2, b2, w3, b3 = parameters
    h = jax.nn.relu(dense(x, w1, b1))
    h = jax.nn.relu(dense(h, w2, b2))
    return jnp.mean((dense(h, w3, b3) - y) ** 2), running


def mnist_mlp(parameters, running, key, x, y, dropped):
    *blocks, weight, bias = parameters
    h, after = x.reshape(len(x), -1), []
    for i, now in enumerate(jax.random.split(key)):
        w, b, gamma, beta = blocks[4 * i : 4 * i + 4]
        h, statistics = batch_norm(dense(h, w, b), gamma, beta, running[i])
        h = dropout(now, jax.nn.relu(h), 0.2 * dropped)
        after.append(statistics)
    return negative_log_likelihood(jax.nn.log_softmax(dense(h, weight, bias)), y), after


def mnist_cnn(parameters, running, key, x, y, dropped):
    *blocks, weight, bias = parameters
    h, after = x.transpose(0, 2, 3, 1), []
    for i, now in enumerate(jax.random.split(key)):
        w, b, gamma, beta = blocks[4 * i : 4 * i + 4]
        h, statistics = batch_norm(convolution(h, w, b), gamma, beta, running[i])
        h = max_pool(dropout(now, jax.nn.relu(h), 0.3 * dropped))
        after.append(statistics)
    h = h.transpose(0, 3, 1, 2).reshape(len(x), -1)
    return negative_log_likelihood(jax.nn.log_softmax(dense(h, weight, bias)), y), after


# Each optimizer goes from a parameter, its gradient, what it remembers of it, and how many steps there were, to the
# new parameter and the new memory.


def sgd(value, gradient, memory, count):
    return value - 0.1 * gradient, memory


def momentum(value, gradient, memory, count):
    velocity = 0.9 * memory[0] + gradient
    return value - 0.01 * velocity, (velocity, *memory[1:])


def adam(value, gradient, memory, count):
    first, second = 0.9 * memory[0] + 0.1 * gradient, 0.999 * memory[1] + 0.001 * gradient**2
    rate = 0.01 / (1 - 0.9**count)
    return value - rate * first / (jnp.sqrt(second / (1 - 0.999**count)) + 1e-8), (first, second)


EXAMPLES = {
    "moons": (moons, sgd, 0, []),
    "perceptron": (moons, sgd, 0, []),  # only wider
    "mnist_mlp": (mnist_mlp, momentum, 1, [200, 100]),
    "mnist_cnn": (mnist_cnn, adam, 2, [16, 32]),
}


@partial(jax.jit, static_argnames=("example", "dropped"), donate_argnames="state")
def train(example, state, x, y, dropped):
    loss_fn, optimize, _, _ = EXAMPLES[example]
    parameters, memories, running, key, count = state
    now = None
    if key is not None:
        key, now = jax.random.split(key)
    of_parameters = jax.value_and_grad(loss_fn, has_aux=True)
    (loss, running), gradients = of_parameters(parameters, running, now, x, y, dropped)
    pairs = [optimize(*each, count) for each in zip(parameters, gradients, memories)]
    parameters, memories = (list(each) for each in zip(*pairs))
    return loss, (parameters, memories, running, key, None if count is None else count + 1)


class Contestant:
    version = jax.__version__

    def __init__(self, example, problem):
        self.example, self.problem = example, problem
        x, y = np.asarray(problem["x"], dtype=np.float32), np.asarray(problem["y"])
        y = y.astype(np.int32 if example.startswith("mnist") else np.float32)
        first = range(0, len(x), problem["batch"])
        self.batches = [(x[i : i + problem["batch"]], y[i : i + problem["batch"]]) for i in first]

    def reset(self, dropout):
        _, _, memories, channels = EXAMPLES[self.example]
        parameters = [jnp.array(values, jnp.float32) for values in self.problem["parameters"]]
        self.state = (
            parameters,
            [tuple(jnp.zeros_like(value) for _ in range(memories)) for value in parameters],
            [jnp.stack([jnp.zeros(count), jnp.ones(count)]) for count in channels],
            jax.random.key(0) if channels else None,  # only dropout needs random numbers,
            jnp.ones(()) if memories == 2 else None,  # only Adam the number of the step
        )
        self.dropout = dropout

    def step(self, i):
        x, y = self.batches[i]
        loss, self.state = train(self.example, self.state, jnp.asarray(x), jnp.asarray(y), self.dropout)
        return loss

    def finish(self):
        jax.block_until_ready(self.state)
