"""What keeps people apart, broken on purpose, one piece at a time, to see a test notice."""
