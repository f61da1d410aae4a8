"""Work under random deaths of everything that does it: `python -m tests.storm` for the long one."""
