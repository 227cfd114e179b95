"""Access points: create, get, list and delete them, and their policies."""
