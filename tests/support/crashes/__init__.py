"""The crash-point matrix: every operation, killed at every effect that it has on the outside."""
