"""Who may code: sessions in signed cookies, and accounts with passwords beyond one machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import codec
from pipeline.annotate.codings import save
from pipeline.annotate.desk import checked_name
from pipeline.errors import PipelineError

LIFETIME = 30 * 24 * 3600
"""Seconds that a cookie holds."""

FAILURES, PAUSE = 5, 60.0
"""Wrong passwords in a row after which a name must wait, and seconds of waiting."""

SHORTEST = 10


@dataclass
class Sessions:
    """Issues and checks cookies. ``role`` keeps a coder's cookie from opening adjudication."""

    secret: str
    role: str

    def issue(self, coder: str) -> str:
        """A cookie's value for a coder."""
        claims = [self.role, coder, int(time.time()) + LIFETIME]
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"{body}.{self._sign(body)}"

    def coder(self, cookie: str) -> str | None:
        """The coder whom a cookie was issued to, None if it is forged, old or for another role."""
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(body).encode()):
            return None
        role, coder, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return str(coder) if role == self.role and until > time.time() else None

    def _sign(self, body: str) -> str:
        return hmac.new(self.secret.encode(), body.encode(), hashlib.sha256).hexdigest()


@dataclass
class Tokens:
    """Secrets in the addresses printed at start, one a coder."""

    coders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def for_coders(cls, names: tuple[str, ...]) -> Tokens:
        """A new secret for each name."""
        return cls({secrets.token_urlsafe(24): checked_name(name) for name in names})

    def coder(self, token: str) -> str | None:
        """Whose token it is."""
        digest = hashlib.sha256(token.encode()).digest()
        for known, coder in self.coders.items():
            if hmac.compare_digest(hashlib.sha256(known.encode()).digest(), digest):
                return coder
        return None


class Accounts:
    """Names and argon2 hashes of passwords in a JSON file."""

    def __init__(self, path: Path):
        from argon2 import PasswordHasher

        self.path = path
        self._hasher = PasswordHasher()
        self.hashes: dict[str, str] = {}
        if path.exists():
            try:
                self.hashes = codec.decode(path.read_bytes(), dict[str, str], str(path))
            except OSError as error:
                raise PipelineError(f"accounts {path}: {error.strerror}") from error
        # An unknown name takes as long as a known one.
        self._nobody = self._hasher.hash(secrets.token_hex(16))
        self._failures: dict[str, tuple[int, float]] = {}

    def add(self, name: str, password: str) -> None:
        """Adds a coder or sets a new password, and writes the file."""
        checked_name(name)
        if len(password) < SHORTEST:
            raise PipelineError(f"password: at least {SHORTEST} characters are needed")
        self.hashes[name] = self._hasher.hash(password)
        save(self.path, json.dumps(self.hashes, indent=1).encode() + b"\n")
        self.path.chmod(0o600)

    def check(self, name: str, password: str) -> bool:
        """Whether the password is right; always False while a name has to wait."""
        from argon2.exceptions import Argon2Error, InvalidHashError

        count, since = self._failures.get(name, (0, 0.0))
        if count >= FAILURES and time.monotonic() - since < PAUSE:
            return False
        try:
            self._hasher.verify(self.hashes.get(name, self._nobody), password)
            right = name in self.hashes
        except (Argon2Error, InvalidHashError):
            right = False
        if right:
            self._failures.pop(name, None)
        elif name in self.hashes:
            self._failures[name] = (count + 1, time.monotonic())
        return right
