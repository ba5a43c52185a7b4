"""Schedules beside torch's, step by step: rates, momentum, state_dict, warnings, errors."""

import copy
import inspect
import warnings

import pytest
from helpers import LIBRARIES, plain, same, same_error

import synapgrad

#: (class, options): every option of every schedule.
SCHEDULES = [
    ("StepLR", {"step_size": 7}),
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [5, 12, 12, 31]}),
    ("MultiStepLR", {"milestones": [0, 20], "gamma": 0.5}),
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.7, "total_iters": 13}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.9, "end_factor": 0.1, "total_iters": 30}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 30, "power": 2.5}),
    ("CosineAnnealingLR", {"T_max": 9}),
    ("CosineAnnealingLR", {"T_max": 50, "eta_min": 0.01}),
    ("CosineAnnealingWarmRestarts", {"T_0": 7}),
    ("CosineAnnealingWarmRestarts", {"T_0": 4, "T_mult": 2, "eta_min": 0.02}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 1 / (1 + epoch), lambda epoch: epoch // 10]}),
    ("MultiplicativeLR", {"lr_lambda": lambda epoch: 0.9 if epoch % 3 else 1.1}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 7}),
    ("CyclicLR", {"base_lr": [0.01, 0.2], "max_lr": [0.1, 0.9], "step_size_up": 4, "step_size_down": 9}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "mode": "triangular2"}),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "mode": "exp_range", "gamma": 0.97}),
    (
        "CyclicLR",
        {
            "base_lr": 0.01,
            "max_lr": 0.1,
            "step_size_up": 5,
            "scale_fn": lambda x: 1 / (2 + x),
            "scale_mode": "iterations",
            "base_momentum": 0.5,
            "max_momentum": 0.6,
        },
    ),
    ("CyclicLR", {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "cycle_momentum": False}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 60}),
    ("OneCycleLR", {"max_lr": [0.5, 0.1], "epochs": 6, "steps_per_epoch": 10, "anneal_strategy": "linear"}),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 60, "three_phase": True, "pct_start": 0.2}),
    (
        "OneCycleLR",
        {
            "max_lr": 0.5,
            "total_steps": 60,
            "div_factor": 5.0,
            "final_div_factor": 10.0,
            "base_momentum": 0.6,
            "max_momentum": [0.8, 0.7],
        },
    ),
    ("OneCycleLR", {"max_lr": 0.5, "total_steps": 60, "cycle_momentum": False}),
]
#: Their rates can be computed without those before.
CLOSED = (
    "StepLR",
    "MultiStepLR",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "PolynomialLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
)
NAMES = sorted({name for name, _ in SCHEDULES} | {"ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"})
EPOCHS = 55


def optimizer_of(lib, optim, kind="SGD"):
    params = [lib.ones(1, requires_grad=True), lib.ones(2, requires_grad=True)]
    options = {"momentum": 0.9} if kind == "SGD" else {}
    return getattr(optim, kind)(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.3}], lr=0.5, **options
    )


def watch(optimizer, scheduler, epochs=EPOCHS, metrics=None):
    """What the groups hold after each epoch."""
    seen = []
    for epoch in range(epochs):
        seen.append(
            [[group["lr"], group.get("momentum"), group.get("betas")] for group in optimizer.param_groups]
        )
        seen.append(scheduler.get_last_lr())
        optimizer.step()
        scheduler.step(*([] if metrics is None else [metrics[epoch]]))
    return seen


def close(program):
    """Run with both libraries; the rates are equal to the last digits of a double."""
    ours, theirs = (numbers(plain(program(*library))) for library in LIBRARIES)
    assert ours == pytest.approx(theirs, rel=1e-13, abs=1e-15)


def numbers(value) -> list:
    """The numbers of nested lists in a row; what is none is compared as it is."""
    if isinstance(value, (list, tuple)):
        return [number for item in value for number in numbers(item)]
    return [hash(str(value)) % 10**9 if value is None or isinstance(value, str) else value]


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_rates(name, options, kind):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim, kind)
        return watch(optimizer, getattr(optim.lr_scheduler, name)(optimizer, **options))

    close(program)


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_state_dict(name, options):
    """The keys are torch's, and a scheduler goes on from a state, also from one of torch's."""

    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = getattr(optim.lr_scheduler, name)(optimizer, **options)
        watch(optimizer, scheduler, 8)
        state = copy.deepcopy(scheduler.state_dict())
        keys = sorted(set(state) - {"_scale_fn_ref"})  # torch's loading takes keys out of a state
        twin_optimizer = optimizer_of(lib, optim)
        twin = getattr(optim.lr_scheduler, name)(twin_optimizer, **options)
        twin_optimizer.load_state_dict(optimizer.state_dict())
        twin.load_state_dict(state)
        return keys, watch(twin_optimizer, twin, 20)

    ours, theirs = (program(*library) for library in LIBRARIES)
    assert ours[0] == theirs[0]
    assert numbers(ours[1]) == pytest.approx(numbers(theirs[1]), rel=1e-13, abs=1e-15)

    optimizers = [optimizer_of(lib, optim) for lib, _, optim in LIBRARIES]
    schedulers = [
        getattr(optim.lr_scheduler, name)(optimizer, **options)
        for optimizer, (_, _, optim) in zip(optimizers, LIBRARIES)
    ]
    watch(optimizers[1], schedulers[1], 8)
    schedulers[0].load_state_dict(copy.deepcopy(schedulers[1].state_dict()))
    for mine, judge in zip(optimizers[0].param_groups, optimizers[1].param_groups):
        mine.update({key: value for key, value in judge.items() if key != "params"})
    rates = [watch(optimizer, scheduler, 20) for optimizer, scheduler in zip(optimizers, schedulers)]
    assert numbers(rates[0]) == pytest.approx(numbers(rates[1]), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_resuming(name, options):
    """A new scheduler goes on after ``last_epoch``."""

    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = getattr(optim.lr_scheduler, name)(optimizer, **options)
        watch(optimizer, scheduler, 11)
        again = getattr(optim.lr_scheduler, name)(optimizer, **options, last_epoch=10)
        return [again.last_epoch, watch(optimizer, again, 20)]

    close(program)


@pytest.mark.parametrize(("name", "options"), [row for row in SCHEDULES if row[0] in CLOSED])
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_step_to_an_epoch(name, options):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = getattr(optim.lr_scheduler, name)(optimizer, **options)
        optimizer.step()
        seen = []
        for epoch in (3, 17, 4, 30, 29, 0):
            scheduler.step(epoch)
            seen.append([scheduler.last_epoch, scheduler.get_last_lr()])
        return seen

    close(program)


@pytest.mark.parametrize(
    ("name", "options"), [row for row in SCHEDULES if row[0] in CLOSED and "WarmRestarts" not in row[0]]
)
def test_a_group_that_joins_later_is_taken_along(name, options):
    if options.get("T_max", 20) < 10:
        pytest.skip("where the wave begins anew, torch does not know how high")

    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = getattr(optim.lr_scheduler, name)(optimizer, **options)
        first = watch(optimizer, scheduler, 2)
        optimizer.add_param_group({"params": [lib.ones(3)], "lr": 0.2})
        return [first, watch(optimizer, scheduler, 8)]

    close(program)


def test_a_wave_begins_anew_at_the_rate_with_which_a_group_came():
    optimizer = optimizer_of(synapgrad, synapgrad.optim)
    scheduler = synapgrad.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
    optimizer.add_param_group({"params": [synapgrad.ones(3)], "lr": 0.2})
    rates = watch(optimizer, scheduler, 17)[1::2]
    assert rates[4] == pytest.approx([0, 0, 0], abs=1e-15)
    for epoch in (8, 16):
        assert rates[epoch] == pytest.approx([0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("name", "options"), [("CosineAnnealingWarmRestarts", {"T_0": 5}), ("LambdaLR", {"lr_lambda": float})]
)
def test_a_group_that_cannot_be_taken_along(name, options):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = getattr(optim.lr_scheduler, name)(optimizer, **options)
        optimizer.add_param_group({"params": [lib.ones(3)], "lr": 0.2})
        scheduler.step()

    same_error(program, "")


def test_parts_of_an_epoch():
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        schedulers = optim.lr_scheduler
        scheduler = schedulers.CosineAnnealingWarmRestarts(optimizer, T_0=3, T_mult=2)
        seen = []
        for i in range(70):
            scheduler.step(i / 4)
            seen.append([scheduler.get_last_lr(), scheduler.T_cur, scheduler.T_i, scheduler.last_epoch])
        return seen

    close(program)


METRICS = [
    1.0,
    0.9,
    0.9,
    0.91,
    0.9,
    0.92,
    0.5,
    0.49999,
    0.6,
    0.6,
    0.6,
    0.6,
    float("nan"),
    0.6,
    0.6,
    0.1,
    0.6,
] * 4


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 1},
        {"mode": "max", "patience": 2, "factor": 0.5},
        {"patience": 0, "threshold": 0.2, "threshold_mode": "abs", "cooldown": 2},
        {"mode": "max", "patience": 1, "threshold_mode": "abs", "threshold": 0.05},
        {"patience": 0, "factor": 0.5, "min_lr": 0.1},
        {"patience": 0, "factor": 0.5, "min_lr": [0.2, 0.01], "eps": 0.05},
    ],
)
def test_plateau(options):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        first = watch(optimizer, scheduler, 20, [lib.tensor(m) for m in METRICS])
        twin = optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        twin.load_state_dict(scheduler.state_dict())
        return [first, watch(optimizer, twin, 40, METRICS[20:]), sorted(twin.state_dict()), twin.in_cooldown]

    close(program)


def several(lib, optim, optimizer, how):
    s = optim.lr_scheduler
    if how == "warm-up":
        parts = [s.LinearLR(optimizer, 0.1, total_iters=5), s.CosineAnnealingLR(optimizer, 20)]
        return s.SequentialLR(optimizer, parts, milestones=[5])
    if how == "three":
        parts = [s.ConstantLR(optimizer, 0.5), s.ExponentialLR(optimizer, 0.9), s.StepLR(optimizer, 3)]
        return s.SequentialLR(optimizer, parts, milestones=[4, 15])
    if how == "chained":
        parts = [
            s.ConstantLR(optimizer, 0.1, 4),
            s.ExponentialLR(optimizer, 0.9),
            s.MultiStepLR(optimizer, [6, 9]),
        ]
        return s.ChainedScheduler(parts, optimizer=optimizer)
    inner = s.ChainedScheduler([s.ExponentialLR(optimizer, 0.8), s.ConstantLR(optimizer, 0.5, 3)])
    return s.SequentialLR(optimizer, [inner, s.CosineAnnealingWarmRestarts(optimizer, 5)], milestones=[8])


@pytest.mark.parametrize("how", ["warm-up", "three", "chained", "nested"])
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_several(how):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = several(lib, optim, optimizer, how)
        first = watch(optimizer, scheduler, 12)
        twin_optimizer = optimizer_of(lib, optim)
        twin = several(lib, optim, twin_optimizer, how)
        twin_optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        twin.load_state_dict(copy.deepcopy(scheduler.state_dict()))
        return [first, watch(twin_optimizer, twin, 40), sorted(twin.state_dict())]

    close(program)


def test_tensor_learning_rates_are_changed_in_place():
    def program(lib, nn, optim):
        optimizer = optim.SGD([lib.ones(1)], lr=lib.tensor(0.5))
        lr = optimizer.param_groups[0]["lr"]
        scheduler = optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
        first = scheduler.get_last_lr()
        for _ in range(5):
            optimizer.step()
            scheduler.step()
        return [lr.item(), optimizer.param_groups[0]["lr"] is lr, first, scheduler.get_last_lr()]

    same(program)


def test_callable_objects_are_saved():
    class Decay:
        def __init__(self, base):
            self.base = base

        def __call__(self, epoch):
            return self.base**epoch

    def program(lib, nn, optim):
        optimizer = optim.SGD([lib.ones(1)], lr=1.0)
        state = optim.lr_scheduler.LambdaLR(optimizer, Decay(0.5)).state_dict()
        twin = optim.lr_scheduler.LambdaLR(optimizer, Decay(0.1))
        twin.load_state_dict(state)
        optimizer.step()
        twin.step()
        cyclic = optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0, scale_fn=Decay(0.5), cycle_momentum=False)
        return [state["lr_lambdas"], twin.get_last_lr(), cyclic.state_dict()["_scale_fn_custom"]]

    same(program)


def messages(program):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        program()
    return [(w.category, str(w.message)) for w in caught]


def test_warnings():
    for lib, _, optim in LIBRARIES:
        optimizer = optimizer_of(lib, optim)
        scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        ((category, text),) = messages(scheduler.step)
        assert category is UserWarning and "`lr_scheduler.step()` before `optimizer.step()`" in text
        assert messages(scheduler.step) == []
        ((category, text),) = messages(scheduler.get_lr)
        assert category is UserWarning and "get_last_lr()" in text
        ((category, text),) = messages(lambda scheduler=scheduler: scheduler.step(3))
        assert category is UserWarning and "epoch parameter" in text

        optimizer = optimizer_of(lib, optim)
        scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
        optimizer.step()
        assert messages(scheduler.step) == []


def test_a_step_before_the_schedule_does_not_count():
    for lib, _, optim in LIBRARIES:
        optimizer = optimizer_of(lib, optim)
        optimizer.step()
        assert len(messages(optim.lr_scheduler.ExponentialLR(optimizer, 0.9).step)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_signatures(name):
    ours, theirs = (
        [(p.name, p.kind, p.default) for p in inspect.signature(cls.__init__).parameters.values()]
        for cls in (getattr(optim.lr_scheduler, name) for _, _, optim in LIBRARIES)
    )
    assert ours == theirs


REFUSED = [
    ("ConstantLR", {"factor": 1.5}, "between 0 and 1"),
    ("LinearLR", {"start_factor": 0.0}, "greater than 0"),
    ("LinearLR", {"end_factor": 2.0}, "between 0 and 1"),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}, "positive integer T_0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 0}, "T_mult >= 1"),
    ("CosineAnnealingWarmRestarts", {"T_0": 1, "eta_min": "low"}, "eta_min"),
    ("LambdaLR", {"lr_lambda": [abs]}, "Expected 2 lr_lambdas, but got 1"),
    ("MultiplicativeLR", {"lr_lambda": 0.5}, "lr_lambda should be a function"),
    ("ReduceLROnPlateau", {"factor": 1.0}, "Factor should be < 1.0"),
    ("ReduceLROnPlateau", {"mode": "least"}, "mode least is unknown"),
    ("ReduceLROnPlateau", {"threshold_mode": "least"}, "threshold mode least is unknown"),
    ("ReduceLROnPlateau", {"min_lr": [0.1]}, "expected 2 min_lrs, got 1"),
    ("CyclicLR", {"base_lr": [0.1], "max_lr": 1.0}, "base_lr must have the same length"),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "mode": "square"}, "mode is invalid"),
    ("OneCycleLR", {"max_lr": 1.0}, "You must define either total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 0}, "positive integer total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 1, "steps_per_epoch": 0.5}, "positive integer steps_per_epoch"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "pct_start": 2.0}, "between 0 and 1 pct_start"),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "anneal_strategy": "sin"}, "anneal_strategy"),
    ("StepLR", {"step_size": 3, "last_epoch": 4}, "param 'initial_lr' is not specified in param_groups[0]"),
    ("SequentialLR", {"schedulers": [], "milestones": []}, "expects at least one scheduler"),
    ("SequentialLR", {"schedulers": [5], "milestones": []}, "should have `optimizer`"),
]


@pytest.mark.parametrize(("name", "options", "fragment"), REFUSED)
def test_refusals(name, options, fragment):
    same_error(
        lambda lib, nn, optim: getattr(optim.lr_scheduler, name)(optimizer_of(lib, optim), **options),
        fragment,
    )


@pytest.mark.parametrize(
    ("program", "fragment"),
    [
        (lambda lib, s, o: s.StepLR("no optimizer", 3), "str is not an Optimizer"),
        (lambda lib, s, o: s.ReduceLROnPlateau(5), "int is not an Optimizer"),
        (lambda lib, s, o: s.ChainedScheduler([]), "expects at least one scheduler"),
        (
            lambda lib, s, o: s.SequentialLR(o, [s.StepLR(o, 1)], milestones=[3]),
            "Sequential Schedulers expects number of schedulers",
        ),
        (lambda lib, s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]), "ReduceLROnPlateau"),
        (
            lambda lib, s, o: s.ChainedScheduler([s.StepLR(o, 1), s.StepLR(optimizer_of(lib, lib.optim), 1)]),
            "to belong to the same optimizer",
        ),
        (
            lambda lib, s, o: s.CyclicLR(lib.optim.Adagrad([lib.ones(1)]), 0.1, 1.0),
            "optimizer must support momentum",
        ),
        (
            lambda lib, s, o: watch(o, s.OneCycleLR(o, 1.0, total_steps=3), 5),
            "Tried to step 4 times",
        ),
        (lambda lib, s, o: s.CosineAnnealingWarmRestarts(o, 3).step(-1), "non-negative epoch"),
    ],
)
def test_other_refusals(program, fragment):
    same_error(lambda lib, nn, optim: program(lib, optim.lr_scheduler, optimizer_of(lib, optim)), fragment)


def test_what_would_divide_by_zero_is_refused_at_once():
    optimizer = optimizer_of(synapgrad, synapgrad.optim)
    with pytest.raises(ValueError, match="step_size"):
        synapgrad.optim.lr_scheduler.StepLR(optimizer, 0)
    with pytest.raises(ValueError, match="T_max"):
        synapgrad.optim.lr_scheduler.CosineAnnealingLR(optimizer, 0)


# Averages of weights


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 12])
def test_swalr(strategy, epochs):
    def program(lib, nn, optim):
        optimizer = optimizer_of(lib, optim)
        scheduler = optim.swa_utils.SWALR(optimizer, [0.05, 0.9], epochs, strategy)
        return [watch(optimizer, scheduler, 20), sorted(set(scheduler.state_dict()) - {"anneal_func"})]

    close(program)


def averaged(lib, nn, optim, **options):
    model = nn.Linear(2, 2)
    model.register_buffer("count", lib.tensor([2.0]))
    average = optim.swa_utils.AveragedModel(model, **options)
    seen = []
    for step in range(4):
        with lib.no_grad():
            for p in model.parameters():
                p.fill_(2.0**step)
            model.count.add_(1)
        average.update_parameters(model)
        seen.append([value.tolist() for value in average.state_dict().values()])
    return [seen, list(average.state_dict()), average(lib.ones(2)).detach()]


def test_averaged_model():
    same(averaged, approximately=True)
    same(lambda lib, nn, optim: averaged(lib, nn, optim, use_buffers=True), approximately=True)
    for name in ("ema_avg_fn", "swa_avg_fn", "ema_multi_avg_fn", "swa_multi_avg_fn"):

        def program(lib, nn, optim, name=name):
            make = getattr(optim.swa_utils, f"get_{name}")
            option = "multi_avg_fn" if "multi" in name else "avg_fn"
            return averaged(lib, nn, optim, **{option: make(0.7) if "ema" in name else make()})

        same(program, approximately=True)
    same_error(lambda lib, nn, optim: optim.swa_utils.get_ema_avg_fn(1.5), "Invalid decay value 1.5")
    same_error(
        lambda lib, nn, optim: optim.swa_utils.AveragedModel(nn.Linear(1, 1), avg_fn=max, multi_avg_fn=max),
        "Only one of avg_fn and multi_avg_fn",
    )


def test_update_bn():
    def program(lib, nn, optim):
        if not hasattr(nn, "BatchNorm1d"):
            pytest.skip("no batch normalisation")
        model = nn.Sequential(nn.BatchNorm1d(2, momentum=0.3), nn.Linear(2, 1)).eval()
        batches = [(lib.arange(6.0).reshape(3, 2) * i, None) for i in (1, 2, 5)]
        optim.swa_utils.update_bn(batches, model)
        return [model.state_dict()["0.running_mean"], model[0].momentum, model.training]

    same(program, approximately=True)
