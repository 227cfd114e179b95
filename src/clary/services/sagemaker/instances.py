"""Instance types as resources: vCPUs, memory, GPUs (https://aws.amazon.com/sagemaker/ai/pricing/)."""

from __future__ import annotations

from clary.runs.api import Resources

_GIB = 1 << 30
_VCPUS = {"medium": 2, "large": 2, "xlarge": 4, "metal": 96}
# GiB of memory per vCPU, by the family's first letter; all other families have four.
_MEMORY = {"c": 2, "r": 8, "x": 16, "p": 8}
_GPUS = {
    "p2.xlarge": 1, "p2.8xlarge": 8, "p2.16xlarge": 16,
    "p3.2xlarge": 1, "p3.8xlarge": 4, "p3.16xlarge": 8, "p3dn.24xlarge": 8,
    "p4d.24xlarge": 8, "p4de.24xlarge": 8, "p5.4xlarge": 1, "p5.48xlarge": 8, "p5e.48xlarge": 8, "p5en.48xlarge": 8,
    "g4dn.12xlarge": 4, "g5.12xlarge": 4, "g5.24xlarge": 4, "g5.48xlarge": 8,
    "g6.12xlarge": 4, "g6.24xlarge": 4, "g6.48xlarge": 8, "g6e.12xlarge": 4, "g6e.24xlarge": 4, "g6e.48xlarge": 8,
}  # fmt: skip


def resources_of(instance_type: str, volume_gb: int = 0, *, hosting: bool = False) -> Resources:
    """Return the resources of `ml.FAMILY.SIZE`. GPU families have one GPU unless they are listed."""
    _, _, name = instance_type.partition(".")
    family, _, size = name.partition(".")
    vcpus = _vcpus(size)
    gpus = _GPUS.get(name, 1 if family[:1] in "gp" and family else 0)
    memory = vcpus * _MEMORY.get(family[:1], 4) * _GIB
    return Resources(instance_type, float(vcpus), memory, gpus, volume_gb * _GIB, hosting)


def _vcpus(size: str) -> int:
    if size.endswith("xlarge") and size != "xlarge":
        return 4 * int(size.removesuffix("xlarge"))
    return _VCPUS.get(size, 2)
