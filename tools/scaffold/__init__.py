"""What `./run new-service` is made of."""
