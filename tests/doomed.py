"""A worker that stalls in the midst of its work, to be killed: python -m tests.doomed FILE.

FILE appears once the work has begun.
"""

import sys
import time
from pathlib import Path

from portal import worker
from portal.app import create_app
from portal.kit import outbox

KIND = "test.doomed"


@outbox.job(KIND, seconds=60)
def stall(_held: outbox.Lease) -> None:
    Path(sys.argv[1]).touch()
    time.sleep(60)


if __name__ == "__main__":
    worker.JOBS[KIND] = stall
    app = create_app()
    with app.app_context():
        worker.run(app)
