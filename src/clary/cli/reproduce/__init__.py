"""`clary reproduce`: run a training job again from its lineage, and compare what came of it."""
