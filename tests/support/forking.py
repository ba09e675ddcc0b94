"""Read the program once; then, for each command asked for on a line, be it in a process of its own.

Run as `python -m tests.support.forking`; asked by `commands.py`.
"""

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

import coalition


def _be(main: Any, asked: dict[str, Any]) -> NoReturn:  # noqa: ANN401 - a program
    """As if it had been started so. Ends the process."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    for number, (name, how) in enumerate(
        ((os.devnull, os.O_RDONLY), (asked["out"], os.O_WRONLY), (asked["err"], os.O_WRONLY))
    ):
        os.dup2(os.open(name, how | os.O_CREAT, 0o600), number)
    # What was read ahead in the old one is not this command's.
    sys.stdin = os.fdopen(0, encoding="utf-8")
    # As `python -m coalition` sets it: hints name the command as it was called.
    sys.argv = [str(Path(coalition.__file__).with_name("__main__.py")), *asked["words"]]
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


def main() -> None:
    from coalition.cli import COMMANDS, read_command  # noqa: PLC0415 - once known to be wanted
    from coalition.cli import main as command  # noqa: PLC0415 - the same

    for name in COMMANDS:
        read_command(name)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _be(command, asked)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
