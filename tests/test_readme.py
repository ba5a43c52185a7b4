"""The Python programs of README.md run as they stand."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_programs_are_there():
    assert len(PROGRAMS) == 3


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_runs(number):
    exec(compile(PROGRAMS[number], f"README.md, program {number + 1}", "exec"), {"__name__": "__main__"})


def test_the_training_loop_learns():
    names: dict = {}
    exec(PROGRAMS[-1], names)
    right = (names["model"](names["X"]) > 0.5) == (names["target"] > 0.5)
    assert right.float().mean().item() >= 0.97
