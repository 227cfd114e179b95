"""Reserved and provisioned concurrency."""
