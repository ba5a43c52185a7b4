"""What all tests share."""

import sys
from pathlib import Path

# Test modules import the helpers that lie beside them: `from helpers import same`.
for directory in ("nn",):
    sys.path.insert(0, str(Path(__file__).parent / directory))
