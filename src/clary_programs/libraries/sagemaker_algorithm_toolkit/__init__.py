"""What AWS's own algorithms share: the errors that say whose fault a failure is.

Source: aws/sagemaker-xgboost-container, `src/sagemaker_algorithm_toolkit`.
"""
