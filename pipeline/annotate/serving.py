"""Starting the coding page: which address, who may come in, over what."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.annotate.accounts import Accounts, Sessions, Tokens
from pipeline.annotate.adjudicate import LEAD, Bench
from pipeline.annotate.codebook import load_codebook
from pipeline.annotate.desk import Desk, checked_name, log_path
from pipeline.annotate.events import Log
from pipeline.annotate.tasks import read_tasks
from pipeline.errors import PipelineError


@dataclass(frozen=True)
class Address:
    """Where to listen. Beyond loopback, ``cert``, ``key`` and ``accounts`` are needed; ``names``
    are further host names that browsers may use.
    """

    host: str = "127.0.0.1"
    port: int = 8650
    cert: Path | None = None
    key: Path | None = None
    accounts: Path | None = None
    names: tuple[str, ...] = ()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def check(self) -> None:
        """Raises PipelineError if it is open to others without TLS and accounts."""
        if not self.loopback and not (self.cert and self.key and self.accounts):
            raise PipelineError(
                f"--listen {self.host}: others can reach that; it needs --cert, --key and "
                "--accounts (axiomap annotate account NAME --accounts FILE)"
            )
        if self.host in ("0.0.0.0", "::") and not self.names:  # noqa: S104
            raise PipelineError(
                f"--listen {self.host}: say by which name browsers will call it, --name HOST; "
                "requests for other names are refused"
            )
        if bool(self.cert) != bool(self.key):
            raise PipelineError("--cert and --key go together; give both")

    def hosts(self, port: int) -> frozenset[str]:
        """Values of the Host header that are answered."""
        names = {self.host, *self.names}
        if self.loopback:
            names |= {"127.0.0.1", "localhost", "[::1]"}
        if ":" in self.host:
            names.add(f"[{self.host}]")
        default = 443 if self.cert else 80
        return frozenset(
            {f"{name}:{port}" for name in names} | (names if port == default else set())
        )


def open_desk(tasks: Path, codes: Path | None = None, *, suggestions: bool = False) -> Desk:
    """The desk of a task file, its log created if there is none."""
    file = read_tasks(tasks)
    return Desk(file, Log(codes or log_path(tasks)), suggestions=suggestions)


def serve(
    desk: Desk, address: Address, coders: tuple[str, ...], *, lead: str = "",
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Serves until interrupted; prints one address for each coder.

    With ``lead``, serves adjudication to that person instead.

    Raises:
        PipelineError: the address is taken or not allowed, an extra is missing, or nobody is named.
    """
    try:
        import uvicorn

        from pipeline.annotate.server import Entrance, build_app, new_cookie_name
    except ImportError as error:
        raise PipelineError(
            f"{error.name} is not installed; pip install 'axiomap[annotate]'"
        ) from error
    address.check()
    accounts = Accounts(address.accounts) if address.accounts else None
    names = (checked_name(lead),) if lead else tuple(checked_name(c) for c in coders)
    if accounts is not None and not accounts.hashes:
        raise PipelineError(
            f"accounts {accounts.path}: nobody has one; axiomap annotate account NAME --accounts "
            f"{accounts.path}"
        )
    if not names and accounts is None:
        raise PipelineError("name who codes: --coder NAME, repeatable")
    listener = _bind(address)
    port = listener.getsockname()[1]
    tokens = Tokens() if accounts else Tokens.for_coders(names)
    role = LEAD if lead else "coder"
    entrance = Entrance(
        sessions=Sessions(desk.log.meta("secret"), role), hosts=address.hosts(port), tokens=tokens,
        accounts=accounts, names=frozenset(names), secure=address.cert is not None,
        cookie=new_cookie_name(port),
    )  # fmt: skip
    app = build_app(Bench(desk) if lead else desk, load_codebook(), entrance)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
        ssl_certfile=str(address.cert) if address.cert else None,
        ssl_keyfile=str(address.key) if address.key else None,
    )  # fmt: skip
    try:
        config.load()
    except OSError as error:
        listener.close()
        raise PipelineError(
            f"--cert {address.cert}, --key {address.key}: {error}; PEM files of one certificate "
            "and its key are needed"
        ) from error
    scheme = "https" if address.cert else "http"
    host = f"[{address.host}]" if ":" in address.host else address.host
    shown = f"{scheme}://{address.names[0] if address.names else host}:{port}/"
    for token, coder in tokens.coders.items():
        say(f"{coder}: {shown}?token={token}")
    if accounts:
        say(f"log in at {shown}")
    say(f"codes in {desk.log.path}; Ctrl-C stops, start again at any time")
    with listener:
        uvicorn.Server(config).run(sockets=[listener])


def _bind(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PipelineError(
            f"{address.host}:{address.port}: {error.strerror}; choose another --port"
        ) from error
    return listener
