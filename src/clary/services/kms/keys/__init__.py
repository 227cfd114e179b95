"""Keys: their records, states and metadata."""
