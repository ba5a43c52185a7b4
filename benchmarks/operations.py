"""What each operation costs, from 8 elements to 4 million: the table of SynapGrad against PyTorch.

Both libraries evaluate the same expressions in the same process, in turn (timing.py says why): forward, and,
where there is something to differentiate, forward and backward. First the results are compared, gradients
included. Each number of threads has a process of its own.

    python benchmarks/operations.py [--threads 1 2] [--only "^sum" softmax] [--sizes 8 "4 M"] [--quick]
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from timeit import Timer
from types import ModuleType

import numpy

import conv
from timing import Summary, alternate, each_in_a_process, geometric_mean, micros, table, write

# What an entry must reach, and from where on it is looked at twice.
LIMIT, DOUBTFUL = 0.9, 1.0


@dataclass(frozen=True)
class Size:
    """A column of a table, and the shapes of the inputs there."""

    name: str
    n: int
    cube: tuple[int, ...] = ()  # the elements in three dimensions,
    matrix: tuple[int, ...] = ()  # in two,
    images: tuple[int, ...] = ()  # in four,
    words: tuple[int, ...] = ()  # and in an embedding: words of the text, words known, width


ELEMENTS = [
    Size("8", 1 << 3, (2, 2, 2), (2, 4), (1, 2, 2, 2), (1, 100, 8)),
    Size("1 k", 1 << 10, (8, 8, 16), (32, 32), (1, 4, 16, 16), (16, 1000, 64)),
    Size("64 k", 1 << 16, (32, 32, 64), (256, 256), (4, 16, 32, 32), (1024, 1000, 64)),
    Size("4 M", 1 << 22, (128, 128, 256), (2048, 2048), (64, 64, 32, 32), (65536, 10000, 64)),
]
SIDES = [Size(str(side), side) for side in (16, 64, 256, 1024)]


@dataclass(frozen=True)
class Input:
    """A tensor that expressions may name."""

    make: Callable[[numpy.random.Generator, Size], numpy.ndarray]
    dtype: str = "float32"
    gradient: bool = True  # where the backward pass is measured and the dtype has gradients


def uniform(low: float, high: float, shape: str, dtype: str = "float32", gradient: bool = True) -> Input:
    return Input(lambda rng, size: rng.uniform(low, high, getattr(size, shape)), dtype, gradient)


def integers(high: int, shape: str) -> Input:
    return Input(lambda rng, size: rng.integers(high, size=getattr(size, shape)), "int64", False)


def square(*batch: int, dtype: str = "float32") -> Input:
    return Input(lambda rng, size: rng.uniform(-1, 1, (*batch, size.n, size.n)), dtype)


def booleans() -> Input:
    return Input(lambda rng, size: rng.uniform(size=size.cube) < 0.5, "bool", False)


def permuted(dtype: str) -> Input:
    return Input(lambda rng, size: rng.permutation(size.n), dtype)


INPUTS = {
    # In the shape of a cube.
    "x": uniform(-1, 1, "cube"),
    "y": uniform(-1, 1, "cube"),
    "z": uniform(-1, 1, "cube"),
    "p": uniform(0.5, 2, "cube"),
    "q": uniform(0.5, 2, "cube"),
    "one": uniform(0.99, 1.01, "cube"),  # products of many stay in range
    "target": uniform(0, 1, "cube", gradient=False),
    "b": booleans(),
    "c": booleans(),
    "i": integers(100, "cube"),
    "j": integers(100, "cube"),
    "wide": uniform(-1, 1, "cube", "float64"),
    "narrow": uniform(-1, 1, "cube", "float16"),
    "brain": uniform(-1, 1, "cube", "bfloat16"),
    "small": integers(256, "cube"),
    # In a row, or a matrix, without two that are equal.
    "flat": permuted("float32"),
    "order": permuted("int64"),
    "ranks": Input(lambda rng, size: rng.permutation(size.n).reshape(size.matrix)),
    # As a matrix, with what belongs to its rows and columns.
    "m": uniform(-1, 1, "matrix"),
    "o": uniform(-1, 1, "matrix"),
    "turned": Input(lambda rng, size: rng.uniform(-1, 1, size.matrix[::-1])),
    "edges": Input(lambda rng, size: numpy.sort(rng.uniform(-1, 1, size.matrix[1])), gradient=False),
    "row": Input(lambda rng, size: rng.uniform(-1, 1, size.matrix[1])),
    "column": Input(lambda rng, size: rng.uniform(-1, 1, (size.matrix[0], 1))),
    "rows": Input(lambda rng, size: rng.integers(size.matrix[0], size=size.matrix[0]), "int64", False),
    "columns": Input(lambda rng, size: rng.integers(size.matrix[1], size=size.matrix[1]), "int64", False),
    "labels": Input(lambda rng, size: rng.integers(size.matrix[1], size=size.matrix[0]), "int64", False),
    "cells": Input(lambda rng, size: rng.integers(size.matrix[0], size=size.matrix), "int64", False),
    # As images, with what belongs to their channels.
    "images": uniform(-1, 1, "images"),
    "weight": Input(lambda rng, size: rng.uniform(0.5, 2, size.images[1])),
    "bias": Input(lambda rng, size: rng.uniform(-1, 1, size.images[1])),
    "mean": Input(lambda rng, size: rng.uniform(-1, 1, size.images[1]), gradient=False),
    "var": Input(lambda rng, size: rng.uniform(0.5, 2, size.images[1]), gradient=False),
    # As text.
    "text": Input(lambda rng, size: rng.integers(size.words[1], size=size.words[0]), "int64", False),
    "vectors": Input(lambda rng, size: rng.uniform(-1, 1, size.words[1:])),
    # Square matrices, their vectors, and batches of them.
    "A": square(),
    "B": square(),
    "C": square(),
    "A64": square(dtype="float64"),
    "B64": square(dtype="float64"),
    "v": uniform(-1, 1, "n"),
    "w": uniform(-1, 1, "n"),
    "P": square(8),
    "Q": square(8),
    "minibatch": Input(lambda rng, size: rng.uniform(-1, 1, (64, size.n))),
    "query": Input(lambda rng, size: rng.uniform(-1, 1, (2, 4, size.n, 32))),
    "key": Input(lambda rng, size: rng.uniform(-1, 1, (2, 4, size.n, 32))),
    "value": Input(lambda rng, size: rng.uniform(-1, 1, (2, 4, size.n, 32))),
}


@dataclass(frozen=True)
class Case:
    """An operation: an expression of INPUTS, the library `lib`, its `F` and the `size`."""

    name: str
    expression: str
    in_place: bool = False  # it changes its input, so no graph is recorded

    def inputs(self) -> list[str]:
        names = {node.id for node in ast.walk(ast.parse(self.expression)) if isinstance(node, ast.Name)}
        return sorted(names & INPUTS.keys())


POINTWISE = [
    Case("add", "x + y"),
    Case("add, number", "x + 1.5"),
    Case("add, int64", "i + j"),
    Case("add, float64", "wide + wide"),
    Case("add, float16", "narrow + narrow"),
    Case("add, bfloat16", "brain + brain"),
    Case("add, int64 and float32", "i + x"),
    Case("sub", "x - y"),
    Case("rsub, number", "1.0 - x"),
    Case("mul", "x * y"),
    Case("mul, number", "x * 1.5"),
    Case("div", "x / p"),
    Case("div, number by", "1.0 / p"),
    Case("remainder", "p % 0.3"),
    Case("floor_divide, int64", "i // 7"),
    Case("neg", "-x"),
    Case("abs", "x.abs()"),
    Case("sign", "x.sign()"),
    Case("floor", "x.floor()"),
    Case("round", "x.round()"),
    Case("exp", "x.exp()"),
    Case("exp, float64", "wide.exp()"),
    Case("exp, bfloat16", "brain.exp()"),
    Case("expm1", "x.expm1()"),
    Case("log", "p.log()"),
    Case("log1p", "p.log1p()"),
    Case("sqrt", "p.sqrt()"),
    Case("rsqrt", "p.rsqrt()"),
    Case("pow, 2", "x ** 2"),
    Case("pow, 3", "x ** 3"),
    Case("pow, 2.5", "p ** 2.5"),
    Case("pow, tensors", "p ** y"),
    Case("pow, number to the", "2.0 ** x"),
    Case("sin", "x.sin()"),
    Case("cos", "x.cos()"),
    Case("atan2", "lib.atan2(x, p)"),
    Case("erf", "x.erf()"),
    Case("tanh", "x.tanh()"),
    Case("sigmoid", "x.sigmoid()"),
    Case("relu", "x.relu()"),
    Case("leaky_relu", "F.leaky_relu(x)"),
    Case("elu", "F.elu(x)"),
    Case("gelu", "F.gelu(x)"),
    Case("gelu, tanh", "F.gelu(x, approximate='tanh')"),
    Case("silu", "F.silu(x)"),
    Case("mish", "F.mish(x)"),
    Case("softplus", "F.softplus(x)"),
    Case("hardswish", "F.hardswish(x)"),
    Case("clamp", "x.clamp(-0.5, 0.5)"),
    Case("maximum", "lib.maximum(x, y)"),
    Case("minimum", "lib.minimum(x, y)"),
    Case("where", "lib.where(b, x, y)"),
    Case("where, number", "lib.where(b, x, 0.0)"),
    Case("masked_fill", "x.masked_fill(b, -1.0)"),
    Case("lerp", "lib.lerp(x, y, 0.3)"),
    Case("addcmul", "lib.addcmul(x, y, z)"),
    Case("addcdiv", "lib.addcdiv(x, y, p)"),
    Case("greater", "x > y"),
    Case("greater, number", "x > 0"),
    Case("equal, int64", "i == j"),
    Case("logical and", "b & c"),
    Case("logical not", "~b"),
    Case("isnan", "x.isnan()"),
    # Changed in place.
    Case("add_", "x.add_(y)", in_place=True),
    Case("add_, number", "x.add_(1.5)", in_place=True),
    Case("add_, alpha", "x.add_(y, alpha=-0.01)", in_place=True),
    Case("mul_, number", "x.mul_(-1.0)", in_place=True),
    Case("addcmul_", "x.addcmul_(y, z, value=0.01)", in_place=True),
    Case("addcdiv_", "x.addcdiv_(y, p, value=0.01)", in_place=True),
    Case("lerp_", "x.lerp_(y, 0.1)", in_place=True),
    Case("clamp_", "x.clamp_(-0.5, 0.5)", in_place=True),
    Case("zero_", "x.zero_()", in_place=True),
    Case("copy_", "x.copy_(y)", in_place=True),
    Case("masked_fill_", "x.masked_fill_(b, 0.5)", in_place=True),
]

CONVERSIONS = [
    Case("float32 to float64", "x.double()"),
    Case("float64 to float32", "wide.float()"),
    Case("float32 to int64", "p.long()"),
    Case("int64 to float32", "i.float()"),
    Case("float32 to bool", "x.bool()"),
    Case("bool to float32", "b.float()"),
    Case("bool to int64", "b.long()"),
    Case("float32 to float16", "x.half()"),
    Case("float16 to float32", "narrow.float()"),
    Case("float32 to bfloat16", "x.bfloat16()"),
    Case("bfloat16 to float32", "brain.float()"),
    Case("int64 to uint8", "small.to(lib.uint8)"),
    Case("clone", "x.clone()"),
]

STRIDES = [
    Case("add row", "m + row"),
    Case("add column", "m + column"),
    Case("add row and column", "row + column"),
    Case("mul row", "m * row"),
    Case("mul column", "m * column"),
    Case("add, one transposed", "m.t() + turned"),
    Case("add, both transposed", "m.t() + o.t()"),
    Case("exp, transposed", "m.t().exp()"),
    Case("exp, every second row", "m[::2].exp()"),
    Case("exp, every second column", "m[:, ::2].exp()"),
    Case("add, every second column", "m[:, ::2] + o[:, ::2]"),
    Case("exp, half of each row", "m[:, : m.shape[1] // 2].exp()"),
    Case("sum, transposed", "m.t().sum()"),
    Case("sum of rows, transposed", "m.t().sum(1)"),
    Case("sum of columns, transposed", "m.t().sum(0)"),
    Case("contiguous, transposed", "m.t().contiguous()"),
    Case("contiguous, first and last exchanged", "x.transpose(0, 2).contiguous()"),
    Case("contiguous, channels last", "images.permute(0, 2, 3, 1).contiguous()"),
    Case("contiguous, expanded row", "row.expand(size.matrix).contiguous()"),
    Case("softmax, transposed", "m.t().softmax(-1)"),
]

DIMENSIONS = {"all": "", "first": "0", "middle": "1", "last": "2"}
REDUCTIONS = [
    Case(f"{method.partition('.')[2]}, {where}", f"{method}({dim})")
    for method in ("x.sum", "x.mean", "x.amax", "x.argmax", "x.var", "one.prod")
    for where, dim in DIMENSIONS.items()
]
REDUCTIONS += [
    Case("norm, all", "x.norm()"),
    Case("norm, first", "x.norm(dim=0)"),
    Case("norm, middle", "x.norm(dim=1)"),
    Case("norm, last", "x.norm(dim=2)"),
    Case("logsumexp, all", "x.logsumexp((0, 1, 2))"),
    Case("logsumexp, first", "x.logsumexp(0)"),
    Case("logsumexp, middle", "x.logsumexp(1)"),
    Case("logsumexp, last", "x.logsumexp(2)"),
    Case("max, all", "x.max()"),
    Case("max, first", "x.max(0)"),
    Case("max, middle", "x.max(1)"),
    Case("max, last", "x.max(2)"),
    Case("sum, first and last", "x.sum((0, 2))"),
    Case("std, last", "x.std(2)"),
    Case("sum, int64", "i.sum()"),
    Case("sum of bool", "b.sum()"),
    Case("sum, float64", "wide.sum()"),
    Case("sum, bfloat16, last", "brain.sum(2)"),
    Case("any, all", "b.any()"),
    Case("all, last", "b.all(2)"),
    Case("count_nonzero", "x.count_nonzero()"),
    Case("cumsum, first", "x.cumsum(0)"),
    Case("cumsum, last", "x.cumsum(2)"),
    Case("cumprod, last", "one.cumprod(2)"),
    Case("logcumsumexp, last", "x.logcumsumexp(2)"),
]

LAYERS = [
    Case("softmax, first", "x.softmax(0)"),
    Case("softmax, middle", "x.softmax(1)"),
    Case("softmax, last", "x.softmax(2)"),
    Case("log_softmax, first", "x.log_softmax(0)"),
    Case("log_softmax, last", "x.log_softmax(2)"),
    Case("layer_norm", "F.layer_norm(m, (m.shape[1],), row, row)"),
    Case("rms_norm", "F.rms_norm(m, (m.shape[1],), row)"),
    Case("batch_norm, training", "F.batch_norm(images, mean, var, weight, bias, training=True)"),
    Case("batch_norm, evaluation", "F.batch_norm(images, mean, var, weight, bias)"),
    Case("group_norm", "F.group_norm(images, 2, weight, bias)"),
    Case("instance_norm", "F.instance_norm(images)"),
    Case("dropout", "F.dropout(x, 0.5)"),
    Case("cross_entropy", "F.cross_entropy(m, labels)"),
    Case("nll_loss", "F.nll_loss(m, labels)"),
    Case("mse_loss", "F.mse_loss(x, target)"),
    Case("l1_loss", "F.l1_loss(x, target)"),
    Case("smooth_l1_loss", "F.smooth_l1_loss(x, target)"),
    Case("binary_cross_entropy_with_logits", "F.binary_cross_entropy_with_logits(x, target)"),
    Case("kl_div", "F.kl_div(x, target, reduction='batchmean')"),
    Case("embedding", "F.embedding(text, vectors)"),
    Case("one_hot", "F.one_hot(labels, size.matrix[1])"),
    Case("max_pool2d", "F.max_pool2d(images, 2)"),
    Case("max_pool2d, 3×3, stride 1", "F.max_pool2d(images, 3, 1, 1)"),
    Case("avg_pool2d", "F.avg_pool2d(images, 2)"),
    Case("adaptive_avg_pool2d, 1", "F.adaptive_avg_pool2d(images, 1)"),
    Case("pad, zeros", "F.pad(images, (1, 1, 1, 1))"),
    Case("pad, reflect", "F.pad(images, (1, 1, 1, 1), mode='reflect')"),
    Case("interpolate, nearest", "F.interpolate(images, scale_factor=2)"),
    Case("interpolate, bilinear", "F.interpolate(images, scale_factor=2, mode='bilinear')"),
]

CHOICES = [
    Case("index_select, rows", "m.index_select(0, rows)"),
    Case("index_select, columns", "m.index_select(1, columns)"),
    Case("index, rows", "m[rows]"),
    Case("index, cells", "m[rows, labels]"),
    Case("index, permutation", "flat[order]"),
    Case("gather, first", "m.gather(0, cells)"),
    Case("gather, last", "m.gather(1, cells)"),
    Case("scatter_add, first", "m.scatter_add(0, cells, o)"),
    Case("scatter_add, last", "m.scatter_add(1, cells, o)"),
    Case("scatter, last", "m.scatter(1, cells, 1.0)"),
    Case("index_add", "m.index_add(0, rows, o)"),
    Case("boolean mask", "x[b]"),
    Case("masked_select", "x.masked_select(b)"),
    Case("nonzero", "b.nonzero()"),
    Case("cat, first", "lib.cat([x, y, z])"),
    Case("cat, last", "lib.cat([x, y, z], 2)"),
    Case("stack, first", "lib.stack([x, y, z])"),
    Case("stack, last", "lib.stack([x, y, z], -1)"),
    Case("flip, last", "x.flip(2)"),
    Case("flip, first", "x.flip(0)"),
    Case("roll, last", "x.roll(1, 2)"),
    Case("roll, first", "x.roll(1, 0)"),
    Case("repeat", "x.repeat(2, 1, 2)"),
    Case("repeat_interleave", "x.repeat_interleave(2, 1)"),
    Case("tril", "m.tril()"),
    Case("triu", "m.triu(1)"),
    Case("diagonal, sum", "m.diagonal().sum()"),
]

ORDER = [
    Case("sort, row of all", "flat.sort()"),
    Case("sort, last", "ranks.sort(1)[0]"),
    Case("sort, first", "ranks.sort(0)[0]"),
    Case("sort, int64", "order.sort()"),
    Case("argsort", "flat.argsort()"),
    Case("topk, 3 of all", "flat.topk(3)"),
    Case("topk, 3 of last", "ranks.topk(3)[0]"),
    Case("median", "x.median()"),
    Case("kthvalue, last", "ranks.kthvalue(2)[0]"),
    Case("unique", "i.unique()"),
    Case("bincount", "i.flatten().bincount()"),
    Case("searchsorted", "lib.searchsorted(edges, m)"),
]

SOURCES = [
    Case("zeros", "lib.zeros(size.cube)"),
    Case("full", "lib.full(size.cube, 1.5)"),
    Case("arange", "lib.arange(size.n)"),
    Case("arange, float32", "lib.arange(0, size.n, dtype=lib.float32)"),
    Case("linspace", "lib.linspace(0, 1, size.n)"),
    Case("eye", "lib.eye(*size.matrix)"),
    Case("rand", "lib.rand(size.cube)"),
    Case("randn", "lib.randn(size.cube)"),
    Case("randint", "lib.randint(0, 10, size.cube)"),
    Case("randperm", "lib.randperm(size.n)"),
    Case("bernoulli", "lib.bernoulli(target)"),
    Case("zeros_like", "lib.zeros_like(x)"),
]

MATRICES = [
    Case("matmul", "A @ B"),
    Case("matmul, first transposed", "A.t() @ B"),
    Case("matmul, second transposed", "A @ B.t()"),
    Case("matmul, float64", "A64 @ B64"),
    Case("matrix and vector", "A @ v"),
    Case("transposed matrix and vector", "A.t() @ v"),
    Case("vector and matrix", "v @ A"),
    Case("dot", "v @ w"),
    Case("outer", "lib.outer(v, w)"),
    Case("addmm", "lib.addmm(C, A, B)"),
    Case("linear, batch 64", "F.linear(minibatch, A, v)"),
    Case("batch of 8", "P @ Q"),
    Case("batch of 8, second transposed", "P @ Q.mT"),
    Case("batch of 8 with one matrix", "P @ A"),
    Case("einsum bij,bjk->bik", "lib.einsum('bij,bjk->bik', P, Q)"),
    Case("attention, 2 × 4 heads of 32", "F.scaled_dot_product_attention(query, key, value)"),
    Case("attention, causal", "F.scaled_dot_product_attention(query, key, value, is_causal=True)"),
]

GROUPS = {
    "pointwise": (POINTWISE, ELEMENTS),
    "conversions": (CONVERSIONS, ELEMENTS),
    "broadcasting and strides": (STRIDES, ELEMENTS),
    "reductions": (REDUCTIONS, ELEMENTS),
    "layers and losses": (LAYERS, ELEMENTS),
    "choosing, joining, moving": (CHOICES, ELEMENTS),
    "order": (ORDER, ELEMENTS),
    "new tensors": (SOURCES, ELEMENTS),
    "matrices, by their side": (MATRICES, SIDES),
}
CONVOLUTIONS = "convolutions"
FORWARD, BOTH = "forward", "with backward"


class Side:
    """A case in one library: its inputs, and the two statements that are timed."""

    def __init__(self, library: ModuleType, case: Case, size: Size):
        self.names = {"lib": library, "F": library.nn.functional, "size": size}
        self.leaves = []
        self.case = case
        for name in case.inputs():
            declared = INPUTS[name]
            array = declared.make(numpy.random.default_rng(zlib.crc32(name.encode())), size)
            # The clone is the library's own memory.
            tensor = library.from_numpy(array).to(getattr(library, declared.dtype)).clone()
            self.names[name] = tensor
            if declared.gradient and tensor.is_floating_point() and not case.in_place:
                self.leaves.append(name)

    def record(self, on: bool) -> None:
        for leaf in self.leaves:
            self.names[leaf].requires_grad_(on)

    def forward(self) -> list:
        """The results, random numbers from a seed."""
        self.names["lib"].manual_seed(0)
        results = eval(self.case.expression, self.names)
        return list(results) if isinstance(results, tuple) else [results]

    def backward(self) -> list:
        """The gradients, having decided on the one of the result."""
        result = self.forward()[0]
        gradient = numpy.random.default_rng(0).uniform(-1, 1, tuple(result.shape))
        library = self.names["lib"]
        self.names["g"] = library.from_numpy(numpy.asarray(gradient)).to(result.dtype)
        library.manual_seed(0)
        exec(self.statement(BOTH), self.names)
        return [self.names[leaf].grad for leaf in self.leaves]

    def statement(self, which: str) -> str:
        if which == FORWARD:
            return self.case.expression
        first = "[0]" if isinstance(eval(self.case.expression, self.names), tuple) else ""
        forget = " = ".join(f"{leaf}.grad" for leaf in self.leaves)
        return f"{forget} = None; ({self.case.expression}){first}.backward(g)"


def difference(ours: list, theirs: list) -> str:
    """In what the results differ; nothing if they agree."""
    for a, b in zip(ours, theirs):
        a_is, b_is = (f"{str(t.dtype).rpartition('.')[2]} {list(t.shape)}" for t in (a, b))
        if a_is != b_is:
            return f"{a_is} instead of {b_is}"
        rough = "16" in b_is.partition(" ")[0]
        exact = not b.is_floating_point()
        a, b = (t.detach().double().numpy() for t in (a, b))
        tolerance = 0.0 if exact else 2e-2 if rough else 1e-4
        scale = abs(b).max(initial=0, where=numpy.isfinite(b))
        if not numpy.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True):
            return f"values differ by up to {numpy.nanmax(abs(a - b)):.3g}"
    return ""


def entries(case: Case, size: Size, libraries: list[ModuleType]) -> Iterator[tuple[str, dict]]:
    """The passes of a case, each with what is to be timed; or with what is wrong."""
    sides = {library.__name__: Side(library, case, size) for library in libraries}
    torch = sides["torch"]
    torch.record(True)
    differentiable = bool(torch.leaves) and torch.forward()[0].requires_grad
    for which in (FORWARD, BOTH) if differentiable else (FORWARD,):
        problem = ""
        try:
            found = []
            for side in sides.values():
                side.record(which == BOTH)
                found.append(side.backward() if which == BOTH else side.forward())
            problem = difference(*found)
            del found
        except Exception as error:  # an entry that fails is reported like one that is slow
            problem = f"{type(error).__name__}: {error}"
        if problem:
            yield which, {"problem": problem}
        else:
            timers = {
                name: Timer(side.statement(which), globals=side.names).timeit for name, side in sides.items()
            }
            yield which, {"timers": timers}


def measured(timers: dict, options: argparse.Namespace) -> dict:
    """The times of an entry; one that is not ahead is looked at again, longer, and then that counts."""
    times = alternate(timers, rounds=options.rounds, seconds=options.seconds)
    again = ratio_of(times) < DOUBTFUL
    if again and not options.quick:
        times = alternate(timers, rounds=options.rounds, seconds=2 * options.seconds)
    return {"times": {name: asdict(t) for name, t in times.items()}, "ratio": ratio_of(times)}


def ratio_of(times: dict[str, Summary]) -> float:
    return times["torch"].median / times["synapgrad"].median


def measure(options: argparse.Namespace) -> list[dict]:
    """All cases, with the number of threads that the environment says."""
    import torch

    import synapgrad

    torch.set_num_threads(options.threads[0])
    results = []

    def note(group: str, name: str, size: str, which: str, entry: dict) -> None:
        results.append({"group": group, "case": name, "size": size, "pass": which, **entry})
        outcome = entry.get("problem") or f"{entry['ratio']:.2f}×"
        print(f"{options.threads[0]} thread(s): {name}, {size}, {which}: {outcome}", file=sys.stderr)

    for group, (cases, sizes) in GROUPS.items():
        for case in cases:
            for size in sizes:
                if wanted(case.name, options.only) and (not options.sizes or size.name in options.sizes):
                    for which, entry in entries(case, size, [synapgrad, torch]):
                        if "timers" in entry:
                            entry = measured(entry["timers"], options)
                        note(group, case.name, size.name, which, entry)
    for shape in conv.CASES:
        if wanted(f"conv {shape.name}", options.only) and not options.sizes:
            sides = conv.contestants(shape)
            for which in (FORWARD, BOTH):
                entry = measured(conv.timers(sides, which == BOTH), options)
                note(CONVOLUTIONS, f"conv {shape.name}", "", which, entry)
    return results


def wanted(name: str, patterns: list[str] | None) -> bool:
    return not patterns or any(re.search(pattern, name) for pattern in patterns)


def report(results: list[dict], threads: int) -> str:
    """The tables of a run, and what they come to."""
    text = f"## {threads} thread{'s' * (threads > 1)}\n\nPyTorch / SynapGrad, of the medians.\n"
    cells = {
        (e["group"], e["case"], e["size"], e["pass"]): f"{e['ratio']:.2f}×" if "ratio" in e else "FAILED"
        for e in results
    }
    for group in dict.fromkeys(entry["group"] for entry in results):
        sizes = list(dict.fromkeys(entry["size"] for entry in results if entry["group"] == group))
        columns = [(size, which) for which in (FORWARD, BOTH) for size in sizes]
        header = [group, *(f"{which} {size}".strip() for size, which in columns)]
        names = dict.fromkeys(entry["case"] for entry in results if entry["group"] == group)
        rows = [[name, *(cells.get((group, name, *column), "") for column in columns)] for name in names]
        text += f"\n{table(header, rows)}\n"

    timed = [entry for entry in results if "ratio" in entry]
    if timed:
        text += (
            f"\n{table(['geometric mean', 'PyTorch / SynapGrad', 'entries', 'below 0.9×'], means(timed))}\n"
        )
    slow = sorted((entry for entry in timed if entry["ratio"] < DOUBTFUL), key=lambda entry: entry["ratio"])
    if slow:
        text += f"\n{table(['behind', 'size', 'pass', 'µs', 'PyTorch', 'ratio', 'best / best'], map(line, slow))}\n"
    for entry in results:
        if "problem" in entry:
            text += "\nFAILED: {case}, {size}, {pass}: {problem}".format(**entry)
    return text


def means(timed: list[dict]) -> Iterator[list[str]]:
    """Of everything, of each size, of each pass and of each group."""
    kinds: list[tuple[str, Callable[[dict], bool]]] = [("everything", lambda entry: True)]
    for key, label in [("pass", "{}"), ("size", "size {}"), ("group", "{}")]:
        for value in dict.fromkeys(entry[key] for entry in timed):
            if value:
                kinds.append((label.format(value), lambda entry, key=key, value=value: entry[key] == value))
    for label, belongs in kinds:
        ratios = [entry["ratio"] for entry in timed if belongs(entry)]
        below = sum(ratio < LIMIT for ratio in ratios)
        yield [label, f"{geometric_mean(ratios):.2f}×", str(len(ratios)), str(below)]


def line(entry: dict) -> list[str]:
    """An entry of the list of those that are behind."""
    ours, theirs = (Summary(**entry["times"][name]) for name in ("synapgrad", "torch"))
    return [
        entry["case"],
        entry["size"],
        entry["pass"],
        micros(ours.median),
        micros(theirs.median),
        f"{entry['ratio']:.2f}×",
        f"{theirs.best / ours.best:.2f}×",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.01, help="length of a round (default: 0.01)")
    parser.add_argument(
        "--only", nargs="+", metavar="REGEX", help="operations whose names match one of these"
    )
    sizes = [size.name for size in ELEMENTS + SIDES]
    parser.add_argument("--sizes", nargs="+", choices=sizes, metavar="SIZE", help=f"of {sizes}")
    parser.add_argument("--quick", action="store_true", help="three rounds of 3 ms each, for a first look")
    parser.add_argument("--name", default="operations", help="of the files in out/bench")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 3, 0.003
    if options.child:
        json.dump(measure(options), sys.stdout)
        return 0
    texts, results = [], []
    for threads, found in each_in_a_process(options.threads):
        texts.append(report(found, threads))
        results += [{**entry, "threads": threads} for entry in found]
    write(options.name, "\n\n".join(texts), {"benchmark": "operations", "results": results})
    return 1 if any("problem" in entry for entry in results) else 0


if __name__ == "__main__":
    sys.exit(main())
