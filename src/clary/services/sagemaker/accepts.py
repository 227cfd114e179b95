"""What the families' `accepts` share: parts of requests, and why some members are shown again though
nothing acts on them."""

from __future__ import annotations

from collections.abc import Mapping

ONE_MACHINE = "the hosts of a job share one machine, so the traffic between them never leaves it"
KMS = "a grant on the key must be allowed; volumes lie below the home's folder, which is private to its owner, and are not encrypted"
VPC = "there is no virtual network; what a job may reach is decided by network isolation"
AMI = "there is no machine image below the containers"
EULA = "the licence was accepted; nothing here is behind one"

NETWORK = {
    "NetworkConfig.EnableInterContainerTrafficEncryption": ONE_MACHINE,
    "NetworkConfig.VpcConfig": VPC,
}
CLUSTER = ("ClusterConfig.InstanceCount", "ClusterConfig.InstanceType", "ClusterConfig.VolumeSizeInGB")


def below(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


def echoed_below(prefix: str, echoed: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": why for name, why in echoed.items()}
