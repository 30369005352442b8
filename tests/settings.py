"""Settings of the tests: the portal's, in a home of their own, without the developer's environment."""

import atexit
import os
import shutil
import tempfile

from tests.environment_names import names

# A program started by a test shares its home; another test worker never does.
_OWNER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def _give_home() -> None:
    home = tempfile.mkdtemp(prefix="counterfoil-tests-")
    atexit.register(_remove, home, os.getpid())
    os.environ |= {"COUNTERFOIL_HOME": home, "COUNTERFOIL_TEST_HOME_OF": _OWNER}


def _remove(home: str, owner: int) -> None:
    """Only by the process that made it: a forked child runs this too."""
    if os.getpid() == owner:
        shutil.rmtree(home, ignore_errors=True)


if os.environ.get("COUNTERFOIL_TEST_HOME_OF") != _OWNER:
    # DATABASE_URL stays: it chooses the database to test on.
    for _name in names() - {"DATABASE_URL"}:
        os.environ.pop(_name, None)
    _give_home()

os.environ.setdefault("COUNTERFOIL_TEST_RUN", str(os.getpid()))
# Tests kill processes and cut no power: nothing has to wait for the disk, in the portals that tests start either.
os.environ["PGOPTIONS"] = "-c synchronous_commit=off"

from portal.settings import *  # noqa: E402, F403 - after the home is known
from portal.settings import DATABASES, ON_SQLITE  # noqa: E402

# No connection outlives its request and keeps a database from being dropped.
DATABASES["default"]["CONN_MAX_AGE"] = 0
if ON_SQLITE:
    # The database of a test is in memory, where a page that is just being read would refuse a writer at once; in a
    # file it lets both go on.
    pragmas = ("journal_mode=WAL", "synchronous=OFF", "read_uncommitted=ON")
    DATABASES["default"]["OPTIONS"]["init_command"] = "".join(f"PRAGMA {each};" for each in pragmas)
else:
    # A database of its own for each run.
    DATABASES["default"]["TEST"] = {"NAME": f"test_counterfoil_{os.environ['COUNTERFOIL_TEST_RUN']}"}

NOTICES_KEPT_SECONDS = WEBHOOKS_REMEMBER_SECONDS = 0.0  # each test sees its own
SECOND_FACTOR = False  # tests of signing in switch it on
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # no walk over all static files at each start
