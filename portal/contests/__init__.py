"""What an establishment contests, and what both sides say about it until it is settled."""
