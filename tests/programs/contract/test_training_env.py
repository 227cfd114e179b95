"""The SM_* variables against the table of AWS's training toolkit (aws/sagemaker-training-toolkit, environment.py and
mapping.py; the toolkit's README lists the same names)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clary_programs.contract.training_env import TrainingEnv

GROUPS = [
    {
        "instance_group_name": "homogeneousCluster",
        "instance_type": "ml.m5.large",
        "hosts": ["algo-1", "algo-2"],
    }
]
RESOURCES = {
    "current_host": "algo-2",
    "current_instance_type": "ml.m5.large",
    "current_group_name": "homogeneousCluster",
    "hosts": ["algo-1", "algo-2"],
    "instance_groups": GROUPS,
    "network_interface_name": "eth0",
}
CHANNELS = {"validation": {"TrainingInputMode": "File"}, "train": {"TrainingInputMode": "File"}}
HYPERPARAMETERS = {
    "learning-rate": "0.1",
    "optimizer": '"adam"',
    "note": "\"quotes 'and' spaces \\u00e9\"",
    "raw": "plain",
    "flag": "true",
    "k": "3",
    "nested": '{"b": 2, "a": 1}',
    "sagemaker_program": '"train.py"',
    "sagemaker_submit_directory": '"s3://b/j/source/sourcedir.tar.gz"',
    "sagemaker_job_name": '"j-1"',
    "sagemaker_region": '"eu-west-1"',
    "sagemaker_container_log_level": "20",
    "sagemaker_mpi_enabled": "false",
}
DOCUMENT_KEYS = """additional_framework_parameters, channel_input_dirs, current_host, current_instance_group,
current_instance_group_hosts, current_instance_type, distribution_hosts, distribution_instance_groups,
framework_module, hosts, hyperparameters, input_config_dir, input_data_config, input_dir, instance_groups,
instance_groups_dict, is_hetero, is_master, is_modelparallel_enabled, is_smddpmprun_installed, is_smddprun_installed,
job_name, log_level, master_hostname, model_dir, module_dir, module_name, network_interface_name, num_cpus, num_gpus,
num_neurons, output_data_dir, output_dir, output_intermediate_dir, resource_config, topology, user_entry_point"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    (config / "resourceconfig.json").write_text(json.dumps(RESOURCES))
    (config / "inputdataconfig.json").write_text(json.dumps(CHANNELS))
    (config / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    return tmp_path


def read(base: Path, **environ: str) -> TrainingEnv:
    return TrainingEnv.read({"SAGEMAKER_BASE_DIR": str(base), "TRAINING_JOB_NAME": "j-1", **environ})


def test_every_variable_of_the_table_has_its_value(base: Path) -> None:
    got = read(base).variables()
    args = got.pop("SM_USER_ARGS")
    document = json.loads(got.pop("SM_TRAINING_ENV"))
    for counted in ("SM_NUM_CPUS", "SM_NUM_GPUS", "SM_NUM_NEURONS"):
        assert int(got.pop(counted)) >= 0
    user = json.loads(got.pop("SM_HPS"))
    assert user["note"] == "quotes 'and' spaces é"
    assert got == {
        "SM_HOSTS": '["algo-1","algo-2"]',
        "SM_CURRENT_HOST": "algo-2",
        "SM_CURRENT_INSTANCE_TYPE": "ml.m5.large",
        "SM_CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "SM_CURRENT_INSTANCE_GROUP_HOSTS": '["algo-1","algo-2"]',
        "SM_INSTANCE_GROUPS": '["homogeneousCluster"]',
        "SM_INSTANCE_GROUPS_DICT": json.dumps(
            {"homogeneousCluster": GROUPS[0]}, sort_keys=True, separators=(",", ":")
        ),
        "SM_DISTRIBUTION_INSTANCE_GROUPS": "[]",
        "SM_IS_HETERO": "false",
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_HP_LEARNING-RATE": "0.1",
        "SM_HP_OPTIMIZER": "adam",
        "SM_HP_NOTE": "quotes 'and' spaces é",
        "SM_HP_RAW": "plain",
        "SM_HP_FLAG": "true",
        "SM_HP_K": "3",
        "SM_HP_NESTED": '{"a":1,"b":2}',
        "SM_USER_ENTRY_POINT": "train.py",
        "SM_MODULE_NAME": "train",
        "SM_MODULE_DIR": "s3://b/j/source/sourcedir.tar.gz",
        "SM_FRAMEWORK_MODULE": "",
        "SM_FRAMEWORK_PARAMS": '{"sagemaker_mpi_enabled":false}',
        "SM_RESOURCE_CONFIG": json.dumps(RESOURCES, sort_keys=True, separators=(",", ":")),
        "SM_INPUT_DATA_CONFIG": json.dumps(CHANNELS, sort_keys=True, separators=(",", ":")),
        "SM_CHANNELS": '["train","validation"]',
        "SM_CHANNEL_TRAIN": f"{base}/input/data/train",
        "SM_CHANNEL_VALIDATION": f"{base}/input/data/validation",
        "SM_MODEL_DIR": f"{base}/model",
        "SM_INPUT_DIR": f"{base}/input",
        "SM_INPUT_CONFIG_DIR": f"{base}/input/config",
        "SM_OUTPUT_DIR": f"{base}/output",
        "SM_OUTPUT_DATA_DIR": f"{base}/output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": f"{base}/output/intermediate",
        "SM_LOG_LEVEL": "20",
    }
    assert sorted(document) == sorted(key.strip() for key in DOCUMENT_KEYS.replace("\n", " ").split(","))
    assert document["job_name"] == "j-1"
    assert document["is_master"] is False
    assert document["master_hostname"] == "algo-1"
    assert json.loads(args)[:2] == ["--flag", "True"]


def test_arguments_are_sorted_and_written_as_the_toolkit_writes_them(base: Path) -> None:
    assert read(base).user_args == [
        *("--flag", "True", "-k", "3", "--learning-rate", "0.1", "--nested", "a=1,b=2"),
        *("--note", "quotes 'and' spaces é", "--optimizer", "adam", "--raw", "plain"),
    ]


def test_non_ascii_is_escaped_inside_json_values(base: Path) -> None:
    assert "\\u00e9" in read(base).variables()["SM_HPS"]


def test_values_beside_the_sm_variables(base: Path) -> None:
    got = read(base).process_variables()
    assert got == {"SAGEMAKER_JOB_NAME": "j-1", "CURRENT_HOST": "algo-2", "SAGEMAKER_REGION": "eu-west-1"}


def test_the_environment_names_the_program_before_the_hyperparameter(base: Path) -> None:
    env = read(base, SAGEMAKER_PROGRAM="other.py")
    assert env.user_entry_point == "other.py"
    assert env.module_name == "other"


def test_a_distribution_makes_its_group_the_distributed_one(base: Path) -> None:
    path = base / "input" / "config" / "hyperparameters.json"
    path.write_text(json.dumps({**HYPERPARAMETERS, "sagemaker_torch_distributed_enabled": "true"}))
    document = read(base).document()
    assert document["distribution_instance_groups"] == ["homogeneousCluster"]
    assert document["distribution_hosts"] == ["algo-1", "algo-2"]


def test_topology_is_shown_only_where_there_is_one(base: Path) -> None:
    assert "SM_TOPOLOGY" not in read(base).variables()
    topology = [{"hostName": "algo-1", "capacityUnitId": "u"}]
    path = base / "input" / "config" / "resourceconfig.json"
    path.write_text(json.dumps({**RESOURCES, "topology": topology}))
    assert json.loads(read(base).variables()["SM_TOPOLOGY"]) == topology


def test_a_resource_config_without_its_required_names_is_an_error(base: Path) -> None:
    (base / "input" / "config" / "resourceconfig.json").write_text("{}")
    with pytest.raises(KeyError):
        read(base)


def test_no_files_at_all_is_a_single_host_without_channels(tmp_path: Path) -> None:
    env = read(tmp_path)
    assert env.resources.hosts == ["algo-1"]
    assert env.variables()["SM_CHANNELS"] == "[]"
