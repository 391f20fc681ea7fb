"""Rules of chat and presence: pure functions over frozen dataclasses, no I/O, no clock."""
