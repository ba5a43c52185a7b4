"""Contestants that run in processes of their own, and answer questions there (contestants/)."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / ".bench-env"


class Absent(Exception):
    """A contestant that cannot take part; the message says why."""


def command(environment: str | None, script: str) -> list[Path]:
    """What runs contestants/<script>; in Rust, where a script is a program, what cargo has made of it."""
    if environment == "rust":
        return [PEERS / environment / "release" / script]
    python = PEERS / environment / "bin" / "python" if environment else Path(sys.executable)
    return [python, HERE / "contestants" / script]


class Peer:
    """A process that runs contestants/<script> with some arguments: a line of JSON in, a line of JSON out.

    `environment` is the one below .bench-env, "rust" for a program, or None for that of this process; `variables` are
    added to those of the environment. `task` is the first question.
    """

    def __init__(
        self,
        environment: str | None,
        script: str,
        *arguments: str,
        task: dict | str,
        variables: dict[str, str] | None = None,
    ):
        program, *script_path = command(environment, script)
        if not program.exists():
            raise Absent("not installed")
        # Another environment must not find the libraries of this one.
        inherited = {
            key: value for key, value in os.environ.items() if not environment or key != "PYTHONPATH"
        }
        self.process = subprocess.Popen(
            [program, *script_path, *arguments],
            env={**inherited, **(variables or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        answer = self.ask(start=task)
        if "missing" in answer:
            self.close()
            raise Absent("not installed")
        self.version = answer["version"]

    def ask(self, **request) -> dict:
        assert self.process.stdin and self.process.stdout
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise Absent(f"failed (exit code {self.process.wait()})") from None

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self.process.stdin:
                self.process.stdin.close()
        self.process.wait()
