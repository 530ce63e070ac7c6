"""Quizzes from files and back: one reader per format, one report for all, and the exports that can be read again.

Stays empty of imports: the sandbox child must start in a few milliseconds.
"""
