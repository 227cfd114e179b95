"""The training toolkit of AWS's framework images, as far as scripts use it.

Source of names, signatures and texts: aws/sagemaker-training-toolkit, `src/sagemaker_training`.
"""
