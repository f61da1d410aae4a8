"""The journal as people read it: looked through, taken away, verified."""
