"""The stub of the extension is what tools/stubs.py writes."""

import ast
import subprocess
import sys
from pathlib import Path

import synapgrad
from synapgrad import _C

ROOT = Path(__file__).resolve().parents[1]


def test_the_stub_is_up_to_date():
    run = subprocess.run([sys.executable, ROOT / "tools/stubs.py", "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_stub_names_everything():
    tree = ast.parse(Path(synapgrad.__file__).with_name("_C.pyi").read_text(encoding="utf-8"))
    named = {getattr(node, "name", None) for node in tree.body}
    named |= {node.target.id for node in tree.body if isinstance(node, ast.AnnAssign)}
    assert {name for name in vars(_C) if not name.startswith("__")} <= named


def test_the_package_says_that_it_is_typed():
    assert Path(synapgrad.__file__).with_name("py.typed").exists()
