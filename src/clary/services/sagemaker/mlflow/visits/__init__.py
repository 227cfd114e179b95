"""HTTP to MLflow servers: who may ask what, sessions of browsers, and waiting for what a request has changed."""
