"""The scrub: what lies on the disk is read now and then, so that damage is found before somebody needs the bytes."""
