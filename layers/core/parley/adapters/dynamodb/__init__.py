"""DynamoDB, the only truth: one table, tenant in every partition key, no secondary index.

`layout` says where each thing is, `items` how it is written. The stores share `table.Table`, the
only place that sends requests; `errors` turns what botocore raises into errors of Parley.
"""
