"""What lapses soon, told to whoever can act, once and in one message a day."""
