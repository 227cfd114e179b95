"""The cluster a job runs on, from `resourceconfig.json`. Does not know how hosts are reached.

Source: contracts, section 1.5; aws/sagemaker-training-toolkit `environment.py` for the defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HOMOGENEOUS = "homogeneousCluster"

# A framework parameter of this list makes the toolkit count the current group as distributed.
DISTRIBUTIONS = (
    "sagemaker_mpi_enabled",
    "sagemaker_parameter_server_enabled",
    "sagemaker_distributed_dataparallel_enabled",
    "sagemaker_pytorch_ddp_enabled",
    "sagemaker_torch_distributed_enabled",
    "sagemaker_pytorch_xla_multi_worker_enabled",
    "sagemaker_multi_worker_mirrored_strategy_enabled",
)


@dataclass(frozen=True, slots=True)
class Resources:
    """Hosts and instance groups, with the toolkit's defaults for what the file leaves out."""

    current_host: str
    hosts: list[str]
    current_instance_type: str = "local"
    current_instance_group: str = HOMOGENEOUS
    groups: dict[str, dict[str, object]] = field(default_factory=dict)
    network_interface_name: str = "eth0"
    topology: object = None
    document: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Resources:
        """Read the file; a missing one means a single host named `algo-1`."""
        if not path.exists():
            return cls("algo-1", ["algo-1"])
        return cls.of(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Resources:
        """From the parsed document; `current_host` and `hosts` are required, as the toolkit requires them."""
        groups = document.get("instance_groups") or []
        return cls(
            current_host=document["current_host"],
            hosts=list(document["hosts"]),
            current_instance_type=document.get("current_instance_type", "local"),
            current_instance_group=document.get("current_group_name", HOMOGENEOUS),
            groups={group["instance_group_name"]: group for group in groups},
            network_interface_name=document.get("network_interface_name", "eth0"),
            topology=document.get("topology"),
            document=document,
        )

    @property
    def current_group_hosts(self) -> list[str]:
        return list(self.groups.get(self.current_instance_group, {}).get("hosts", []))

    def distribution_groups(self, framework: Mapping[str, object]) -> list[str]:
        """Return the groups that a distribution spans: named ones, else the current one if any distribution
        is on."""
        named = framework.get("sagemaker_distribution_instance_groups")
        if named is not None:
            return list(named)
        return [self.current_instance_group] if any(framework.get(name) for name in DISTRIBUTIONS) else []

    def distribution_hosts(self, groups: list[str]) -> list[str]:
        """Return the hosts of `groups` in the file's order; all hosts where the file knows no groups."""
        if not self.groups:
            return list(self.hosts)
        return [host for name, group in self.groups.items() if name in groups for host in group["hosts"]]
