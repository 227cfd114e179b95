"""ML Lineage: artifacts, actions, contexts, what associates them, and queries over the graph."""
