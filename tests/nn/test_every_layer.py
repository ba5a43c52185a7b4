"""Every layer and every loss beside torch's: dtypes, memory layouts, empty and single samples, second
derivatives, copies, and state_dicts from one library to the other."""

import copy
import io
import pickle
import warnings

import pytest
import torch

import synapgrad


class Of:
    """An input that is not normally distributed: how torch makes one of a shape, and whether it may have a
    gradient."""

    def __init__(self, make, *shape, grad=False):
        self.make, self.shape, self.grad = make, shape, grad


def positive(*shape):
    return Of(lambda shape: torch.rand(shape) * 0.9 + 0.05, *shape, grad=True)


def chances(*shape):
    return Of(torch.rand, *shape)


def signs(*shape):
    return Of(lambda shape: torch.randint(0, 2, shape) * 2.0 - 1, *shape)


def below(n):
    return lambda *shape: Of(lambda shape: torch.randint(0, n, shape), *shape)


def spread(*shape):
    """No two alike and none rounded to another, so that the greatest is the same in every dtype."""
    return Of(lambda shape: torch.randperm(torch.Size(shape).numel()).reshape(shape) / 8.0, *shape, grad=True)


def rows():
    """Name, arguments, options, and lists of inputs: a shape stands for normally distributed numbers."""
    for n in (1, 2, 3):
        image, one, none = (2, 4, 5, 6, 4)[: n + 2], (4, 5, 6, 4)[: n + 1], (0, 4, 5, 6, 4)[: n + 2]
        shapes = [[image], [one], [none]]
        pooled = [[spread(*shape)] for [shape] in shapes]
        yield f"Conv{n}d", (4, 6, 3), dict(stride=2, padding=2, groups=2), shapes
        yield f"Conv{n}d", (4, 2, 2), dict(padding="same", padding_mode="circular", bias=False), shapes
        yield f"ConvTranspose{n}d", (4, 6, 3), dict(stride=2, padding=1, output_padding=1, groups=2), shapes
        yield f"MaxPool{n}d", (3, 2, 1), dict(return_indices=True, ceil_mode=True), pooled
        yield f"AvgPool{n}d", (3, 2, 1), dict(ceil_mode=True, count_include_pad=False), shapes
        yield f"LPPool{n}d", (2, 2), {}, [[positive(*shape)] for [shape] in shapes]
        yield f"AdaptiveAvgPool{n}d", (3,), {}, shapes
        yield f"AdaptiveMaxPool{n}d", (3,), dict(return_indices=True), pooled
        for kind in ("Constant", "Zero", "Reflection", "Replication", "Circular"):
            yield f"{kind}Pad{n}d", (1, 0.5) if kind == "Constant" else (2,), {}, shapes
        yield f"BatchNorm{n}d", (4,), dict(momentum=None), [[image]]
        yield f"BatchNorm{n}d", (4,), dict(affine=False, track_running_stats=False), [[image]]
        yield f"InstanceNorm{n}d", (4,), dict(affine=True, track_running_stats=True), [[image], [one]]
        yield f"Dropout{n}d", (0.4,), {}, [[image]]
    yield "BatchNorm1d", (4,), {}, [[(3, 4)]]
    yield "Unfold", ((2, 3),), dict(padding=1, stride=(1, 2)), [[(2, 4, 5, 6)], [(0, 4, 5, 6)]]
    yield "Fold", ((3, 4), 2), dict(padding=(0, 1)), [[(2, 8, 10)], [(8, 10)]]
    yield "LayerNorm", ((3, 5),), {}, [[(2, 3, 5)], [(0, 3, 5)]]
    yield "RMSNorm", (5,), {}, [[(2, 3, 5)], [(0, 5)]]
    yield "GroupNorm", (2, 4), {}, [[(3, 4, 5)], [(3, 4)]]
    yield "LocalResponseNorm", (3,), dict(alpha=0.1), [[(2, 4, 5)], [(2, 4, 2, 3)]]
    yield "Dropout", (0.4,), {}, [[(2, 3, 5)], [(0, 5)]]
    yield "AlphaDropout", (0.4,), {}, [[(2, 3, 5)]]
    yield "FeatureAlphaDropout", (0.4,), {}, [[(2, 3, 5)]]
    yield "Flatten", (), {}, [[(2, 3, 5)], [(0, 3, 5)]]
    yield "Unflatten", (1, (2, -1)), {}, [[(3, 4)]]
    yield "Identity", (), {}, [[(3, 4)]]
    yield "Linear", (4, 3), {}, [[(2, 5, 4)], [(4,)], [(0, 4)]]
    yield "Bilinear", (4, 3, 5), {}, [[(6, 4), (6, 3)], [(4,), (3,)]]
    yield "Embedding", (7, 3), dict(padding_idx=2, scale_grad_by_freq=True), [[below(7)(2, 5)], [below(7)(0)]]
    yield "Embedding", (7, 3), dict(max_norm=0.5, norm_type=1.0), [[below(7)(2, 5)], [below(7)()]]
    yield "PixelShuffle", (2,), {}, [[(2, 8, 3, 2)], [(4, 3, 2)]]
    yield "PixelUnshuffle", (2,), {}, [[(2, 3, 4, 6)], [(3, 2, 2)]]
    yield "ChannelShuffle", (2,), {}, [[(2, 4, 3)]]
    yield "Upsample", (), dict(scale_factor=1.7), [[(1, 2, 4)], [(1, 2, 4, 3)]]
    yield "Upsample", (7,), dict(mode="linear"), [[(1, 2, 4)]]
    yield "Upsample", ((7, 2),), dict(mode="bilinear"), [[(1, 2, 4, 3)]]
    yield "Upsample", ((7, 2),), dict(mode="bicubic", align_corners=True), [[(1, 2, 4, 3)]]
    yield "Upsample", (5,), dict(mode="trilinear"), [[(1, 2, 3, 2, 4)]]
    yield "CosineSimilarity", (), {}, [[(3, 4), (3, 4)]]
    yield "PairwiseDistance", (), dict(p=3.0, keepdim=True), [[(3, 4), (3, 4)]]

    whole = [[(3, 4)], [()], [(0, 4)]]
    for name in ("ReLU", "ReLU6", "SELU", "Hardswish", "SiLU", "Mish", "Softsign", "Tanh", "Tanhshrink"):
        yield name, (), {}, whole
    for name in ("Sigmoid", "LogSigmoid", "ELU", "GELU"):
        yield name, (), {}, whole
    yield "Hardsigmoid", (), {}, whole
    yield "ELU", (0.5,), {}, whole
    yield "CELU", (0.5,), {}, whole
    yield "GELU", ("tanh",), {}, whole
    yield "Hardshrink", (0.3,), {}, whole
    yield "Softshrink", (0.3,), {}, whole
    yield "Hardtanh", (-0.5, 0.3), {}, whole
    yield "LeakyReLU", (0.3,), {}, whole
    yield "Softplus", (2.0, 1.0), {}, whole
    yield "Threshold", (0.1, 5.0), {}, whole
    yield "PReLU", (4, 0.1), {}, [[(3, 4)], [(2, 4, 5)]]
    yield "GLU", (0,), {}, [[(4, 3)]]
    for name in ("Softmax", "LogSoftmax", "Softmin"):
        yield name, (-1,), {}, whole
    yield "Softmax2d", (), {}, [[(2, 3, 2, 2)]]

    for name in ("RNN", "LSTM", "GRU"):
        yield name, (3, 4, 2), dict(bidirectional=True), [[(5, 2, 3)], [(5, 3)], [(5, 0, 3)]]
        yield f"{name}Cell", (3, 4), {}, [[(2, 3)], [(3,)], [(0, 3)]]
    yield "LSTM", (3, 4), dict(proj_size=2, batch_first=True), [[(2, 5, 3)]]
    yield "RNN", (3, 4), dict(nonlinearity="relu", bias=False), [[(5, 2, 3)]]
    yield "MultiheadAttention", (6, 2), {}, [[(3, 2, 6), (4, 2, 6), (4, 2, 6)]]
    options = dict(kdim=5, vdim=3, add_bias_kv=True, add_zero_attn=True, batch_first=True)
    yield "MultiheadAttention", (6, 3), options, [[(2, 3, 6), (2, 4, 5), (2, 4, 3)], [(3, 6), (4, 5), (4, 3)]]
    yield "TransformerEncoderLayer", (4, 2, 6, 0.0), dict(norm_first=True), [[(3, 2, 4)], [(3, 4)]]
    yield "TransformerDecoderLayer", (4, 2, 6, 0.0), dict(activation="gelu"), [[(3, 2, 4), (5, 2, 4)]]
    yield "Transformer", (4, 2, 1, 2, 6, 0.0), dict(batch_first=True), [[(2, 3, 4), (2, 5, 4)]]

    classes, labels = below(4), [[3, 0, -1, 1], [-1, 0, 0, 0]]
    for reduction in ("mean", "sum", "none"):
        some = dict(reduction=reduction)
        two = [[(3, 4), (3, 4)], [(), ()], [(0, 4), (0, 4)]]
        for name, options in {"MSELoss": {}, "L1Loss": {}, "SmoothL1Loss": {"beta": 0.4}}.items():
            yield name, (), some | options, two
        yield "HuberLoss", (), some | dict(delta=0.4), two
        yield "NLLLoss", (), some | dict(ignore_index=1), [[(5, 4), classes(5)], [(4,), classes()]]
        yield "NLLLoss", (torch.tensor([1.0, 0.5, 2.0, 0.25]),), some, [[(2, 4, 3, 2), classes(2, 3, 2)]]
        options = some | dict(label_smoothing=0.1, ignore_index=1)
        yield "CrossEntropyLoss", (), options, [[(5, 4), classes(5)], [(2, 4, 3), classes(2, 3)]]
        options = some | dict(weight=torch.tensor([1.0, 0.5, 2.0, 0.25]))
        yield "CrossEntropyLoss", (), options, [[(5, 4), classes(5)], [(2, 4, 3), positive(2, 4, 3)]]
        yield "BCELoss", (), some, [[positive(3, 4), chances(3, 4)], [positive(0, 4), chances(0, 4)]]
        options = some | dict(pos_weight=torch.tensor([1.0, 0.5, 2.0, 0.25]))
        yield "BCEWithLogitsLoss", (), options, [[(3, 4), positive(3, 4)]]
        yield "KLDivLoss", (), some | dict(log_target=True), two
        yield "KLDivLoss", (), some, [[(3, 4), positive(3, 4)]]
        yield "PoissonNLLLoss", (), some | dict(full=True), [[(3, 4), chances(3, 4)]]
        yield "GaussianNLLLoss", (), some | dict(full=True), [[(3, 4), (3, 4), positive(3, 4)]]
        yield "GaussianNLLLoss", (), some, [[(3, 4), (3, 4), positive(3, 1)]]
        yield "HingeEmbeddingLoss", (), some | dict(margin=0.3), [[(3, 4), signs(3, 4)]]
        yield "SoftMarginLoss", (), some, [[(3, 4), signs(3, 4)]]
        yield "MarginRankingLoss", (), some | dict(margin=0.3), [[(5,), (5,), signs(5)]]
        three = [[(3, 4), (3, 4), signs(3)], [(4,), (4,), signs()]]
        yield "CosineEmbeddingLoss", (), some | dict(margin=0.3), three
        yield "TripletMarginLoss", (), some | dict(swap=True, p=3), [[(3, 4)] * 3, [(4,)] * 3]
        yield "TripletMarginWithDistanceLoss", (), some | dict(swap=True), [[(3, 4)] * 3]
        yield "MultiMarginLoss", (2,), some, [[(5, 4), classes(5)], [(4,), classes()]]
        marked = Of(lambda shape: torch.tensor(labels), 2, 4)
        yield "MultiLabelMarginLoss", (), some, [[(2, 4), marked]]
        yield "MultiLabelSoftMarginLoss", (), some, [[(3, 4), chances(3, 4)]]
    yield "KLDivLoss", (), dict(reduction="batchmean"), [[(3, 4), positive(3, 4)]]


ROWS = list(rows())
IDS = [f"{i}-{row[0]}" for i, row in enumerate(ROWS)]
#: Relative and absolute tolerance. In 16 bits torch rounds after every step, SynapGrad once.
TOLERANCE = {
    "float64": (1e-9, 1e-10),
    "float32": (2e-5, 1e-5),
    "bfloat16": (6e-2, 8e-2),
    "float16": (1e-2, 1e-2),
}
#: Torch's derivatives of these have a constant that is rounded to 32 bits, in float64 too.
ROUNDED = ("Hardsigmoid", "CELU")
every_row = pytest.mark.parametrize("row", ROWS, ids=IDS)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def ours_of(x):
    """A tensor of torch's as one of SynapGrad's, its layout and its requires_grad with it."""
    dense = synapgrad.from_numpy(x.detach().float().numpy().copy() if x.is_floating_point() else x.numpy())
    if x.dtype is torch.float64:
        dense = synapgrad.from_numpy(x.detach().numpy())
    dense = dense.to(getattr(synapgrad, str(x.dtype).rpartition(".")[2]))
    if not x.is_contiguous():
        dense = dense.transpose(0, -1).contiguous().transpose(0, -1)
    return dense.requires_grad_(x.requires_grad)


def layers(row, dtype):
    """The layer in both libraries, with the same parameters of some size."""
    name, arguments, options, _ = row
    torch.manual_seed(5)
    theirs = getattr(torch.nn, name)(*arguments, **options).to(getattr(torch, dtype))
    with torch.no_grad():
        for x in theirs.parameters():
            x.copy_(torch.randn(x.shape) * 0.5)
    arguments = [ours_of(x) if isinstance(x, torch.Tensor) else x for x in arguments]
    options = {k: ours_of(x) if isinstance(x, torch.Tensor) else x for k, x in options.items()}
    ours = getattr(synapgrad.nn, name)(*arguments, **options).to(getattr(synapgrad, dtype))
    ours.load_state_dict({key: ours_of(x) for key, x in theirs.state_dict().items()})
    return theirs, ours


def inputs(given, dtype, strided=False):
    made = []
    for one in given:
        one = one if isinstance(one, Of) else Of(torch.randn, *one, grad=True)
        x = one.make(one.shape)
        if x.is_floating_point():
            x = x.to(getattr(torch, dtype))
        if strided and x.dim() > 1:
            x = x.transpose(0, -1).contiguous().transpose(0, -1)
        made.append(x.requires_grad_(one.grad and x.is_floating_point()))
    return made


def flat(result) -> list:
    if isinstance(result, tuple):
        return [x for one in result for x in flat(one)]
    return [] if result is None else [result]


def passed(library, layer, xs, weights, again=False):
    """The outputs, the gradients of inputs and parameters, those of these gradients, and the buffers."""
    library.manual_seed(3)
    outputs = flat(layer(*xs))
    leaves = [x for x in [*xs, *layer.parameters()] if x.requires_grad]
    heads = [(y, w) for y, w in zip(outputs, weights(outputs)) if y.requires_grad]
    seen = list(outputs)
    if heads and leaves:
        ys, ws = zip(*heads)
        grad = library.autograd.grad
        grads = grad(ys, leaves, ws, create_graph=again, allow_unused=True)
        seen += [library.zeros_like(x) if g is None else g for x, g in zip(leaves, grads)]
        if again:
            curved = [(g * g).sum() for g in grads if g is not None and g.requires_grad]
            seconds = grad(sum(curved), leaves, allow_unused=True) if curved else [None] * len(leaves)
            seen += [library.zeros_like(x) if g is None else g for x, g in zip(leaves, seconds)]
    return seen + list(layer.buffers())


def compare(row, given, dtype, strided=False, again=False):
    theirs, ours = layers(row, dtype)
    torch.manual_seed(11)
    xs = inputs(given, dtype, strided)
    drawn = []

    def draw(outputs):
        drawn.extend(
            torch.randn(y.shape).to(y.dtype if y.is_floating_point() else torch.float32) for y in outputs
        )
        return drawn

    try:
        expected = passed(torch, theirs, xs, draw, again)
    except (NotImplementedError, RuntimeError) as error:
        if not any(lack in str(error) for lack in ("not implemented", "must be contiguous")):
            raise
        pytest.skip("torch has it not in this dtype or layout")
    found = passed(synapgrad, ours, [ours_of(x) for x in xs], lambda _: [ours_of(x) for x in drawn], again)
    relative, absolute = TOLERANCE["float32" if row[0] in ROUNDED and dtype == "float64" else dtype]
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        assert (str(a.dtype).rpartition(".")[2], tuple(a.shape)) == (
            str(b.dtype).rpartition(".")[2],
            tuple(b.shape),
        )
        there = torch.tensor(a.tolist(), dtype=torch.float64).reshape(b.shape)
        torch.testing.assert_close(there, b.detach().double(), rtol=relative, atol=absolute, equal_nan=True)


@every_row
@pytest.mark.parametrize("strided", [False, True], ids=["dense", "strided"])
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_dtypes_and_layouts(row, dtype, strided):
    compare(row, row[3][0], dtype, strided)


@every_row
def test_single_and_no_samples(row):
    for given in row[3][1:]:
        compare(row, given, "float64")


@every_row
def test_second_derivatives(row):
    compare(row, row[3][0], "float64", again=True)


@every_row
def test_copies_and_states(row):
    theirs, ours = layers(row, "float32")
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    file = io.BytesIO()
    synapgrad.save(ours.state_dict(), file)
    file.seek(0)
    theirs.load_state_dict(torch.load(file))
    copies = [copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))]
    xs = [ours_of(x) for x in inputs(row[3][0], "float32")]
    results = []
    for layer in (ours, *copies):
        assert repr(layer) == repr(theirs)
        synapgrad.manual_seed(3)
        results.append([x.tolist() for x in [*flat(layer(*xs)), *layer.buffers()]])
    assert results[0] == results[1] == results[2]
    assert not {id(x) for x in ours.parameters()} & {id(x) for x in copies[0].parameters()}
