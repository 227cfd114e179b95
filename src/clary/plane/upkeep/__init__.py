"""What the platform does by itself for the bytes of services: reads them now and then, and deletes those that no row names."""
