"""The settings of this environment, and what is wrong with them in a person's words."""

from pydantic import ValidationError

from coalition.kit.config import Settings
from coalition.kit.errors import Misconfigured
from coalition.kit.logging import start_logging


def settings() -> Settings:
    """Raises `Misconfigured` for an environment that holds a wrong value."""
    try:
        found = Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"COALITION_{str(one['loc'][0]).upper()}={one['input']!r}: {one['msg']}"
            for one in error.errors()
        )
        raise Misconfigured(f"The environment is wrong. {problems}") from None
    start_logging(json_lines=found.log_format == "json")
    return found
