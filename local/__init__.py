"""Parley on one machine: starts Valkey, the AWS emulator and the gateway, serves the demo page.

`python -m local` is `make run`. Tests use `local.servers`. Knows the gateway, and nothing of
Parley's code: that runs inside the gateway's workers, found through `template.yaml`.
"""
