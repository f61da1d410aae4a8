"""What was done, by whom and when: an append-only journal."""
