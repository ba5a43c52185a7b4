"""Embeddings, bilinear layers and distances beside torch's."""

import pytest
import torch
from helpers import same, same_error

import synapgrad
from synapgrad import nn as snn


def looked_up(make, index, dtype="int64"):
    def program(lib, nn, _):
        layer = make(lib, nn)
        y = layer(lib.tensor(index, dtype=getattr(lib, dtype)))
        (y * lib.rand(tuple(y.shape))).sum().backward()
        return [layer, y, layer.weight.grad, layer.state_dict(), layer.padding_idx]

    same(program, approximately=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda lib, nn: nn.Embedding(6, 3),
        lambda lib, nn: nn.Embedding(6, 3, padding_idx=1),
        lambda lib, nn: nn.Embedding(6, 3, padding_idx=-1, scale_grad_by_freq=True),
        lambda lib, nn: nn.Embedding(6, 3, max_norm=1.0),
        lambda lib, nn: nn.Embedding(6, 3, max_norm=1.0, norm_type=1.0, dtype=lib.float64),
        lambda lib, nn: nn.Embedding.from_pretrained(lib.randn(6, 3), freeze=False, padding_idx=2),
        lambda lib, nn: nn.EmbeddingBag(6, 3),
        lambda lib, nn: nn.EmbeddingBag(6, 3, mode="max", padding_idx=1),
        lambda lib, nn: nn.EmbeddingBag(6, 3, mode="sum", scale_grad_by_freq=True),
        lambda lib, nn: nn.EmbeddingBag(6, 3, max_norm=1.0, norm_type=3.0),
        lambda lib, nn: nn.EmbeddingBag.from_pretrained(lib.randn(6, 3), freeze=False, mode="sum"),
    ],
)
def test_embeddings(make):
    looked_up(make, [[1, 5, 1], [0, 2, 2]])
    looked_up(make, [[1, 5, 1], [0, 2, 2]], "int32")


def test_bags_with_offsets_and_weights():
    def program(lib, nn, _):
        layer = nn.EmbeddingBag(6, 3, mode="sum", include_last_offset=True)
        w = lib.rand(5).requires_grad_()
        y = layer(lib.tensor([1, 5, 1, 0, 2]), lib.tensor([0, 2, 2, 5]), w)
        (y * y).sum().backward()
        return [y, w.grad, layer.weight.grad]

    same(program, approximately=True)


def test_frozen_tables_and_reset():
    def program(lib, nn, _):
        layer = nn.Embedding.from_pretrained(lib.randn(4, 2))
        fresh = nn.Embedding(4, 2, padding_idx=0)
        fresh.reset_parameters()
        return [layer.weight.requires_grad, layer(lib.tensor([1])), fresh.weight]

    same(program)


def test_refused_embeddings():
    same_error(
        lambda lib, nn, _: nn.Embedding(3, 2, padding_idx=3), "Padding_idx must be within num_embeddings"
    )
    same_error(
        lambda lib, nn, _: nn.Embedding(3, 2, _weight=lib.ones(2, 2)), "Shape of weight does not match"
    )
    same_error(lambda lib, nn, _: nn.Embedding(3, 2)(lib.tensor([3])), "index out of range in self")
    same_error(lambda lib, nn, _: nn.Embedding(3, 2)(lib.tensor([1.0])))
    same_error(lambda lib, nn, _: nn.EmbeddingBag(3, 2)(lib.tensor([1])))
    same_error(lambda lib, nn, _: nn.Embedding.from_pretrained(lib.ones(3)))
    for make in (snn.Embedding, snn.EmbeddingBag):
        with pytest.raises(NotImplementedError, match="sparse"):
            make(3, 2, sparse=True)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("leading", [(), (4,), (2, 3)])
def test_bilinear(leading, bias):
    def program(lib, nn, _):
        layer = nn.Bilinear(3, 4, 5, bias=bias)
        x, y = lib.randn((*leading, 3)).requires_grad_(), lib.randn((*leading, 4)).requires_grad_()
        z = layer(x, y)
        (z * z).sum().backward()
        return [layer, z, x.grad, y.grad, *(p.grad for p in layer.parameters()), layer.state_dict()]

    same(program, approximately=True)
    same_error(lambda lib, nn, _: nn.Bilinear(0, 4, 5))
    same_error(lambda lib, nn, _: nn.Bilinear(3, 4, 5)(lib.ones(2, 3), lib.ones(2, 3)))


def test_neuron():
    synapgrad.manual_seed(3)
    torch.manual_seed(3)
    neuron, linear = snn.Neuron(4), torch.nn.Linear(4, 1)
    assert neuron.weight.tolist() == linear.weight.tolist() and neuron.bias.tolist() == linear.bias.tolist()
    x = [[1.0, 2.0, 3.0, 4.0]]
    got, expected = neuron(synapgrad.tensor(x)).item(), linear(torch.tensor(x)).item()
    assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert repr(neuron) == "Neuron(in_features=4, out_features=1, bias=True)"
    assert isinstance(neuron, snn.Linear) and snn.Neuron(2, bias=False).bias is None


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.CosineSimilarity(),
        lambda nn: nn.CosineSimilarity(dim=0, eps=0.5),
        lambda nn: nn.PairwiseDistance(),
        lambda nn: nn.PairwiseDistance(1, 0.1, True),
    ],
)
def test_distances(make):
    def program(lib, nn, _):
        layer = make(nn)
        x, y = lib.randn(3, 4).requires_grad_(), lib.randn(3, 4).requires_grad_()
        z = layer(x, y)
        z.sum().backward()
        return [
            layer,
            sorted(k for k in vars(layer) if not k.startswith("_")) and layer.eps,
            z,
            x.grad,
            y.grad,
        ]

    same(program, approximately=True)
