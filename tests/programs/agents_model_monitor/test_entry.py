"""The program as a job starts it: a process of its own, which never imports the platform."""

import subprocess
import sys
from pathlib import Path

from .job import BASELINE_FORMAT, Job

SRC = Path(__file__).parents[3] / "src"


def test_the_module_runs_and_leaves_its_message(job: Job) -> None:
    job.write("processing/input/data/a.csv", "v\n1\n2\n")
    environ = {
        "PYTHONPATH": str(SRC),
        "SAGEMAKER_BASE_DIR": str(job.root),
        "dataset_source": "/opt/ml/processing/input/data",
        "dataset_format": BASELINE_FORMAT,
        "output_path": "/opt/ml/processing/output",
    }
    command = [sys.executable, "-m", "clary_programs.agents.model_monitor"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "Completed: Job completed successfully.\n"
    assert job.features()["v"]["inferred_type"] == "Integral"


def test_the_platform_is_not_imported() -> None:
    check = (
        "import sys, clary_programs.agents.model_monitor.__main__;"
        "sys.exit(any(name.split('.')[0] == 'clary' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", check], env={"PYTHONPATH": str(SRC)}, check=True)
