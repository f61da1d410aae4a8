"""Long lists on their way into a statement."""

from collections.abc import Iterable


def literal(values: Iterable[object]) -> str:
    """A PostgreSQL array of ids or codes, to be cast where it is used: ``CAST(:ids AS uuid[])``.

    The driver would write an array of a thousand anew for each statement, element by element,
    which takes longer than what is asked of them.  Nothing is quoted: for what holds no comma,
    brace, quote, backslash nor blank.
    """
    return "{" + ",".join(map(str, values)) + "}"
