"""MLflow's own tracking server, as a program of a run."""
