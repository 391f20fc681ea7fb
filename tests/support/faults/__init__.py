"""Faults to switch on: of the gateway, of Valkey, of DynamoDB; one module each."""
