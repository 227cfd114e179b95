"""AWS's libraries that its images bring and scripts import by name: the parts of them that scripts use.

The packages in this folder are found by their own names (`import sagemaker_inference`), after the user's code and after
what the user had installed. What they do not have is not there: importing it or asking for it fails, by name.
Names and signatures: aws/sagemaker-inference-toolkit, aws/sagemaker-containers, aws/sagemaker-xgboost-container.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
