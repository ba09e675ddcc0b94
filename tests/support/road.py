"""The way between a client and the server, on which requests and answers are lost."""

import httpx2


class Road(httpx2.AsyncBaseTransport):
    """Between client and server. What is planned happens to the next requests, one each.

    A status is answered in the server's place; "lost" lets the server work and loses its answer;
    "cut" never reaches it, "pass" does nothing.
    """

    def __init__(self, server: httpx2.AsyncBaseTransport) -> None:
        self._server = server
        self.planned: list[int | str] = []
        self.retry_after = "0"
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        happens = self.planned.pop(0) if self.planned else "pass"
        if isinstance(happens, int):
            return httpx2.Response(happens, headers={"Retry-After": self.retry_after})
        if happens == "cut":
            raise httpx2.ConnectError("The road is closed.", request=request)
        answer = await self._server.handle_async_request(request)
        if happens == "lost":
            await answer.aread()
            raise httpx2.ReadTimeout("Nothing came back.", request=request)
        return answer
