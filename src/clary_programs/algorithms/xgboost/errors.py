"""Whose fault a failure is: the customer's (exit code 2, `ClientError`) or the algorithm's (1, `AlgorithmError`)."""

from __future__ import annotations


class CustomerError(Exception):
    """Something in the request or the data that its owner can put right."""


class AlgorithmError(Exception):
    """A failure that is not the customer's doing."""
