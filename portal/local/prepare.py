"""Bring the database up to date before anything is served: tables, guide, demo data.

One process for the three, since loading the application takes longer than each of them.
"""

import os

from flask.cli import ScriptInfo

from portal.app import create_app
from portal.local.up import DEMO_SWITCH

_ALWAYS = (("db", "upgrade"), ("guide", "publish"))


def main() -> None:
    """Run the commands that exist, each as `flask --app wsgi …` would; the first failure stops."""
    app = create_app()
    info = ScriptInfo(create_app=lambda: app)
    demo = () if os.environ.get(DEMO_SWITCH) == "0" else (("demo",),)
    for words in (*_ALWAYS, *demo):
        if words[0] in app.cli.commands:
            app.cli.main(args=list(words), obj=info, standalone_mode=False)


if __name__ == "__main__":
    main()
