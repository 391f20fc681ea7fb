"""The chaos run: real clients and an open load while everything fails, and then the truth.

`plan` says what to do, `crowd` and `client` are the people, `ledger` and `views` keep what they
did and saw, `schedule` and `catalogue` break things, `watch` looks on, `check` compares with what
is stored, `run` puts it together.
"""
