"""As much of curl as the pages use, for machines that have none: -s, -u, -H, -d, -w, an address."""

import argparse
import base64
import sys
import urllib.error
import urllib.request


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-u", dest="user")
    parser.add_argument("-w", dest="behind", default="")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data", action="append", required=True)
    parser.add_argument("address")
    asked = parser.parse_args()
    data = "&".join(asked.data)
    body = sys.stdin.read().replace("\n", "") if data == "@-" else data
    request = urllib.request.Request(asked.address, data=body.encode())  # noqa: S310 - our own pages
    for header in asked.headers:
        request.add_header(*header.split(": ", 1))
    if asked.user:
        request.add_header(
            "Authorization", f"Basic {base64.b64encode(asked.user.encode()).decode()}"
        )
    try:
        answer = urllib.request.urlopen(request)  # noqa: S310 - to the address that the page names
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        sys.stdout.write(answer.read().decode() + asked.behind.replace("\\n", "\n"))


main()
