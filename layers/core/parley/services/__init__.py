"""What Parley does: frozen dataclasses whose fields are ports. No SDKs, no environment."""
