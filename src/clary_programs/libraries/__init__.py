"""AWS's libraries that its images bring and scripts import by name.

The packages in this folder are found by their own names (`import sagemaker_inference`), after the user's code and after
what the user had installed. What they do not have is not there: importing it or asking for it fails, as Python has it.
Each package names its source; `_shared` holds what several of them have alike.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
