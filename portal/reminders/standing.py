"""Whether what a notice tells of is still to be done, as things stand now.

Planning settles notices once a day, by the very reckoning that tells them; this tells in between
what was done, cancelled, answered or moved since.  Read in the reader's own scope: what she sees no
more, she has nothing left to do about.  The rules are a function of the database (0048), for it is
asked on every page; ``tests/reminders/test_standing.py`` holds them to that reckoning.
"""

from typing import Final

#: A condition on rows of ``notice``.  What is settled is left out before anything else is read.
STANDS: Final = "notice.settled_on IS NULL AND notice_stands(notice)"
