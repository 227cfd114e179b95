"""The registry of an account in a region: its policy, its replication, its settings."""
