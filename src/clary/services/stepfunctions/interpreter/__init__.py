"""Runs state machines: from the snapshot of a run to the next moment when it has to wait. Knows no service and no store."""
