"""`python -m tests.portal.write_permissions`: the table of permissions anew, from what its test met last."""

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.portal import permission_walk

    permission_walk.write()


if __name__ == "__main__":
    main()
