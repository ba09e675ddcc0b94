"""A hint is shown so that it can be typed as it stands, however the command was called."""

import sys
from pathlib import Path

import pytest

from coalition.kit.invoked import invoked


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the command in its .venv, which is not where the shell looks."""
    program = tmp_path / ".venv" / "bin" / "coalition"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    return tmp_path


@pytest.mark.parametrize("called", [".venv/bin/coalition", "{here}/.venv/bin/coalition"])
def test_a_command_called_by_its_path_is_shown_so(
    here: Path, monkeypatch: pytest.MonkeyPatch, called: str
) -> None:
    monkeypatch.setattr(sys, "argv", [called.format(here=here)])
    assert invoked("period list") == ".venv/bin/coalition period list"


def test_one_that_the_shell_finds_is_shown_by_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here / ".venv" / "bin"))
    monkeypatch.setattr(sys, "argv", [str(here / ".venv" / "bin" / "coalition")])
    assert invoked("jobs") == "coalition jobs"


def test_another_of_the_same_name_is_not_meant(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = here / "bin" / "coalition"
    other.parent.mkdir()
    other.touch(0o755)
    monkeypatch.setenv("PATH", str(other.parent))
    monkeypatch.setattr(sys, "argv", [".venv/bin/coalition"])
    assert invoked("jobs") == ".venv/bin/coalition jobs"


def test_a_module_is_shown_with_its_python(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(here / "coalition" / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(here / "my python"))
    assert invoked("jobs") == "'my python' -m coalition jobs"


def test_a_program_of_another_name_shows_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert invoked("migrate") == "coalition migrate"
