"""The inference toolkit's library: content types, encoders, decoders and errors for a script's hooks."""

import sys

from . import headers

# AWS's name for it.
utils = sys.modules[f"{__name__}.utils"] = headers
