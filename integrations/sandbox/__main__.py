"""`python -m integrations.sandbox`: the stand-ins until interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from .box import DEFAULT_PORTS, Sandbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ports",
        nargs="+",
        type=int,
        default=list(DEFAULT_PORTS.values()),
        metavar="PORT",
        help=f"ports in the order {', '.join(DEFAULT_PORTS)}; 0 is any free port",
    )
    parser.add_argument("--company", action="store_true", help="seed the believable company")
    parser.add_argument("--state", type=Path, metavar="FILE", help="continue from this file and keep it current")
    parser.add_argument("--no-limits", action="store_true", help="without rate limits, for benchmarks")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")


def serve(options: argparse.Namespace) -> None:
    """Run until SIGINT or SIGTERM; prints one line per system when it listens."""
    ports = dict(zip(DEFAULT_PORTS, options.ports, strict=False))
    sandbox = Sandbox(
        company=options.company,
        limits=not options.no_limits,
        state_file=options.state,
        ports=ports,
        host=options.host,
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with sandbox:
        print(f"control {sandbox.control_url}", flush=True)
        for slug in sandbox.stand_ins:
            print(f"{slug} {sandbox.url(slug)}", flush=True)
        ended.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    add_arguments(parser)
    serve(parser.parse_args(arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main())
