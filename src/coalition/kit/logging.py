"""Structured logs: JSON lines for machines, coloured lines for a terminal.

Nothing that is logged carries a token, a secret, a variable of a query or a member's e-mail.
"""

import logging
import sys

import structlog
from structlog.typing import Processor


def start_logging(*, json_lines: bool, level: str = "INFO") -> None:
    """Send the logs of this process to standard error."""
    for_machines: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    for_people: list[Processor] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The renderer's own tracebacks show local variables: members, tokens, secrets.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(for_machines if json_lines else for_people),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
