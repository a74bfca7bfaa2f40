"""The addresses that API Gateway gives, on an emulated one."""

import httpx


class Gateway(httpx.HTTPTransport):
    """Send what is meant for https://ID.execute-api.… to the API with this ID on MiniStack."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; addresses of anything but API Gateway are no names of APIs."""
        api, domain = request.url.host.split(".", 1)
        assert domain.startswith("execute-api.")
        request.headers["Host"] = f"{api}.execute-api.localhost:{self._port}"
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        return super().handle_request(request)
