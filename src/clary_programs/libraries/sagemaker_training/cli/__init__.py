"""The commands of the images."""
