"""Run Python as somebody who is not root, on whatever machine the tests run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from portal.local.identity import Identity

_ORDINARY = Identity(65534, 65534)
_ROOT = Path(__file__).parents[2]


def run_python(code: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a piece of code with the portal importable; the home belongs to who runs it."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in (str(_ROOT), *sys.path) if path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if os.geteuid() != 0:
        return Identity().run(sys.executable, "-c", code, *arguments, env=env)
    same = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/local/bin:/usr/bin")
    for python in (sys.executable, same):
        if python and _ORDINARY.can_enter(_ROOT) and _ORDINARY.can_enter(Path(python)):
            _ORDINARY.own(home)
            return _ORDINARY.run(python, "-c", code, *arguments, env=env)
    # Nothing of ours is open to other accounts: a user namespace in which we are not root.
    masked = Identity(prefix=("unshare", "-U", "--map-user=1000", "--map-group=1000", "--"))
    return masked.run(sys.executable, "-c", code, *arguments, env=env)
