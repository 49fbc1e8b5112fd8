"""What every request must pass: Host, Origin, size; and the headers every answer carries.

Host is checked against DNS rebinding, Origin against cross-site requests: both must name the
address that the server was started on.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 64 * 1024
"""Bytes of the largest request; a code with its comment has a few hundred."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """ASGI wrapper; ``hosts`` are the values of Host that are let in."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], scheme: str):
        self.app = app
        self.hosts = hosts
        self.origins = frozenset(f"{scheme}://{host}" for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or answers it with one line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], headers)
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, self._dressed(send))
            return
        await self.app(scope, receive, self._dressed(send))

    def _refusal(self, method: str, headers: Headers) -> str:
        if headers.get("host", "") not in self.hosts:
            return "this server answers only to the address it was started on"
        if method in ("GET", "HEAD"):
            return ""
        length = headers.get("content-length", "")
        refusals = {
            "requests from other pages are refused": headers.get("origin") not in self.origins,
            "only JSON is accepted": not headers.get("content-type", "").startswith(
                "application/json"
            ),
            # uvicorn reads no more of a body than its content-length announces.
            f"requests of more than {LARGEST} bytes, or of unknown length, are refused": (
                not length.isdecimal() or int(length) > LARGEST
            ),
        }
        return next((refusal for refusal, holds in refusals.items() if holds), "")

    @staticmethod
    def _dressed(send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answer[name] = value
            await send(message)

        return dressed
