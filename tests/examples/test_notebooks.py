"""Every notebook of examples/ runs from top to bottom in a fresh kernel and learns what it says it learns."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))

# The images of MNIST are many: here a notebook takes a part of them, for so many epochs.
SHORTER = {
    "mnist_mlp.ipynb": {"PART": "0.1", "EPOCHS": "4"},
    "mnist_cnn.ipynb": {"PART": "0.05", "EPOCHS": "2"},
}
# What a notebook has to reach by the last accuracy that it prints.
ACCURACY = {"basic_mlp.ipynb": 0.97, "mnist_mlp.ipynb": 0.85, "mnist_cnn.ipynb": 0.85}
# The kinds of pictures it has to show: plots are PNG, graphs are SVG.
PICTURES = {
    "basic_mlp.ipynb": {"image/png", "image/svg+xml"},
    "mnist_mlp.ipynb": {"image/png"},
    "mnist_cnn.ipynb": {"image/png"},
    "trace_graph.ipynb": {"image/svg+xml"},
}


def printed(notebook: nbformat.NotebookNode) -> str:
    """Everything the cells printed to standard output."""
    return "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def shown(notebook: nbformat.NotebookNode) -> set[str]:
    """The kinds of pictures that the cells showed."""
    return {
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
        if kind.startswith("image/")
    }


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.name)
def executed(request, tmp_path_factory):
    """A notebook's name and the notebook with its outputs."""
    notebook = nbformat.read(request.param, as_version=4)
    # In a directory of its own, so that what it writes does not land in the repository.
    home = tmp_path_factory.mktemp("notebook")
    (home / "data").symlink_to(EXAMPLES / "data")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in SHORTER.get(request.param.name, {}).items():
            environment.setenv(name, value)
        resources = {"metadata": {"path": str(home)}}
        NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    return request.param.name, notebook


def test_a_notebook_reaches_its_accuracy(executed):
    name, notebook = executed
    accuracies = re.findall(r"accuracy (\d\.\d+)", printed(notebook))
    if name in ACCURACY:
        assert accuracies and float(accuracies[-1]) >= ACCURACY[name]


def test_a_notebook_shows_its_pictures(executed):
    name, notebook = executed
    assert PICTURES[name] <= shown(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
