"""Resource policies of functions and of layer versions."""
