"""Experiments: trials of an experiment, and the trial components in them."""
