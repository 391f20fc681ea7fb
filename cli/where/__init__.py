"""`parley where`: what became of a message, from the logs and the table.

`lines` and `report` are pure; `sources` finds the lines, `members` asks the table.
"""
