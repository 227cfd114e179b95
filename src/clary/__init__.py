"""Clary: the AWS machine-learning stack as real, self-hosted software."""
