"""Turns public checkpoints that a user brings into model packages. See `__main__`."""
