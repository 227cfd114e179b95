"""Events of the platform's own services, made of the changes of their records."""
