"""Executions: from StartExecution to their end."""
