"""What holds for every test."""

from hypothesis import settings

# The same examples in every run: what a random one finds belongs into a test of its own, and not
# into somebody else's submission.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
