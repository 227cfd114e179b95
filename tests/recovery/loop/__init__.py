"""A pipeline with one of everything, and what an execution of it came to."""
