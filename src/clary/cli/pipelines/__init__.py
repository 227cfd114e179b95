"""`clary pipeline`: a pipeline's steps as a graph, with what became of them in an execution."""
