"""The commands: `commands/<name>.py` holds `command`, whose docstring is its help. main.py's table names them all.

At module level they import the standard library and typer alone, so that `hippo --help` answers at once.
"""
