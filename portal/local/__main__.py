"""`python -m portal.local up`: the whole portal on this machine, by one command."""

import os
import sys

from portal.local import home, up
from portal.local.console import ROOT, _, say
from portal.local.errors import LocalError


def main(arguments: list[str]) -> int:
    """Exit code: 0 stopped as asked, 1 could not start, 2 wrong arguments."""
    if arguments != ["up"]:
        say("usage: python -m portal.local up")
        return 2
    try:
        place = home.Home(home.resolve(os.environ, ROOT))
        say(_("Data directory: {path}").format(path=place.path))
        up.up(place, os.environ)
    except home.AlreadyRunningError as error:
        where = str(error) or _("it is still starting")
        say(_("Treize already runs from this directory: {where}").format(where=where))
        return 1
    except LocalError as error:
        say(_("Treize could not start. {reason}").format(reason=error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
