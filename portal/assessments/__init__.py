"""What an establishment thinks of its own security, question by question, year after year."""
