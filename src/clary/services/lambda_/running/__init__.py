"""Executions: the pool of environments, and what asks it."""
