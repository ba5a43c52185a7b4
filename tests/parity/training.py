"""First values, data, optimizers and schedules."""

import synapgrad
from synapgrad import nn, optim
from synapgrad.datasets import make_blobs, make_circles, make_moons
from synapgrad.nn import init
from synapgrad.optim import lr_scheduler as lr
from synapgrad.optim.swa_utils import SWALR
from synapgrad.utils.data import DataLoader, TensorDataset, random_split

from .cases import perceptron, state


def filled(shape, fill):
    return {"tensor": fill(synapgrad.empty(shape))}


def gains():
    names = ["linear", "sigmoid", "tanh", "relu", ("leaky_relu", 0.2), "selu"]
    numbers = [init.calculate_gain(*([name] if isinstance(name, str) else name)) for name in names]
    return {"gains": synapgrad.tensor(numbers, dtype=synapgrad.float64)}


def points(both):
    return dict(zip("xy", both))


def loaded():
    """The samples in the order in which some epochs go through them."""
    first, second = random_split(TensorDataset(synapgrad.arange(20)), [13, 7])
    loaders = [DataLoader(part, batch_size=4, shuffle=True) for part in (first, first, second)]
    return {f"epoch {i}": synapgrad.cat([x for (x,) in loader]) for i, loader in enumerate(loaders)}


def moons():
    """40 points of the two moons, and their classes as numbers."""
    x, y = make_moons(40, noise=0.1)
    return x, y.float().unsqueeze(1)


def trained(optimizer, **options):
    """A perceptron after two epochs on the two moons, and the losses on the way."""
    x, y = moons()
    model = perceptron()
    optimizer = optimizer(model.parameters(), **options)
    losses = []
    for batch, target in [*zip(x.split(8), y.split(8))] * 2:
        optimizer.zero_grad()
        value = nn.MSELoss()(model(batch), target)
        value.backward()
        optimizer.step()
        losses.append(value.detach())
    return {"losses": synapgrad.stack(losses), **state(model)}


def fitted(**options):
    """The same with an optimizer that asks for the loss as often as it likes."""
    x, y = moons()
    model = perceptron()
    optimizer = optim.LBFGS(model.parameters(), **options)

    def closure():
        model.zero_grad()
        value = nn.MSELoss()(model(x), y)
        value.backward()
        return value

    losses = [float(optimizer.step(closure)) for _ in range(3)]
    return {"losses": synapgrad.tensor(losses, dtype=synapgrad.float64), **state(model)}


def rates(schedule):
    """The rates of 12 epochs."""
    optimizer = optim.SGD([synapgrad.ones(1, requires_grad=True)], lr=0.5)
    scheduler = schedule(optimizer)
    numbers = []
    for _ in range(12):
        numbers.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return {"rates": synapgrad.tensor(numbers, dtype=synapgrad.float64)}


def plateau(**options):
    """The rates after each of some metrics."""
    optimizer = optim.SGD([synapgrad.ones(1, requires_grad=True)], lr=0.5)
    scheduler = lr.ReduceLROnPlateau(optimizer, **options)
    numbers = []
    for metric in [0.5, 0.6, 0.62, 0.62, 0.4, 0.4, 0.39, 0.8, 0.8, 0.3, 0.3, 0.3]:
        scheduler.step(metric)
        numbers.append(optimizer.param_groups[0]["lr"])
    return {"rates": synapgrad.tensor(numbers, dtype=synapgrad.float64)}


def cyclic(optimizer, **options):
    return lr.CyclicLR(optimizer, 0.1, 0.6, 2, 3, cycle_momentum=False, **options)


def two(optimizer):
    return [lr.ConstantLR(optimizer, 0.2, 3), lr.ExponentialLR(optimizer, 0.9)]


CASES = {
    # First values
    "init.uniform_": lambda: filled((4, 5, 3), lambda t: init.uniform_(t, -1.0, 2.0)),
    "init.normal_": lambda: filled((4, 5, 3), lambda t: init.normal_(t, 1.0, 2.0)),
    "init.trunc_normal_": lambda: filled((4, 5, 3), lambda t: init.trunc_normal_(t, 0.5, 2.0, -1.0, 1.5)),
    "init.constant_": lambda: filled((4, 5, 3), lambda t: init.constant_(t, 0.3)),
    "init.ones_": lambda: filled((4, 5, 3), init.ones_),
    "init.zeros_": lambda: filled((4, 5, 3), init.zeros_),
    "init.eye_": lambda: filled((4, 5), init.eye_),
    "init.dirac_": lambda: filled((6, 2, 3, 3), lambda t: init.dirac_(t, 2)),
    "init.xavier_uniform_": lambda: filled((4, 5, 3), lambda t: init.xavier_uniform_(t, 1.5)),
    "init.xavier_normal_": lambda: filled((4, 5, 3), lambda t: init.xavier_normal_(t, 1.5)),
    "init.kaiming_uniform_": lambda: filled((4, 5, 3), lambda t: init.kaiming_uniform_(t, 0.1)),
    "init.kaiming_normal_": lambda: filled(
        (4, 5, 3), lambda t: init.kaiming_normal_(t, 0, "fan_out", "relu")
    ),
    "init.orthogonal_": lambda: filled((4, 5, 3), lambda t: init.orthogonal_(t, 1.5)),
    "init.orthogonal_, more rows": lambda: filled((7, 3), init.orthogonal_),
    "init.sparse_": lambda: filled((7, 4), lambda t: init.sparse_(t, 0.4, 0.1)),
    "init.calculate_gain": gains,
    # Data
    "make_moons": lambda: points(make_moons(30, noise=0.1)),
    "make_circles": lambda: points(make_circles((15, 16), noise=0.1, factor=0.5)),
    "make_blobs": lambda: points(make_blobs(31, cluster_std=[1.0, 0.5, 2.0])),
    "make_blobs, centers": lambda: points(
        make_blobs([4, 5], centers=[[0.0, 1.0, 2.0], [3.0, 2.0, 1.0]], shuffle=False)
    ),
    "DataLoader": loaded,
    # Optimizers
    "SGD": lambda: trained(optim.SGD, lr=0.1),
    "SGD with momentum": lambda: trained(optim.SGD, lr=0.05, momentum=0.9, weight_decay=0.01, nesterov=True),
    "SGD with dampening": lambda: trained(optim.SGD, lr=0.05, momentum=0.9, dampening=0.5, maximize=True),
    "Adam": lambda: trained(optim.Adam),
    "Adam, amsgrad": lambda: trained(optim.Adam, lr=0.01, weight_decay=0.1, amsgrad=True),
    "AdamW": lambda: trained(optim.AdamW, lr=0.01, betas=(0.8, 0.95)),
    "Adamax": lambda: trained(optim.Adamax, lr=0.01, weight_decay=0.1),
    "NAdam": lambda: trained(optim.NAdam, lr=0.01, weight_decay=0.1, decoupled_weight_decay=True),
    "RAdam": lambda: trained(optim.RAdam, lr=0.01, weight_decay=0.1, betas=(0.9, 0.9)),
    "RMSprop": lambda: trained(optim.RMSprop),
    "RMSprop, centered": lambda: trained(optim.RMSprop, momentum=0.9, centered=True, weight_decay=0.1),
    "Adagrad": lambda: trained(optim.Adagrad, lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5),
    "Adadelta": lambda: trained(optim.Adadelta, rho=0.8, weight_decay=0.1),
    "ASGD": lambda: trained(optim.ASGD, lr=0.1, t0=2.0, weight_decay=0.1),
    "Rprop": lambda: trained(optim.Rprop, etas=(0.4, 1.3)),
    "LBFGS": lambda: fitted(lr=0.5, max_iter=4, history_size=3),
    "LBFGS, strong_wolfe": lambda: fitted(max_iter=5, line_search_fn="strong_wolfe"),
    # Schedules
    "StepLR": lambda: rates(lambda o: lr.StepLR(o, 3, 0.7)),
    "MultiStepLR": lambda: rates(lambda o: lr.MultiStepLR(o, [2, 5, 5], 0.3)),
    "ConstantLR": lambda: rates(lambda o: lr.ConstantLR(o, 0.3, 4)),
    "LinearLR": lambda: rates(lambda o: lr.LinearLR(o, 0.2, 0.9, 7)),
    "ExponentialLR": lambda: rates(lambda o: lr.ExponentialLR(o, 0.9)),
    "PolynomialLR": lambda: rates(lambda o: lr.PolynomialLR(o, 9, 1.7)),
    "CosineAnnealingLR": lambda: rates(lambda o: lr.CosineAnnealingLR(o, 5, 0.01)),
    "CosineAnnealingWarmRestarts": lambda: rates(lambda o: lr.CosineAnnealingWarmRestarts(o, 3, 2, 0.01)),
    "OneCycleLR": lambda: rates(
        lambda o: lr.OneCycleLR(
            o, 0.7, 12, pct_start=0.4, div_factor=20.0, final_div_factor=1e3, cycle_momentum=False
        )
    ),
    "CyclicLR": lambda: rates(cyclic),
    "CyclicLR, triangular2": lambda: rates(lambda o: cyclic(o, mode="triangular2")),
    "CyclicLR, exp_range": lambda: rates(lambda o: cyclic(o, mode="exp_range", gamma=0.9)),
    "SWALR": lambda: rates(lambda o: SWALR(o, 0.05, 7)),
    "LambdaLR": lambda: rates(lambda o: lr.LambdaLR(o, lambda epoch: 1.0 / (1.0 + epoch))),
    "MultiplicativeLR": lambda: rates(lambda o: lr.MultiplicativeLR(o, lambda epoch: 1.0 / (1.0 + epoch))),
    "SequentialLR": lambda: rates(lambda o: lr.SequentialLR(o, two(o), [4])),
    "ChainedScheduler": lambda: rates(lambda o: lr.ChainedScheduler(two(o))),
    "ReduceLROnPlateau": lambda: plateau(factor=0.6, patience=1, cooldown=1),
    "ReduceLROnPlateau, max": lambda: plateau(
        mode="max", patience=0, threshold=0.05, threshold_mode="abs", min_lr=0.02
    ),
}
