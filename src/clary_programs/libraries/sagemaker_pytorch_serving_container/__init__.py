"""The library of AWS's PyTorch inference image.

Source of names, signatures and texts: aws/sagemaker-pytorch-inference-toolkit,
`src/sagemaker_pytorch_serving_container`.
"""
