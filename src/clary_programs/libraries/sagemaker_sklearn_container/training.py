"""Training in the scikit-learn image: the user's script, and nothing else."""

from __future__ import annotations

from sagemaker_training import entry_point, environment, runner


def train(training_environment: environment.Environment) -> None:
    """Run the user's script. Raise ExecuteUserScriptError."""
    entry_point.run(
        uri=training_environment.module_dir,
        user_entry_point=training_environment.user_entry_point,
        args=training_environment.to_cmd_args(),
        env_vars=training_environment.to_env_vars(),
        runner_type=runner.ProcessRunnerType,
    )


def main() -> None:
    """Run the script that the job's files name."""
    train(environment.Environment())
