"""Transfer Acceleration: its configuration, and requests to its host names."""
