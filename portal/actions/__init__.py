"""What is left to do at an establishment: by which side, by whom, by when."""
