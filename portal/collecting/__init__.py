"""Collecting proofs from those who hold them: one file asked of somebody outside, by one page."""
