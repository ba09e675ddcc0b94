"""`python -m coalition_till`: serve the till on this machine. Its secret comes by the environment,
as `COALITION_TILL_SECRET`, where no list of processes shows it.
"""

import argparse
import os
import sys

import uvicorn

from coalition_client import Client
from coalition_till.counter import Counter
from coalition_till.pages import Pages
from coalition_till.sale import Sales

SECRET = "COALITION_TILL_SECRET"  # noqa: S105 - the name of a variable
HOST = "127.0.0.1"
# Somebody stands at the till and waits.
_SECONDS = 4.0
_TRIES = 2


def main() -> int:
    """The exit code; 2 when it was not started as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m coalition_till", description="An example: the till of a small shop.",
        epilog=f"The client's secret is read from {SECRET}.",
    )  # fmt: skip
    for name, otherwise, what, about in (
        ("--coalition", "http://127.0.0.1:8000", "URL", "the coalition's address"),
        ("--client", "grocer-till", "ID", "a brand's client that may award and redeem"),
    ):
        parser.add_argument(name, default=otherwise, metavar=what, help=f"{about} (%(default)s)")
    parser.add_argument("--port", default=8100, type=int, help="where to listen (%(default)s)")
    asked = parser.parse_args()
    secret = os.environ.get(SECRET, "")
    if not secret:
        sys.stderr.write(f"Set {SECRET} to the secret of {asked.client}; `make demo` shows it.\n")
        return 2
    try:
        client = Client(asked.coalition, asked.client, secret, timeout=_SECONDS, tries=_TRIES)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    pages = Pages(Counter(client), Sales(), f"{asked.coalition.rstrip('/')}/app")
    sys.stdout.write(f"The till is at http://{HOST}:{asked.port}\n")
    sys.stdout.flush()
    uvicorn.run(
        pages.application(HOST, "localhost"), host=HOST, port=asked.port, log_level="warning",
        server_header=False,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
