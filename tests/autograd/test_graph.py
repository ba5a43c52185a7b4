"""Pictures of graphs: everything that is known is on them, and files are written as a whole."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
import torch

import synapgrad as sg
from synapgrad import utils


def program():
    with sg.retain_grads():
        x = sg.tensor([5.0, 3.0], requires_grad=True)
        x2 = sg.tensor([6.0, 0.4], requires_grad=True)
        y = x**3 + 3
        y2 = x2 / x
        z = (y * y2 * x2).sum()
        z.backward()
    return x, x2, y, y2, z


def printed(values) -> str:
    """The numbers as PyTorch prints them, without the spaces that put them into columns."""
    text = repr(torch.tensor(values.tolist()))
    return re.sub(r", +", ", ", text.removeprefix("tensor(").removesuffix(")"))


def cells(root) -> set[str]:
    """The texts in a picture."""
    return {text.strip() for element in root.iter() for text in element.itertext()}


def test_every_tensor_of_the_readme_program_is_shown_with_its_gradient():
    x, x2, y, y2, z = program()
    drawing = utils.graph.draw(z, data_length=1000)
    root = ElementTree.fromstring(drawing.svg)
    assert root.tag.endswith("svg")
    # x, x2, and the results of pow, add, div, mul, mul, sum; and as many operations as results.
    assert drawing.source.count("is_leaf") == 8
    assert len(re.findall(r"\bv\d+ \[", drawing.source)) == 14
    assert drawing.source.count(" -> ") == 6 + 9
    shown = cells(root)
    for tensor in (x, x2, y, y2, z):
        for values in (tensor.detach(), tensor.grad):
            assert printed(values) in shown
    for name in ("PowBackward0", "AddBackward0", "DivBackward0", "MulBackward0", "SumBackward0"):
        assert name in drawing.source


def test_constants_and_names_are_shown_while_they_are_known():
    x = sg.tensor([1.0, 2.0])
    w = sg.tensor([3.0, 4.0], requires_grad=True)
    y = x * w
    source = utils.graph.draw(y, params={"weight": w}).source
    assert "weight" in source and source.count("is_leaf") == 3


def test_a_leaf_and_a_constant_alone():
    assert utils.graph.draw(sg.tensor(1.0, requires_grad=True)).source.count("is_leaf") == 1
    assert utils.graph.draw(sg.tensor([1, 2])).source.count("is_leaf") == 1


def test_after_backward_what_was_freed_is_not_shown():
    x = sg.tensor([1.0], requires_grad=True)
    y = (x * x).exp()
    before = utils.graph.draw(y).source.count("is_leaf")
    y.backward()
    assert utils.graph.draw(y).source.count("is_leaf") == before == 2


def test_rankdir_data_length_and_errors():
    x = sg.tensor([0.0] * 100, requires_grad=True)
    assert "rankdir=TB" in x.draw_graph(rankdir="TB").source
    assert len(x.draw_graph(data_length=5).source) < len(x.draw_graph(data_length=200).source)
    with pytest.raises(ValueError, match="rankdir"):
        x.draw_graph(rankdir="up")
    with pytest.raises(ValueError, match="data_length"):
        x.draw_graph(data_length=-1)
    with pytest.raises(TypeError, match="root"):
        utils.graph.draw(3)


def test_files(tmp_path, monkeypatch):
    drawing = program()[-1].draw_graph()
    assert drawing.save(tmp_path / "a.svg") == str(tmp_path / "a.svg")
    assert drawing.render(tmp_path / "b") == str(tmp_path / "b.svg")
    assert drawing.render(tmp_path / "c", format="dot") == str(tmp_path / "c.dot")
    assert (tmp_path / "a.svg").read_text() == (tmp_path / "b.svg").read_text() == drawing._repr_svg_()
    assert (tmp_path / "c.dot").read_text() == drawing.source
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="Graphviz"):
        drawing.save(tmp_path / "d.png")
    with pytest.raises(FileNotFoundError):
        drawing.save(tmp_path / "none" / "e.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.svg", "b.svg", "c.dot"]


def test_notebooks():
    bundle = program()[-1].draw_graph()._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg") and bundle["text/plain"].startswith("<graph")


def test_a_graph_too_large_to_draw_still_has_a_source():
    y = sg.tensor([1.0], requires_grad=True)
    for _ in range(20_000):
        y = y + 1
    drawing = y.draw_graph()
    assert drawing.source.count(" -> ") == 20_001
    with pytest.raises(RuntimeError, match="too large"):
        _ = drawing.svg
    assert "too large" in drawing._repr_mimebundle_()["text/plain"]


def test_trace():
    nodes, edges = utils.graph.trace(program()[-1])
    assert (len(nodes), len(edges)) == (8, 9)
