"""The endpoint `sagemaker-runtime`: invocations from the wire to a worker's socket, with no database on the path."""
