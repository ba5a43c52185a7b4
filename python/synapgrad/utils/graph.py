"""The picture of the graph that computed a tensor.

>>> import synapgrad as sg
>>> x = sg.tensor([5.0, 3.0], requires_grad=True)
>>> drawing = sg.utils.graph.draw((x * 2).sum())
>>> drawing.source.startswith("digraph")
True

Every tensor whose value is still known has a card: the root, the leaves, what keeps its gradient
(``retain_grad()``, ``with retain_grads():``), and what operations have saved for their derivatives until
backward frees it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .. import _C

__all__ = ["Drawing", "draw", "trace"]

#: What is written without Graphviz.
_OWN = ("svg", "dot", "gv")


class Drawing:
    """A drawn graph. Notebooks show it as a picture.

    Attributes:
        source: the graph in Graphviz's language.
        format: what ``render`` writes unless told otherwise.
    """

    def __init__(self, picture: _C._Picture, format: str) -> None:
        self._picture = picture
        self.format = format

    @property
    def source(self) -> str:
        """The graph in Graphviz's language."""
        return self._picture.dot()

    @property
    def svg(self) -> str:
        """The picture as an SVG document.

        Raises RuntimeError for more than 4,000 vertices, which nobody could read.
        """
        return self._picture.svg()

    def pipe(self, format: str | None = None) -> bytes:
        """The picture as bytes of a file in `format`: ``'svg'``, ``'dot'``, or another that Graphviz knows.

        Raises RuntimeError where Graphviz is needed and not installed, or fails.
        """
        format = (format or self.format).lower()
        if format == "svg":
            return self.svg.encode()
        if format in _OWN:
            return self.source.encode()
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                f"draw: the format {format!r} needs Graphviz, whose program 'dot' is not installed; "
                "'svg' and 'dot' need nothing"
            )
        run = subprocess.run(
            [program, f"-T{format}"], input=self.source.encode(), capture_output=True, check=False
        )
        if run.returncode:
            raise RuntimeError(
                f"draw: Graphviz failed to write {format!r}: {run.stderr.decode(errors='replace').strip()}"
            )
        return run.stdout

    def render(self, path: str | os.PathLike = "graph", format: str | None = None) -> str:
        """Write a file and return its path. The format is added to a path that does not end with it."""
        format = (format or self.format).lower()
        target = Path(path)
        if target.suffix.lower() != f".{format}":
            target = target.with_name(f"{target.name}.{format}")
        _write(target, self.pipe(format))
        return str(target)

    def save(self, path: str | os.PathLike) -> str:
        """Write the picture into a file, in the format that its ending names, and return the path."""
        target = Path(path)
        _write(target, self.pipe(target.suffix[1:] or self.format))
        return str(target)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg, "text/plain": repr(self)}
        except RuntimeError as error:
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        return f"<graph with {self.source.count(' -> ')} edges>"


def _write(target: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp makes files that nobody else may read.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def draw(
    root: _C.Tensor,
    format: str = "svg",
    rankdir: str = "LR",
    data_length: int = 50,
    params: Mapping[str, _C.Tensor] | None = None,
) -> Drawing:
    """Draw the graph that computed `root`: a card per tensor, a pill per operation.

    Args:
        root: the tensor whose history is drawn.
        format: what ``render`` writes: ``'svg'``, ``'dot'``, or what an installed Graphviz knows.
        rankdir: where the arrows point: ``'LR'``, ``'TB'``, ``'RL'`` or ``'BT'``.
        data_length: how many characters of data and gradients are shown.
        params: names for tensors, such as ``dict(model.named_parameters())``.

    Raises ValueError for an unknown `rankdir`, TypeError where `root` is no tensor.
    """
    if not isinstance(root, _C.Tensor):
        raise TypeError(f"draw: root must be a Tensor, got {type(root).__name__}")
    if data_length < 0:
        raise ValueError(f"draw: data_length must not be negative, got {data_length}")
    names = list(dict(params or {}).items())
    return Drawing(_C._picture(root, rankdir, data_length, names), format)


def trace(root: _C.Tensor) -> tuple[set, set]:
    """The nodes of the graph of `root` and its edges, pairs (from, to) along the computation."""
    nodes: set = set()
    edges: set = set()
    waiting = [root.grad_fn] if root.grad_fn is not None else []
    while waiting:
        node = waiting.pop()
        if node in nodes:
            continue
        nodes.add(node)
        for origin, _ in node.next_functions:
            if origin is not None:
                edges.add((origin, node))
                waiting.append(origin)
    return nodes, edges
