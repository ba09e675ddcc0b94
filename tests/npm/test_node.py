import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.node import run_node

HERE = Path(__file__).parent


@pytest.fixture
def somebody_here() -> Iterator[int]:
    """The port of a server of this machine that answers every GET."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Nothing: the tests print what matters."""


def test_every_locked_package_can_be_imported() -> None:
    ran = run_node(HERE / "packages.mjs")
    assert (ran.returncode, ran.stderr) == (0, "")
    named = json.loads((HERE / "package.json").read_text())["dependencies"]
    assert ran.stdout.splitlines() == [f"{name} {version} true" for name, version in named.items()]


def test_types_are_taken_away_and_what_is_asked_for_is_handed_on(tmp_path: Path) -> None:
    script = tmp_path / "typed.ts"
    script.write_text(
        "const brand: string | undefined = process.env.BRAND;\n"
        "console.log(brand, process.argv[2], process.env.HOME);\n"
        "process.exitCode = 3;\n"
    )
    ran = run_node(script, "loaf", env={"BRAND": "bakery"})
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "bakery loaf undefined\n", "")


@pytest.mark.parametrize(("way", "answer"), [("fetch", "hello"), ("socket", "connected")])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_script_reaches_this_machine(
    way: str, answer: str, host: str, somebody_here: int
) -> None:
    ran = run_node(HERE / "reach.mjs", way, host, str(somebody_here))
    assert (ran.stdout, ran.stderr) == (f"{answer}\n", "")


@pytest.mark.parametrize("way", ["fetch", "socket", "dns"])
@pytest.mark.parametrize("host", ["192.0.2.1", "registry.npmjs.org"])
def test_a_script_reaches_nothing_else(way: str, host: str) -> None:
    ran = run_node(HERE / "reach.mjs", way, host, "80")
    assert ran.returncode == 1
    assert ran.stderr == f"Tests talk to this machine only, not to {host}.\n"
