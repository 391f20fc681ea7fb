"""The `TokenVerifier` port for JWTs: a secret, or a JWKS URL, and one algorithm."""
