"""Training scripts that import what AWS's images bring, through the toolkit.

The XGBoost script is of the shape of AWS's example for XGBoost as a framework (developer guide, "How to use
SageMaker AI XGBoost"; aws/amazon-sagemaker-examples, xgboost_abalone_dist_script_mode).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost

from clary_programs.libraries import FOLDER
from tests.programs.toolkit.job import SRC, Job

XGBOOST = """
import json, os
import xgboost as xgb
from sagemaker_containers import entry_point
from sagemaker_xgboost_container import distributed
from sagemaker_xgboost_container.data_utils import get_dmatrix

def train(params, dtrain, evals, num_boost_round, model_dir, is_master):
    booster = xgb.train(params=params, dtrain=dtrain, evals=evals, num_boost_round=num_boost_round)
    if is_master:
        booster.save_model(os.path.join(model_dir, "model.ubj"))

dtrain = get_dmatrix(os.environ["SM_CHANNEL_TRAIN"], os.environ["SM_HP_KIND"])
args = {"params": {"max_depth": 3}, "dtrain": dtrain, "evals": [(dtrain, "train")] if dtrain else [],
        "num_boost_round": 4, "model_dir": os.environ["SM_MODEL_DIR"]}
hosts = json.loads(os.environ["SM_HOSTS"])
if len(hosts) > 1:
    distributed.wait_hostname_resolution(hosts)
    distributed.rabit_run(exec_fun=train, args=args, include_in_training=(dtrain is not None), hosts=hosts,
                          current_host=os.environ["SM_CURRENT_HOST"], update_rabit_args=True)
else:
    train(is_master=True, **args)
"""

ENVIRONMENT = """
import json, sagemaker_containers
env = sagemaker_containers.training_env()
print(json.dumps([env.hosts, env.hyperparameters, env.channel_input_dirs, env.to_cmd_args(), env.num_gpus,
                  env.to_env_vars()["SM_CURRENT_HOST"]]))
env.nothing_of_this_name
"""


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    features = random.normal(size=(120, 3)).astype(np.float32)
    return features, features[:, 0] * 2 + features[:, 1]


def libsvm(features: np.ndarray, labels: np.ndarray) -> str:
    pairs = zip(features.tolist(), labels.tolist(), strict=True)
    return "".join(f"{y!r} " + " ".join(f"{i}:{v!r}" for i, v in enumerate(x)) + "\n" for x, y in pairs)


def test_the_xgboost_images_own_data_reader(tmp_path: Path, rows: tuple[np.ndarray, np.ndarray]) -> None:
    job = Job(tmp_path / "ml", {"kind": "libsvm"})
    job.code({"abalone.py": XGBOOST}, "abalone.py")
    (job.base / "input" / "data" / "train" / "part").write_text(libsvm(*rows))
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[0]\ttrain-rmse:")
    trained = xgboost.Booster(model_file=job.base / "model" / "model.ubj")
    reference = xgboost.train({"max_depth": 3}, xgboost.DMatrix(*rows), 4)
    matrix = xgboost.DMatrix(rows[0])
    np.testing.assert_array_equal(trained.predict(matrix), reference.predict(matrix))


def test_several_hosts_train_one_model(tmp_path: Path, rows: tuple[np.ndarray, np.ndarray]) -> None:
    """The third host has no data and leaves in peace."""
    hosts, features, labels = ["127.0.0.1", "127.0.0.2", "127.0.0.3"], *rows
    running = []
    for at, host in enumerate(hosts):
        job = Job(tmp_path / host, {"kind": "csv"}, {"TRAINING_JOB_NAME": f"rabit-run-{os.getpid()}"})
        job.code({"abalone.py": XGBOOST}, "abalone.py")
        config = {"current_host": host, "hosts": hosts}
        (job.base / "input" / "config" / "resourceconfig.json").write_text(json.dumps(config))
        if at < 2:
            table = np.column_stack([labels[at::2], features[at::2]]).tolist()
            text = "".join(",".join(map(repr, row)) + "\n" for row in table)
            (job.base / "input" / "data" / "train" / "data.csv").write_text(text)
        command = [sys.executable, "-m", "clary_programs.toolkit.train"]
        running.append(subprocess.Popen(command, env=job.variables(), stdout=-1, stderr=-1, text=True))
    said = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    made = [(tmp_path / host / "model" / "model.ubj").exists() for host in hosts]
    assert made == [True, False, False]
    trained = xgboost.Booster(model_file=tmp_path / hosts[0] / "model" / "model.ubj")
    errors = trained.predict(xgboost.DMatrix(features)) - labels
    shard = xgboost.train({"max_depth": 3}, xgboost.DMatrix(features[::2], labels[::2]), 4)
    of_a_shard = shard.predict(xgboost.DMatrix(features)) - labels
    assert (errors**2).mean() < (of_a_shard**2).mean()
    # What is printed is the error over all rows, which no shard alone could tell.
    printed = re.findall(r"\[3\]\ttrain-rmse:(\S+)", "".join(map("".join, said)))
    assert float(printed[0]) == pytest.approx(float((errors**2).mean() ** 0.5), rel=1e-3)


TOGETHER = """
import json, os, sys
from sagemaker_xgboost_container.distributed import Rabit
hosts, current, port = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with Rabit(hosts, current_host=current, port=port) as helper:
    print(json.dumps([helper.is_master, helper.rank, helper.world_size, helper.synchronize({"of": current})]))
"""


def test_several_hosts_tell_each_other(tmp_path: Path) -> None:
    hosts, port = ["127.0.0.1", "127.0.0.2"], 20000 + os.getpid() % 6000 * 2
    environ = {**os.environ, "PYTHONPATH": f"{SRC}:{FOLDER}"}
    commands = [[sys.executable, "-c", TOGETHER, json.dumps(hosts), host, str(port)] for host in hosts]
    running = [
        subprocess.Popen(command, env=environ, stdout=-1, stderr=-1, text=True) for command in commands
    ]
    said = [process.communicate(timeout=100) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    both = [{"of": "127.0.0.1"}, {"of": "127.0.0.2"}]
    assert [json.loads(out) for out, _ in said] == [[True, 0, 2, both], [False, 1, 2, both]]


def test_the_training_environment_as_an_object(tmp_path: Path) -> None:
    job = Job(tmp_path / "ml", {"epochs": 3})
    job.code({"train.py": ENVIRONMENT}, "train.py")
    done = job.run()
    data = str(job.base / "input" / "data" / "train")
    expected = [
        ["algo-1"],
        {"epochs": 3},
        {"train": data},
        ["--epochs", "3"],
        json.loads(done.stdout)[4],
        "algo-1",
    ]
    assert json.loads(done.stdout) == expected
    assert "object has no attribute 'nothing_of_this_name'" in job.failure


def test_what_the_user_brings_comes_first(tmp_path: Path) -> None:
    job = Job(tmp_path / "ml")
    own = {"sagemaker_inference/__init__.py": "MINE = 1\n"}
    job.code({"train.py": "import sagemaker_inference as s; print(s.MINE)", **own}, "train.py")
    assert job.run().stdout == "1\n"
