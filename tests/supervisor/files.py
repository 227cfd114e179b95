"""Folders and archives of the tests of inputs and outputs."""

from __future__ import annotations

from clary.runs.api import Host

TWO = (Host("algo-1"), Host("algo-2"))
DATA = "/opt/ml/input/data/train"
