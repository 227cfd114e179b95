"""A user's module as a service of the PyTorch image."""

from sagemaker_inference.transformer import Transformer


class PyTorchTransformer(Transformer):
    """The toolkit's transformer: requests come one by one here, so that there are no batches to join."""
