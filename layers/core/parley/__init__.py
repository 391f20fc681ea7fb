"""Parley: chat and presence rules, ports and adapters shared by every function."""
