"""The library of AWS's scikit-learn image.

Source of names, signatures and texts: aws/sagemaker-scikit-learn-container, `src/sagemaker_sklearn_container`.
"""
