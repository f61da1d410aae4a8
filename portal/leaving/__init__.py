"""Taking a record away, and beginning with one that came from elsewhere.

``record`` and ``register`` are the shapes of what leaves, with ``states``, ``papers`` and
``voices``; the modules that begin with ``told_`` fill them, ``gathering`` puts them together,
``packing`` writes the archive.  One that is brought passes ``opening`` and ``checking`` before
``receiving`` keeps it.
"""
