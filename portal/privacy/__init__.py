"""What is kept about people: said to everybody, taken away by its person, forgotten with her."""
