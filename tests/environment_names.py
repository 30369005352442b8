"""Every environment variable that `portal.environment` reads, found in its source."""

import re
from pathlib import Path

from portal import environment

_READ = re.compile(r'_(?:text|switch|count|address)\("([A-Z_]+)"')


def names() -> set[str]:
    """Also those made from the name of a system, like XERO_API_URL and PACE_XERO."""
    written = set(_READ.findall(Path(environment.__file__).read_text()))
    addresses = {
        f"{system}_{part}_URL".upper() for system, (_port, parts) in environment.SANDBOX_PARTS.items() for part in parts
    }
    return written | addresses | {f"PACE_{system}".upper() for system in environment.SANDBOX_PARTS}
