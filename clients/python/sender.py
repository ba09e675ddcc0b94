"""What the generated operations are sent by. The generator copies this file as it is."""

from collections.abc import Mapping
from typing import Any, Protocol


class Sender(Protocol):
    async def execute(
        self, query: str, operation_name: str, variables: Mapping[str, object], **options: object
    ) -> Any: ...  # noqa: ANN401 - whatever the sender answers, it reads itself

    def get_data(self, response: Any) -> dict[str, Any]: ...  # noqa: ANN401
