"""What the images run: which program `clary_programs.entry` chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary_programs import entry
from tests.programs.toolkit.job import Job

SHARED = Path(__file__).parents[3].parent / "shared" / "flows" / "src"


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "ml")


def test_a_named_script_is_run_whatever_the_framework(job: Job) -> None:
    job.code({"train.py": "print('mine')"}, "train.py")
    done = job.run("clary_programs.entry", "xgboost", "train")
    assert (done.returncode, done.stdout) == (0, "mine\n")


def test_a_framework_without_a_script_says_what_is_missing(job: Job) -> None:
    done = job.run("clary_programs.entry", "sklearn", "train")
    assert done.returncode == 1
    assert "sagemaker_program" in job.failure


@pytest.mark.parametrize("arguments", [[], ["xgboost"], ["xgboost", "dance"], ["a", "train", "more"]])
def test_other_arguments_are_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


def test_xgboost_without_a_script_trains_its_own_algorithm(job: Job) -> None:
    pytest.importorskip("clary_programs.algorithms.xgboost.train")
    (job.base / "input/data/train/t.csv").write_text("".join(f"{i},{i}\n" for i in range(20)))
    (job.base / "input/config/inputdataconfig.json").write_text(
        '{"train":{"ContentType":"text/csv","TrainingInputMode":"File","S3DistributionType":"FullyReplicated"}}'
    )
    job.hyperparameters = {"num_round": 2}
    done = job.run("clary_programs.entry", "xgboost", "train")
    assert done.returncode == 0, done.stderr
    assert any((job.base / "model").iterdir())


@pytest.mark.skipif(not SHARED.exists(), reason="the acceptance scripts are not here")
def test_a_scikit_learn_script_trains_as_in_the_acceptance_flow(job: Job) -> None:
    """The same script that the SDK's flow sends, with its library beside it."""
    pytest.importorskip("sklearn")
    files = {
        "train.py": (SHARED / "sk" / "train.py").read_text(),
        "featlib/__init__.py": (SHARED / "lib" / "featlib" / "__init__.py").read_text(),
    }
    rows = "".join(f"{i * 2},{i},{i % 3}\n" for i in range(40))
    for channel in ("train", "validation"):
        folder = job.base / "input/data" / channel
        folder.mkdir(exist_ok=True)
        (folder / "d.csv").write_text(rows)
    config = '{"train":{"TrainingInputMode":"File"},"validation":{"TrainingInputMode":"File"}}'
    (job.base / "input/config/inputdataconfig.json").write_text(config)
    job.hyperparameters = {"alpha": 0.01, "note": "quotes 'and' spaces é"}
    job.code(files, "train.py")
    done = job.run("clary_programs.entry", "sklearn", "train")
    assert done.returncode == 0, done.stderr
    assert "NOTE=quotes 'and' spaces é" in done.stdout
    assert 'SM_HOSTS=["algo-1"] SM_CURRENT_HOST=algo-1' in done.stdout
    assert (job.base / "model" / "model.joblib").exists()
    assert (job.base / "output" / "data" / "report.json").exists()
