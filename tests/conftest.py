"""What all tests share."""

import signal
import sys
from pathlib import Path

# Test modules import the helpers that lie beside them: `from helpers import same`.
for directory in ("nn",):
    sys.path.insert(0, str(Path(__file__).parent / directory))

# A shell makes what it starts in the background deaf to Ctrl-C, and so all that is started from there. Tests send it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
