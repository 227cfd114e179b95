"""The inference toolkit of AWS's framework images, as far as scripts use it.

Source of names, signatures and texts: aws/sagemaker-inference-toolkit, `src/sagemaker_inference`.
"""
