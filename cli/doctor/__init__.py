"""`parley doctor`: is a deployment well, and if not, what is to be done?

Each module has checks of one kind; `findings` says what a check may find, `command` runs them all.
"""
