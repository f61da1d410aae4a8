"""What proves a declaration: a file, a link or a note, for a period, until a date.

A file comes in by ``intake``, is examined in ``pipeline``, and proves by its links (``linking``);
``reach`` tells to whom they extend, ``line`` which versions there were, ``shelf`` is what the
page reads.  ``house`` is what an establishment deposits itself, ``proposals`` what somebody
outside does.
"""
