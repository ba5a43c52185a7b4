"""Attention and transformer layers beside torch's."""

import copy
import pickle
import warnings

import pytest
import torch
from helpers import LIBRARIES, same, same_error

import synapgrad
from synapgrad import nn as snn

warnings.filterwarnings("ignore", message=".*(enable_nested_tensor|nested tensors|mismatched).*")

INF = float("inf")


def causal(lib, nn, size, dtype=None):
    return nn.Transformer.generate_square_subsequent_mask(size, dtype=dtype)


def trained(layer, call, *shapes):
    """A program: the layer's start, then what ``call(lib, nn, layer, *inputs)`` gives and all gradients."""

    def program(lib, nn, _):
        module = layer(nn)
        start = [module.state_dict(), module]
        inputs = [lib.randn(*shape).requires_grad_() for shape in shapes]
        result = call(lib, nn, module, *inputs)
        results = [r for r in (result if isinstance(result, tuple) else (result,)) if r is not None]
        sum((r * lib.rand(tuple(r.shape))).sum() for r in results).backward()
        leaves = [*inputs, *module.parameters()]
        return [start, results, [None if leaf.grad is None else leaf.grad for leaf in leaves]]

    same(program, approximately=True)


SELF = [(5, 2, 8)]
CROSS = [(5, 2, 8), (3, 2, 8)]


def to_itself(**options):
    return lambda lib, nn, layer, x: layer(x, x, x, **{n: made(lib, nn, v) for n, v in options.items()})


def to_memory(**options):
    return lambda lib, nn, layer, x, m: layer(x, m, m, **{n: made(lib, nn, v) for n, v in options.items()})


def made(lib, nn, value):
    """A list as a tensor; what is callable is called."""
    if callable(value):
        return value(lib, nn)
    return lib.tensor(value) if isinstance(value, list) else value


PADDED = [[False, False, True], [False, True, True]]
HIDDEN = [[False, True, False]] * 4 + [[True, False, False]]
ATTENTIONS = {
    "self": (lambda nn: nn.MultiheadAttention(8, 2), to_itself(), SELF),
    "quick": (lambda nn: nn.MultiheadAttention(8, 2), to_itself(need_weights=False), SELF),
    "heads": (lambda nn: nn.MultiheadAttention(8, 4), to_itself(average_attn_weights=False), SELF),
    "dropout": (lambda nn: nn.MultiheadAttention(8, 2, 0.3), to_itself(), SELF),
    "quick dropout": (lambda nn: nn.MultiheadAttention(8, 2, 0.3), to_itself(need_weights=False), SELF),
    "batch first": (lambda nn: nn.MultiheadAttention(8, 2, batch_first=True), to_itself(), SELF),
    "batch first, quick": (
        lambda nn: nn.MultiheadAttention(8, 2, 0.2, batch_first=True),
        to_itself(need_weights=False),
        SELF,
    ),
    "unbatched": (lambda nn: nn.MultiheadAttention(8, 2, batch_first=True), to_itself(), [(5, 8)]),
    "unbatched, quick": (lambda nn: nn.MultiheadAttention(8, 2), to_itself(need_weights=False), [(5, 8)]),
    "unbatched, masked": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_memory(key_padding_mask=PADDED[0], attn_mask=[HIDDEN] * 2),
        [(5, 8), (3, 8)],
    ),
    "memory": (lambda nn: nn.MultiheadAttention(8, 2), to_memory(), CROSS),
    "memory, quick": (lambda nn: nn.MultiheadAttention(8, 2), to_memory(need_weights=False), CROSS),
    "no bias": (lambda nn: nn.MultiheadAttention(8, 2, bias=False), to_memory(), CROSS),
    "sizes": (
        lambda nn: nn.MultiheadAttention(8, 2, kdim=3, vdim=6, bias=True),
        lambda lib, nn, layer, q, k, v: layer(q, k, v),
        [(5, 2, 8), (4, 2, 3), (4, 2, 6)],
    ),
    "sizes, no bias": (
        lambda nn: nn.MultiheadAttention(8, 2, kdim=3, bias=False, batch_first=True),
        lambda lib, nn, layer, q, k, v: layer(q, k, v, need_weights=False),
        [(2, 5, 8), (2, 4, 3), (2, 4, 8)],
    ),
    "bias_kv": (lambda nn: nn.MultiheadAttention(8, 2, add_bias_kv=True), to_memory(), CROSS),
    "zeros": (
        lambda nn: nn.MultiheadAttention(8, 2, add_zero_attn=True),
        to_memory(need_weights=False),
        CROSS,
    ),
    "bias_kv, zeros, masks": (
        lambda nn: nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True, batch_first=True),
        to_memory(key_padding_mask=PADDED, attn_mask=[row[:3] for row in HIDDEN]),
        [(2, 5, 8), (2, 3, 8)],
    ),
    "padding": (lambda nn: nn.MultiheadAttention(8, 2), to_memory(key_padding_mask=PADDED), CROSS),
    "padding, quick": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_memory(key_padding_mask=PADDED, need_weights=False),
        CROSS,
    ),
    "padding by numbers": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_memory(key_padding_mask=[[0.0, -1.0, -INF], [1.0, 0.0, 0.0]], need_weights=False),
        CROSS,
    ),
    "hidden": (lambda nn: nn.MultiheadAttention(8, 2), to_memory(attn_mask=HIDDEN), CROSS),
    "hidden, each head": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_memory(attn_mask=[HIDDEN, HIDDEN[::-1]] * 2, need_weights=False),
        CROSS,
    ),
    "both": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_memory(attn_mask=HIDDEN, key_padding_mask=PADDED, need_weights=False),
        CROSS,
    ),
    "both, causal": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_itself(
            attn_mask=lambda lib, nn: causal(lib, nn, 5),
            key_padding_mask=lambda lib, nn: lib.tensor([[False] * 4 + [True]] * 2),
            is_causal=True,
            need_weights=False,
        ),
        SELF,
    ),
    "causal": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_itself(attn_mask=lambda lib, nn: causal(lib, nn, 5), is_causal=True, need_weights=False),
        SELF,
    ),
    "causal, weights": (
        lambda nn: nn.MultiheadAttention(8, 2),
        to_itself(attn_mask=lambda lib, nn: causal(lib, nn, 5), is_causal=True),
        SELF,
    ),
}


@pytest.mark.parametrize("name", ATTENTIONS)
def test_attention(name):
    layer, call, shapes = ATTENTIONS[name]
    trained(layer, call, *shapes)


def test_attention_of_static_keys_and_values():
    def program(lib, nn, _):
        q, k, v = lib.randn(5, 2, 8), lib.randn(4, 3, 4), lib.randn(4, 3, 4)
        weights = [lib.randn(24, 8), lib.randn(24), lib.randn(8, 8), lib.randn(8)]
        forward = nn.functional.multi_head_attention_forward
        results = []
        for need_weights in (True, False):
            results += forward(
                q,
                q,
                q,
                8,
                2,
                *weights[:2],
                None,
                None,
                False,
                0.0,
                *weights[2:],
                need_weights=need_weights,
                static_k=k,
                static_v=v,
            )
        return [r for r in results if r is not None]

    same(program, approximately=True)


def test_in_evaluation_nothing_is_dropped():
    def program(lib, nn, _):
        layer = nn.MultiheadAttention(8, 2, dropout=0.5).eval()
        x = lib.randn(5, 2, 8)
        with lib.no_grad():
            return list(layer(x, x, x))

    same(program, approximately=True)


def test_errors_of_attention():
    def layer(lib, nn, *shapes, size=8, **options):
        return nn.MultiheadAttention(size, 2)(*(lib.ones(*s) for s in shapes), **options)

    x = (5, 2, 8)
    same_error(lambda lib, nn, _: nn.MultiheadAttention(8, 3), "divisible by num_heads")
    same_error(lambda lib, nn, _: nn.MultiheadAttention(0, 1), "greater than 0")
    same_error(lambda lib, nn, _: nn.MultiheadAttention(8, 0), "greater than 0")
    same_error(lambda lib, nn, _: layer(lib, nn, (8,), (8,), (8,)), "unbatched 2D or batched 3D")
    same_error(lambda lib, nn, _: layer(lib, nn, x, (5, 8), (5, 8)), "key")
    same_error(lambda lib, nn, _: layer(lib, nn, (5, 2, 6), x, x), "embedding dimension of 8, but got 6")
    same_error(lambda lib, nn, _: layer(lib, nn, x, x, (4, 2, 8)), "does not match value")
    same_error(lambda lib, nn, _: layer(lib, nn, x, x, x, is_causal=True), "is_causal hint")
    for name, mask, text in (
        ("attn_mask", (3, 5), "shape of the 2D attn_mask"),
        ("attn_mask", (2, 5, 5), "shape of the 3D attn_mask"),
        ("attn_mask", (5,), "attn_mask"),
        ("key_padding_mask", (2, 4), "key_padd"),
        ("key_padding_mask", (5,), "key_padding_mask"),
    ):
        same_error(lambda lib, nn, _, n=name, m=mask: layer(lib, nn, x, x, x, **{n: lib.zeros(*m)}), text)
    for name, mask in (("attn_mask", (5, 5)), ("key_padding_mask", (2, 5))):
        same_error(
            lambda lib, nn, _, n=name, m=mask: layer(lib, nn, x, x, x, **{n: lib.zeros(*m).long()}),
            "only bool and floating types of",
        )


OPTIONS = {
    "as it is": {},
    "batch first": {"batch_first": True},
    "norm first": {"norm_first": True, "dropout": 0.0},
    "gelu": {"activation": "gelu", "layer_norm_eps": 0.1},
    "no bias": {"bias": False, "batch_first": True, "norm_first": True},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_encoder_layer(name):
    options = OPTIONS[name]
    trained(lambda nn: nn.TransformerEncoderLayer(8, 2, 12, **options), lambda lib, nn, m, x: m(x), (5, 4, 8))


@pytest.mark.parametrize("name", OPTIONS)
def test_decoder_layer(name):
    options = OPTIONS[name]
    batch = (4, 3, 8) if options.get("batch_first") else (3, 5, 8)
    tgt = (4, 5, 8)
    trained(
        lambda nn: nn.TransformerDecoderLayer(8, 2, 12, **options),
        lambda lib, nn, m, x, memory: m(x, memory),
        tgt,
        batch,
    )


def test_activations_may_be_functions_and_modules():
    for activation in (lambda nn: nn.functional.silu, lambda nn: nn.ReLU(), lambda nn: nn.GELU()):
        layer = lambda nn, a=activation: nn.TransformerEncoderLayer(8, 2, 12, activation=a(nn))  # noqa: E731
        trained(layer, lambda lib, nn, m, x: m(x), (5, 4, 8))
    for _, nn, _ in LIBRARIES:
        known = [nn.functional.relu, nn.ReLU(), nn.functional.gelu, nn.GELU(), nn.functional.silu]
        layers = [nn.TransformerEncoderLayer(4, 2, 4, activation=a) for a in known]
        assert [layer.activation_relu_or_gelu for layer in layers] == [1, 1, 2, 2, 0]
    same_error(lambda lib, nn, _: nn.TransformerEncoderLayer(4, 2, activation="tanh"), "relu/gelu, not tanh")


def test_masked_encoder():
    def call(lib, nn, model, x):
        padding = lib.tensor([[False] * 5, [False] * 3 + [True] * 2])
        return (
            model(x),
            model(x, mask=causal(lib, nn, 5)),
            model(x, mask=causal(lib, nn, 5) != 0),
            model(x, mask=causal(lib, nn, 5), is_causal=True),
            model(x, src_key_padding_mask=padding),
            model(x, mask=causal(lib, nn, 5) != 0, src_key_padding_mask=padding),
            model(x, mask=lib.eye(5) * 2),
        )

    def encoder(nn):
        layer = nn.TransformerEncoderLayer(8, 2, 12, 0.1, batch_first=True)
        return nn.TransformerEncoder(layer, 2, nn.LayerNorm(8), enable_nested_tensor=False)

    trained(encoder, call, (2, 5, 8))


def test_masked_decoder():
    def call(lib, nn, model, x, memory):
        padding = lib.tensor([[False] * 3, [False, True, True]])
        return (
            model(x, memory),
            model(x, memory, tgt_mask=causal(lib, nn, 5)),
            model(x, memory, tgt_mask=causal(lib, nn, 5), tgt_is_causal=True),
            model(x, memory, memory_mask=lib.tensor([[False, True, False]] * 5)),
            model(x, memory, memory_key_padding_mask=padding),
        )

    trained(
        lambda nn: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12), 2), call, (5, 2, 8), (3, 2, 8)
    )


@pytest.mark.parametrize(
    "options", [{}, {"batch_first": True, "norm_first": True, "activation": "gelu"}], ids=str
)
def test_transformer(options):
    def call(lib, nn, model, src, tgt):
        return model(src, tgt, tgt_mask=causal(lib, nn, tgt.shape[1 if model.batch_first else 0]))

    tgt = (5, 3, 8) if options else (3, 4, 8)
    trained(lambda nn: nn.Transformer(8, 2, 2, 1, 12, **options), call, (5, 4, 8), tgt)


def test_transformer_of_given_stacks():
    def program(lib, nn, _):
        encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12), 1, enable_nested_tensor=False)
        decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12), 1)
        model = nn.Transformer(8, custom_encoder=encoder, custom_decoder=decoder)
        assert model.encoder is encoder and model.decoder is decoder
        return model.state_dict()

    same(program)


def test_errors_of_transformer():
    def model(lib, nn, src, tgt, **options):
        return nn.Transformer(8, 2, 1, 1, 12, **options)(lib.ones(*src), lib.ones(*tgt))

    same_error(lambda lib, nn, _: model(lib, nn, (5, 2, 8), (3, 3, 8)), "batch number of src and tgt")
    same_error(
        lambda lib, nn, _: model(lib, nn, (2, 5, 8), (3, 5, 8), batch_first=True), "batch number of src"
    )
    same_error(lambda lib, nn, _: model(lib, nn, (5, 2, 6), (3, 2, 8)), "feature number of src and tgt")
    same_error(lambda lib, nn, _: nn.TransformerEncoderLayer(8, 2, dropout=1.5), "between 0 and 1")


def test_evaluation():
    """PyTorch then takes a path of its own, which rounds otherwise."""

    def program(lib, nn, _):
        model = nn.Transformer(8, 2, 1, 1, 12, batch_first=True).eval()
        with lib.no_grad():
            return model(lib.randn(2, 5, 8), lib.randn(2, 3, 8))

    same(program, approximately=True)


def test_states_go_both_ways():
    for make in (
        lambda nn: nn.Transformer(8, 2, 1, 2, 12),
        lambda nn: nn.MultiheadAttention(8, 2, kdim=3, add_bias_kv=True),
    ):
        ours, theirs = make(snn), make(torch.nn)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        ours.load_state_dict({n: synapgrad.tensor(t.tolist()) for n, t in theirs.state_dict().items()})
        theirs.load_state_dict({n: torch.tensor(t.tolist()) for n, t in ours.state_dict().items()})
        for name, value in theirs.state_dict().items():
            assert ours.state_dict()[name].tolist() == value.tolist()


def test_copies_and_pickles():
    model = snn.Transformer(8, 2, 1, 1, 12).eval()
    x = synapgrad.randn(3, 2, 8)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other(x, x).tolist() == model(x, x).tolist()


def test_a_small_transformer_learns_the_same():
    def program(lib, nn, optim):
        model = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True), 2, enable_nested_tensor=False
        )
        head = nn.Linear(8, 5)
        embedding = nn.Embedding(5, 8)
        parameters = [p for m in (embedding, model, head) for p in m.parameters()]
        optimizer = optim.AdamW(parameters, lr=1e-2)
        x = lib.randint(0, 5, (4, 6))
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            logits = head(model(embedding(x), mask=causal(lib, nn, 6), is_causal=True))
            value = nn.functional.cross_entropy(logits[:, :-1].reshape(-1, 5), x[:, 1:].reshape(-1))
            value.backward()
            optimizer.step()
            losses.append(value.item())
        return losses

    same(program, approximately=True)
