"""What the container's built-in algorithm is made of, as far as scripts use it."""
