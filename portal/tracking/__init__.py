"""Declared, proven, recognised: statements, tracked requirements, verdicts and scores.

The provider speaks in ``service`` (in ``bulk``, where it can be undone), the establishment in
``judging`` and ``answering``.  ``effective`` lets a word reach all whom it concerns, ``scores``
counts, ``sweep`` does both again for what time wore down.  Pages read ``board``, ``sheet`` and
``agenda``.
"""
