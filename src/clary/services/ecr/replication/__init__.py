"""Replication: images that are pushed appear in registries of other regions and accounts of the platform."""
