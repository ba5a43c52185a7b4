"""Write ``python/synapgrad/_C.pyi`` from the built extension.

    python tools/stubs.py          write the file
    python tools/stubs.py --check  fail where it is not what would be written

The extension knows the names, signatures and docs of its functions. It does not know types; those of
arguments are told by their names, those of results by a short table, and the rest is ``Any``. Ruff lays the
lines out, as it does those of every other file.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
from pathlib import Path

import synapgrad
from synapgrad import _C

TARGET = Path(synapgrad.__file__).with_name("_C.pyi")

HEADER = '''"""The extension module. Written by tools/stubs.py; changes are lost."""

# The module has dtypes that are called bool, int and float, and the class an attribute that is called dtype.
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from builtins import str as _str
from collections.abc import Iterator
from typing import Any

from typing_extensions import Self

'''

#: As in pyproject.toml.
WIDTH = 110

#: Types of arguments by their names.
ARGUMENTS = {
    "input": "Tensor",
    "keepdim": "_bool",
    "requires_grad": "_bool",
    "retain_graph": "_bool | None",
    "create_graph": "_bool",
    "dtype": "Any",
}

#: Types of results; functions and methods that are not named here return Any.
RESULTS = {
    "__bool__": "_bool",
    "__contains__": "_bool",
    "__enter__": "Self",
    "__exit__": "None",
    "__eq__": "Any",
    "__float__": "_float",
    "__hash__": "_int",
    "__index__": "_int",
    "__int__": "_int",
    "__iter__": "Iterator[Any]",
    "__len__": "_int",
    "__new__": "Self",
    "__repr__": "_str",
    "__str__": "_str",
    "__format__": "_str",
    "backward": "None",
    "dim": "_int",
    "dot": "Any",
    "is_grad_enabled": "_bool",
    "is_inference_mode_enabled": "_bool",
    "is_floating_point": "_bool",
    "is_tensor": "_bool",
    "name": "_str",
    "numel": "_int",
    "register_hook": "RemovableHandle",
    "svg": "_str",
    "tensor": "Tensor",
}

#: Types of attributes.
ATTRIBUTES = {
    "dtype": "_dtype",
    "grad": "Tensor | None",
    "grad_fn": "Node | None",
    "is_leaf": "_bool",
    "ndim": "_int",
    "requires_grad": "_bool",
}

#: Python's own methods, which `object` has in other forms.
OBJECT = {"__class__", "__delattr__", "__dir__", "__doc__", "__getattribute__", "__getstate__", "__init__",
          "__init_subclass__", "__module__", "__new__", "__reduce_ex__", "__setattr__", "__sizeof__",
          "__subclasshook__", "__dict__", "__weakref__"}  # fmt: skip


def parameters(function, method: bool) -> str:
    """The parameters of `function` as they are written in a stub."""
    # The slots of these have a modulus, which tensors refuse.
    if method and function.__name__ in ("__pow__", "__rpow__"):
        return "self, value: Any, /"
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return "self, *args: Any, **kwargs: Any" if method else "*args: Any, **kwargs: Any"
    shown, slash, star = [], False, False
    for i, parameter in enumerate(signature.parameters.values()):
        name, kind = parameter.name, parameter.kind
        if method and i == 0:
            shown.append("self" if name != "cls" else "cls")
            continue
        if kind is parameter.POSITIONAL_ONLY:
            slash = True
        elif slash:
            shown.append("/")
            slash = False
        if kind is parameter.KEYWORD_ONLY and not star:
            shown.append("*")
            star = True
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(kind, "")
        star = star or kind is parameter.VAR_POSITIONAL
        default = "" if parameter.default is parameter.empty else " = ..."
        shown.append(f"{prefix}{name}: {'Any' if prefix else ARGUMENTS.get(name, 'Any')}{default}")
    if slash and shown != ["self"]:
        shown.append("/")
    if method and (not shown or shown[0] not in ("self", "cls")):
        shown.insert(0, "self")
    return ", ".join(shown)


def doc(thing, indent: str) -> list[str]:
    """The first paragraph of the docs, as a docstring."""
    text = inspect.getdoc(thing) if isinstance(getattr(thing, "__doc__", None), str) else None
    if not text:
        return []
    first = " ".join(text.split("\n\n")[0].split()).replace("\\", "\\\\").replace('"""', "'''")
    first = first + " " if first.endswith('"') else first
    lines = textwrap.wrap(
        first, WIDTH - len(indent) - len('""""""'), break_long_words=False, break_on_hyphens=False
    )
    lines[0] = '"""' + lines[0]
    if len(lines) == 1:
        return [f'{indent}{lines[0]}"""']
    return [indent + line for line in [*lines, '"""']]


def function(name: str, thing, indent: str = "", method: bool = False) -> list[str]:
    """A function or method."""
    result = RESULTS.get(name, "Any")
    if not method and name in ("dim", "name"):
        result = "Any"
    lines = [f"{indent}def {name}({parameters(thing, method)}) -> {result}:"]
    body = doc(thing, indent + "    ") if not name.startswith("__") else []
    return lines + body if body else [lines[0] + " ..."]


def members(owner: type) -> list[str]:
    """The body of a class."""
    lines: list[str] = []
    own = vars(owner)
    if "__new__" in own:
        try:
            text = parameters(owner, False)
        except (TypeError, ValueError):
            text = "*args: Any, **kwargs: Any"
        lines.append(f"    def __new__(cls{', ' if text else ''}{text}) -> Self: ...")
    for name in sorted(own):
        thing = own[name]
        if name in OBJECT or (name.startswith("__r") and name == "__reduce__"):
            continue
        if name == "__hash__" and thing is None:
            continue
        if isinstance(thing, staticmethod):
            lines += ["    @staticmethod", *function(name, thing.__func__, "    ", method=False)]
        elif isinstance(thing, classmethod) or type(thing).__name__ == "classmethod_descriptor":
            lines += ["    @classmethod", f"    def {name}(cls, *args: Any, **kwargs: Any) -> Any: ..."]
        elif type(thing).__name__ == "builtin_function_or_method":
            lines += ["    @staticmethod", *function(name, thing, "    ", method=False)]
        elif callable(thing):
            lines += function(name, thing, "    ", method=True)
        elif type(thing).__name__ in ("getset_descriptor", "member_descriptor", "property"):
            lines.append(f"    {name}: {ATTRIBUTES.get(name, 'Any')}")
        elif not name.startswith("__"):
            lines.append(f"    {name}: Any")
    return lines or ["    ..."]


def stub() -> str:
    """The whole file."""
    classes, functions, values = [], [], []
    for name, thing in sorted(vars(_C).items()):
        if name.startswith("__"):
            continue
        if isinstance(thing, type) and thing.__name__ == name:
            base = "(tuple[_int, ...])" if issubclass(thing, tuple) else ""
            classes += [f"class {name}{base}:", *doc(thing, "    "), *members(thing), ""]
        elif callable(thing) and not isinstance(thing, type):
            functions += function(name, thing)
        else:
            values.append(f"{name}: {'_dtype' if type(thing).__name__ == 'dtype' else 'Any'}")
    # Attributes of a class may have the name of a class or function; annotations are not evaluated in a stub.
    return laid_out(HEADER + "\n".join([*values, "", *classes, "_dtype = dtype", "", *functions]) + "\n")


def laid_out(source: str) -> str:
    """The source as `ruff format` has it."""
    ruff = [sys.executable, "-m", "ruff", "format", "--stdin-filename", TARGET, "-"]
    return subprocess.run(ruff, input=source, capture_output=True, encoding="utf-8", check=True).stdout


def main() -> int:
    text = stub()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print(f"{TARGET.name} is out of date: run python tools/stubs.py", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
