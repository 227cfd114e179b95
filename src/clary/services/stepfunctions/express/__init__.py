"""Express executions: they run in memory, and write no row for a transition."""
