"""Layers with parameters, and those that drop."""

import synapgrad
from synapgrad import nn

from .cases import layer, normal, passed, perceptron, settled


def bilinear():
    module = nn.Bilinear(3, 5, 4)
    a, b = normal(2, 3), normal(2, 5)
    return passed(module, [a, b], module(a, b))


class Tower(nn.Module):
    """Layers, each after a tanh."""

    def __init__(self, *floors):
        super().__init__()
        self.floors = nn.ModuleList(floors)

    def forward(self, x):
        for floor in self.floors:
            x = floor(x.tanh())
        return x


def module_dict():
    module = nn.ModuleDict({"first": nn.Linear(4, 3), "last": nn.Linear(3, 2)})
    x = normal(5, 4)
    return passed(module, [x], module["last"](module["first"](x)))


def looked_up(module):
    rows = synapgrad.randint(0, 10, (4, 3))
    return passed(module, [rows], module(rows))


def bags():
    module = nn.EmbeddingBag(10, 3, mode="sum", padding_idx=2)
    rows, weights = synapgrad.randint(0, 10, (8,)), normal(8)
    output = module(rows, synapgrad.tensor([0, 3, 3, 6]), per_sample_weights=weights)
    return passed(module, [rows, weights], output)


def lstm():
    module = nn.LSTM(3, 4, 2, proj_size=2)
    x, h, c = normal(5, 2, 3), normal(2, 2, 2), normal(2, 2, 4)
    output, (hn, cn) = module(x, (h, c))
    return passed(module, [x, h, c], output, hn, cn)


def lstm_cell():
    module = nn.LSTMCell(3, 4)
    x, h, c = normal(2, 3), normal(2, 4), normal(2, 4)
    return passed(module, [x, h, c], *module(x, (h, c)))


def attention(size, average, **options):
    """Keys and values of `size` elements, queries of 8."""
    module = nn.MultiheadAttention(8, 2, **options)
    q, k, v = normal(4, 3, 8), normal(5, 3, size), normal(5, 3, size)
    return passed(module, [q, k, v], *module(q, k, v, average_attn_weights=average))


def decoder_layer():
    module = nn.TransformerDecoderLayer(8, 2, 12)
    x, memory = normal(4, 3, 8), normal(5, 3, 8)
    return passed(module, [x, memory], module(x, memory))


def transformer():
    module = nn.Transformer(8, 2, 1, 1, 12)
    x, y = normal(5, 3, 8), normal(4, 3, 8)
    return passed(module, [x, y], module(x, y, tgt_mask=module.generate_square_subsequent_mask(4)))


CASES = {
    # Linear
    "Linear": lambda: layer(nn.Linear(3, 2), (4, 3)),
    "Linear without bias": lambda: layer(nn.Linear(5, 4, bias=False), (2, 3, 5)),
    "Linear of float64": lambda: layer(nn.Linear(3, 2, dtype=synapgrad.float64), (4, 3)),
    "Neuron": lambda: layer(nn.Neuron(3), (4, 3)),
    "Bilinear": bilinear,
    "Sequential": lambda: layer(perceptron(), (5, 2)),
    "ModuleList": lambda: layer(Tower(nn.Linear(4, 3), nn.Linear(3, 2)), (5, 4)),
    "ModuleDict": module_dict,
    "PReLU": lambda: layer(nn.PReLU(3, 0.1), (4, 3, 2)),
    # Convolutions
    "Conv1d": lambda: layer(nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2), (2, 4, 9)),
    "Conv1d, circular": lambda: layer(nn.Conv1d(2, 3, 3, padding=2, padding_mode="circular"), (2, 2, 7)),
    "Conv2d": lambda: layer(nn.Conv2d(3, 4, 3), (2, 3, 6, 5)),
    "Conv2d, same": lambda: layer(nn.Conv2d(3, 4, (2, 3), padding="same", dilation=2), (2, 3, 6, 5)),
    "Conv2d, reflect, without bias": lambda: layer(
        nn.Conv2d(3, 4, 3, (2, 1), (1, 2), padding_mode="reflect", bias=False), (2, 3, 6, 5)
    ),
    "Conv2d, depthwise": lambda: layer(nn.Conv2d(3, 6, 3, groups=3), (2, 3, 6, 5)),
    "Conv3d": lambda: layer(
        nn.Conv3d(2, 3, (2, 3, 2), (1, 2, 1), 1, padding_mode="replicate"), (2, 2, 4, 5, 4)
    ),
    "ConvTranspose1d": lambda: layer(nn.ConvTranspose1d(3, 2, 3, 2, 1, output_padding=1), (2, 3, 5)),
    "ConvTranspose2d": lambda: layer(
        nn.ConvTranspose2d(4, 6, 3, groups=2, dilation=(1, 2), bias=False), (2, 4, 5, 4)
    ),
    "ConvTranspose3d": lambda: layer(nn.ConvTranspose3d(2, 3, 2), (2, 2, 3, 4, 3)),
    # Normalisation
    "BatchNorm1d": lambda: layer(nn.BatchNorm1d(3), (4, 3)),
    "BatchNorm1d, evaluation": lambda: settled(nn.BatchNorm1d(3), (4, 3, 5)),
    "BatchNorm2d": lambda: layer(nn.BatchNorm2d(2), (3, 2, 4, 4)),
    "BatchNorm2d, mean over batches": lambda: settled(nn.BatchNorm2d(2, momentum=None), (3, 2, 4, 4)),
    "BatchNorm2d, without running averages": lambda: settled(
        nn.BatchNorm2d(2, track_running_stats=False, eps=1e-3), (3, 2, 4, 4)
    ),
    "BatchNorm3d, not affine": lambda: layer(nn.BatchNorm3d(2, affine=False, momentum=0.3), (3, 2, 2, 3, 2)),
    "InstanceNorm1d": lambda: layer(nn.InstanceNorm1d(3), (2, 3, 5)),
    "InstanceNorm2d": lambda: settled(
        nn.InstanceNorm2d(3, affine=True, track_running_stats=True), (2, 3, 4, 4)
    ),
    "InstanceNorm3d": lambda: layer(nn.InstanceNorm3d(2), (2, 2, 2, 3, 3)),
    "LayerNorm": lambda: layer(nn.LayerNorm((3, 4)), (2, 3, 4)),
    "LayerNorm without bias": lambda: layer(nn.LayerNorm(4, bias=False, eps=1e-3), (2, 3, 4)),
    "GroupNorm": lambda: layer(nn.GroupNorm(2, 4), (3, 4, 5)),
    "RMSNorm": lambda: layer(nn.RMSNorm(4), (2, 3, 4)),
    "RMSNorm, eps": lambda: layer(nn.RMSNorm((3, 4), 1e-3, elementwise_affine=False), (2, 3, 4)),
    "LocalResponseNorm": lambda: layer(nn.LocalResponseNorm(2), (2, 4, 5)),
    "LocalResponseNorm, options": lambda: layer(nn.LocalResponseNorm(3, 1e-2, 0.5, 2.0), (2, 4, 5)),
    # Dropout
    "Dropout": lambda: layer(nn.Dropout(0.3), (4, 5)),
    "Dropout, evaluation": lambda: settled(nn.Dropout(0.3), (4, 5)),
    "Dropout1d": lambda: layer(nn.Dropout1d(0.3), (4, 5, 3)),
    "Dropout2d": lambda: layer(nn.Dropout2d(0.5), (3, 4, 2, 2)),
    "Dropout3d": lambda: layer(nn.Dropout3d(0.5), (3, 4, 2, 2, 2)),
    "AlphaDropout": lambda: layer(nn.AlphaDropout(0.3), (4, 5)),
    "FeatureAlphaDropout": lambda: layer(nn.FeatureAlphaDropout(0.3), (4, 5, 3)),
    # Tables
    "Embedding": lambda: looked_up(nn.Embedding(10, 3)),
    "Embedding, padding_idx": lambda: looked_up(nn.Embedding(10, 3, padding_idx=2, scale_grad_by_freq=True)),
    "Embedding, max_norm": lambda: looked_up(nn.Embedding(10, 3, max_norm=0.7, norm_type=1.0)),
    "EmbeddingBag": lambda: looked_up(nn.EmbeddingBag(10, 3)),
    "EmbeddingBag, max": lambda: looked_up(nn.EmbeddingBag(10, 3, mode="max", max_norm=1.0)),
    "EmbeddingBag, offsets": bags,
    # Recurrent layers
    "RNN": lambda: layer(nn.RNN(3, 4), (5, 2, 3)),
    "RNN, relu": lambda: layer(nn.RNN(3, 4, nonlinearity="relu"), (5, 2, 3)),
    "LSTM": lambda: layer(nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.5), (5, 2, 3)),
    "LSTM, proj_size": lstm,
    "GRU": lambda: layer(nn.GRU(3, 4, batch_first=True, bias=False), (2, 5, 3)),
    "RNNCell": lambda: layer(nn.RNNCell(3, 4), (2, 3)),
    "RNNCell, relu": lambda: layer(nn.RNNCell(3, 4, bias=False, nonlinearity="relu"), (2, 3)),
    "LSTMCell": lstm_cell,
    "GRUCell": lambda: layer(nn.GRUCell(3, 4), (2, 3)),
    # Attention
    "MultiheadAttention": lambda: attention(8, True, dropout=0.3),
    "MultiheadAttention, other sizes": lambda: attention(6, True, kdim=6, vdim=6, bias=False),
    "MultiheadAttention, added keys": lambda: attention(8, False, add_bias_kv=True, add_zero_attn=True),
    "TransformerEncoderLayer": lambda: layer(nn.TransformerEncoderLayer(8, 2, 12), (5, 3, 8)),
    "TransformerEncoder": lambda: layer(
        nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, batch_first=True, norm_first=True), 2, nn.LayerNorm(8)
        ),
        (3, 5, 8),
    ),
    "TransformerDecoderLayer": decoder_layer,
    "Transformer": transformer,
}
