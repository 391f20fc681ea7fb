"""Adapters: one folder for each part of the outside world, and `memory` for all of them."""
