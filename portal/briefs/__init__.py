"""Briefs: what an establishment lays before its board and its evaluator, on paper."""
