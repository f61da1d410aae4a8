"""A web process that answers and is killed: python -m tests.accounts.parting ADDRESS FILE.

Somebody asks it to open a space; FILE appears once she has her answer.
"""

import sys
import time
from pathlib import Path

from portal.app import create_app

if __name__ == "__main__":
    app = create_app()
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    asked = {"name": "Infogérance", "siren": "732829320", "person": "Ann", "email": sys.argv[1]}
    assert app.test_client().post("/inscription", data=asked).status_code == 303
    Path(sys.argv[2]).touch()
    time.sleep(60)
