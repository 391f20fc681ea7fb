"""What Parley costs on AWS: what each operation is billed for, and what a month comes to."""
