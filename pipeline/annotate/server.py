"""The coding page and its API (Starlette), for coders and for the adjudicator alike."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline import codec
from pipeline.annotate.accounts import LIFETIME, Accounts, Sessions, Tokens
from pipeline.annotate.adjudicate import Bench
from pipeline.annotate.codebook import Codebook
from pipeline.annotate.desk import Desk, Item, Progress, facet_keys
from pipeline.annotate.events import Log, Part, Submission
from pipeline.annotate.guard import Guard
from pipeline.annotate.tasks import Suggestion
from pipeline.errors import PipelineError

_FILES = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "text.js": "text/javascript; charset=utf-8",
}


class Place(Protocol):
    """What the server needs of a desk: the coder's or the adjudicator's."""

    log: Log
    key: str

    def next_item(self, coder: str) -> Item | None:
        """The next item, None when all is done."""
        ...

    def item(self, coder: str, item: str) -> Item:
        """One item."""
        ...

    def progress(self, coder: str) -> Progress:
        """Done and left."""
        ...

    def accept(self, submission: Submission) -> Submission:
        """A decision as it is to be stored, checked."""
        ...

    def undo(self, coder: str, submission: str) -> Item:
        """Goes back to the last decision."""
        ...

    def suggestion(self, coder: str, item: str) -> Suggestion | None:
        """What the model says."""
        ...


@dataclass(frozen=True)
class Received:
    """Body of a request that stores a decision."""

    submission: str
    item: str = ""
    kind: str = "code"
    parts: tuple[Part, ...] = ()
    comment: str = ""
    seconds: float = 0.0
    client_at: str = ""


@dataclass(frozen=True)
class Login:
    """Body of a login."""

    name: str
    password: str


@dataclass(frozen=True)
class Entrance:
    """How one comes in: ``accounts`` beyond this machine, else ``tokens`` in the address.

    ``names`` may log in (empty: everybody with an account); ``hosts`` are the values of the Host
    header that are answered.
    """

    sessions: Sessions
    hosts: frozenset[str]
    tokens: Tokens = field(default_factory=Tokens)
    accounts: Accounts | None = None
    names: frozenset[str] = frozenset()
    secure: bool = False
    cookie: str = "axiomap"


Handler = Callable[[Request, str], Awaitable[Response]]


def build_app(place: Place, book: Codebook, entrance: Entrance) -> ASGIApp:
    """The application: ``place`` is what is worked at, ``book`` what is shown beside it."""

    def who(request: Request) -> str | None:
        return entrance.sessions.coder(request.cookies.get(entrance.cookie, ""))

    def signed_in(response: Response, coder: str) -> Response:
        response.set_cookie(
            entrance.cookie, entrance.sessions.issue(coder), max_age=LIFETIME, httponly=True,
            samesite="strict", secure=entrance.secure,
        )  # fmt: skip
        return response

    async def page(request: Request) -> Response:
        token = request.query_params.get("token")
        if token is not None:
            coder = entrance.tokens.coder(token)
            if coder is None:
                return _error("this address is of an earlier start; use the one printed now", 403)
            return signed_in(RedirectResponse("/", 303), coder)
        return _file("page.html")

    async def static(request: Request) -> Response:
        return _file(request.path_params["name"])

    async def login(request: Request) -> Response:
        body = codec.decode(await request.body(), Login, "login")
        accounts = entrance.accounts
        allowed = accounts is not None and (not entrance.names or body.name in entrance.names)
        right = accounts is not None and await run_in_threadpool(
            accounts.check, body.name, body.password
        )
        if not (allowed and right):
            return _error("name or password are wrong; after five tries wait a minute", 403)
        return signed_in(JSONResponse({"coder": body.name}), body.name)

    def private(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            coder = who(request)
            if coder is None:
                how = "log in" if entrance.accounts else "open the address printed at start"
                return JSONResponse(
                    {"error": f"not signed in; {how}", "login": entrance.accounts is not None}, 401
                )
            # Two coders in one browser share its cookie: the page says whose it is.
            owner = unquote(request.headers.get("axiomap-coder", ""))
            if owner not in ("", coder):
                return _error(f"this browser is {coder}'s now; sign in again as {owner}", 409)
            try:
                return await handler(request, coder)
            except PipelineError as error:
                return _error(str(error), 422)

        return handle

    async def start(_: Request, coder: str) -> Response:
        return _json(
            {
                "coder": coder, "key": place.key, "book": book, "keys": facet_keys(),
                "adjudicating": isinstance(place, Bench),
                "suggestions": isinstance(place, Desk) and place.suggestions,
                "progress": await run_in_threadpool(place.progress, coder),
            }
        )  # fmt: skip

    def shown(coder: str, item: Item | None) -> dict[str, Any]:
        opinions = place.opinions(item.id) if item and isinstance(place, Bench) else []
        return {"item": item, "opinions": opinions, "progress": place.progress(coder)}

    async def next_(_: Request, coder: str) -> Response:
        return _json(await run_in_threadpool(lambda: shown(coder, place.next_item(coder))))

    async def item(request: Request, coder: str) -> Response:
        name = request.path_params["item"]
        return _json(await run_in_threadpool(lambda: shown(coder, place.item(coder, name))))

    async def code(request: Request, coder: str) -> Response:
        body = codec.decode(await request.body(), Received, "code")
        submission = Submission(
            id=body.submission, kind=body.kind, coder=coder, item=body.item,
            parts=tuple(body.parts), comment=body.comment, seconds=body.seconds,
            client_at=body.client_at[:40],
        )  # fmt: skip
        accepted = place.accept(submission)
        try:
            stored = await run_in_threadpool(place.log.append, accepted)
        except PipelineError as error:
            return _error(str(error), 503)  # worth another try, as a refusal is not
        progress = await run_in_threadpool(place.progress, coder)
        return _json({"stored": stored.id, "at": stored.server_at, "progress": progress})

    async def undo(request: Request, coder: str) -> Response:
        body = codec.decode(await request.body(), Received, "undo")
        return _json(
            await run_in_threadpool(lambda: shown(coder, place.undo(coder, body.submission)))
        )

    async def suggestion(request: Request, coder: str) -> Response:
        name = request.path_params["item"]
        found = await run_in_threadpool(place.suggestion, coder, name)
        return _json({"suggestion": found})

    routes = [
        Route("/", page),
        Route("/{name:str}", static),
        Route("/api/login", login, methods=["POST"]),
        Route("/api/start", private(start)),
        Route("/api/next", private(next_)),
        Route("/api/item/{item}", private(item)),
        Route("/api/suggestion/{item}", private(suggestion)),
        Route("/api/code", private(code), methods=["POST"]),
        Route("/api/undo", private(undo), methods=["POST"]),
    ]
    scheme = "https" if entrance.secure else "http"

    @asynccontextmanager
    async def closing(_: Starlette) -> AsyncIterator[None]:
        yield
        place.log.close()  # SQLite then puts all codes into the one file; a signal ends us after it

    app = Starlette(routes=routes, exception_handlers={PipelineError: _unfit}, lifespan=closing)
    return Guard(app, hosts=entrance.hosts, scheme=scheme)


async def _unfit(_: Request, error: Exception) -> Response:
    return _error(str(error), 422)


def _json(value: object) -> Response:
    return Response(codec.to_json(value), media_type="application/json")


def _error(line: str, status: int) -> Response:
    return JSONResponse({"error": line}, status)


def _file(name: str) -> Response:
    if name not in _FILES:
        return _error(f"there is no page {name!r}", 404)
    text = files("pipeline.annotate").joinpath(name).read_bytes()
    return Response(text, media_type=_FILES[name])


def new_cookie_name(port: int) -> str:
    """Cookies of one host are shared between ports; the name keeps servers apart."""
    return f"axiomap_{port or secrets.token_hex(4)}"
