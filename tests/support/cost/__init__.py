"""Counts what operations are billed for, at the servers: real handlers, Valkey, SQS, DynamoDB."""
