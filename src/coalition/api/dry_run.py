"""The argument of every mutation that moves value."""

from typing import Annotated

import strawberry

DryRun = Annotated[
    bool,
    strawberry.argument(
        description="Answer what this would do, to the last figure, and write nothing. The ids of"
        " what it would write name nothing. A document is dry as a whole or not at all; its"
        " dry runs build on each other."
    ),
]
