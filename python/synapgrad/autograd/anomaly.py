"""Looking for the operation that makes a NaN."""

from __future__ import annotations

import warnings

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class set_detect_anomaly:
    """Accepted so that programs written for PyTorch run; nothing is detected, as a warning says."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        if mode:
            warnings.warn(f"{type(self).__name__}: anomalies are not looked for", stacklevel=2)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        pass


class detect_anomaly(set_detect_anomaly):
    """:class:`set_detect_anomaly` of True."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
