"""The training environment: folders, configuration files, hosts and devices."""

from __future__ import annotations

from clary_programs.contract import devices
from clary_programs.libraries._shared.job import Job, Member
from clary_programs.libraries._shared.places import *  # noqa: F403


def num_neurons() -> int:
    """Return how many Neuron cores this container has."""
    return devices.neurons()


class Environment(Job):
    """A snapshot of the training job, also a dictionary of its properties.

    >>> env = Environment()
    >>> env.channel_input_dirs["train"], env.hyperparameters["epochs"]
    """

    current_instance_group = Member("The name of this host's instance group.")
    current_instance_group_hosts = Member("The hosts of this host's instance group.")
    current_instance_type = Member("This host's instance type.")
    distribution_hosts = Member("The hosts that a distributed training spans.")
    distribution_instance_groups = Member("The instance groups that a distributed training spans.")
    instance_groups = Member("The names of the instance groups.")
    instance_groups_dict = Member("The instance groups by name.")
    is_hetero = Member("Whether there are several instance groups.")
    is_modelparallel_enabled = Member("Whether the model parallelism library has parameters.")
    is_smddpmprun_installed = Member("Whether the command `smddpmprun` is there.")
    is_smddprun_installed = Member("Whether the command `smddprun` is there.")
    num_neurons = Member("How many Neuron cores this host has.")
    topology = Member("The network topology of the instances; None where the file has none.")
