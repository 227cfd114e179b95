"""Invoking endpoints: from the wire to a worker's socket and back, without a database on the path."""
