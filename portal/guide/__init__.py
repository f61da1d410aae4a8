"""The guide in thirteen questions: editions, questions, requirements, in memory and in tables."""
