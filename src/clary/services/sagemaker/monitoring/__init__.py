"""Data-quality monitoring: job definitions, schedules and their executions."""
