"""TestState: one state is run, and nothing of it is stored."""
