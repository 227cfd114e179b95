"""MLflow on SageMaker: tracking servers and apps, which are MLflow's own server in a run each, and the way to them."""
