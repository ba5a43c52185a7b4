"""The switches that programs set for libraries that SynapGrad does without. They can be set, and change nothing: its
results are deterministic, and do not depend on the number of threads.

>>> import synapgrad as sg
>>> sg.backends.cudnn.deterministic = True
>>> sg.backends.mps.is_available()
False
"""

from __future__ import annotations

from types import SimpleNamespace

__all__ = ["cuda", "cudnn", "mkldnn", "mps"]


class _Absent(SimpleNamespace):
    """A library that is not there; its switches hold what they are given."""

    def is_available(self) -> bool:
        """False."""
        return False

    def is_built(self) -> bool:
        """False."""
        return False


cudnn = _Absent(enabled=False, deterministic=True, benchmark=False, allow_tf32=False)
cuda = _Absent(matmul=SimpleNamespace(allow_tf32=False))
mkldnn = _Absent(enabled=False)
mps = _Absent()
