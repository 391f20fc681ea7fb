"""The REST API: HTTP requests to the same services as frames (SPEC §7)."""
