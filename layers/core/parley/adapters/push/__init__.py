"""The `Push` port through `awscrt`: one signed POST for each connection, in C threads."""
