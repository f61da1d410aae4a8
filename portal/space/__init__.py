"""The establishment's own space: its security in thirteen questions, in plain words."""
