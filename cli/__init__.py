"""The `parley` command: tokens, messages, dead letters, and whether a deployment is well.

Talks to what is deployed as its operators and users do: through CloudFormation, the logs, the
table and the APIs. May use the layer's rules and records; the layer knows nothing of it.
"""
