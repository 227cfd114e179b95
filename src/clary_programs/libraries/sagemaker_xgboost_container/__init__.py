"""The XGBoost image's library: data of a channel, and training on several hosts."""

import sys

from . import data

# AWS's name for it.
data_utils = sys.modules[f"{__name__}.data_utils"] = data
