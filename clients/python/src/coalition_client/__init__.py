"""A typed client of the coalition's GraphQL API.

`Client` has a method for every document of `operations/`, with the inputs, answers and enums of
`coalition_client.generated`, which are importable from here.
"""

from coalition_client import generated
from coalition_client.client import Client, every
from coalition_client.errors import (
    CoalitionError,
    Mistake,
    NoAnswer,
    Refused,
    RequestFailed,
    TokenRefused,
    TryLater,
)
from coalition_client.generated import *  # noqa: F403 - its __all__ is generated too

__all__ = [
    "Client",
    "CoalitionError",
    "Mistake",
    "NoAnswer",
    "Refused",
    "RequestFailed",
    "TokenRefused",
    "TryLater",
    "every",
]
__all__ += generated.__all__
