"""The library of AWS's PyTorch training image.

Source of names, signatures and texts: aws/sagemaker-pytorch-training-toolkit, `src/sagemaker_pytorch_container`.
"""
