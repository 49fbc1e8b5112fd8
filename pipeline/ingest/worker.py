"""Parsers in a process of their own, bounded in memory and time and without network or writing.

``Worker`` is the near side: it keeps one process for many files and replaces it when a file
hangs or crashes it. ``python -m pipeline.ingest.worker`` is the far side. Messages are MessagePack
behind a length of eight bytes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Found, Limits, Reject

_LENGTH = 8


@dataclass(frozen=True)
class Task:
    """A file to parse."""

    name: str
    data: bytes
    limits: Limits
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Reply:
    """What was found, or why nothing was."""

    extracts: list[Extract]
    rejects: list[Reject]
    error: str = ""


class Worker:
    """Parses files in a child process; ``close`` ends it, and so does the end of this process."""

    def __init__(self, *, seconds: int, megabytes: int) -> None:
        self.seconds = seconds
        self.megabytes = megabytes
        self._process: subprocess.Popen[bytes] | None = None
        self._end: Any = None

    def __call__(
        self, data: bytes, name: str, limits: Limits, columns: tuple[str, ...] = ()
    ) -> list[Found]:
        """Texts found in ``data``.

        Raises:
            PipelineError: unreadable; also when parsing took too long, too much memory, or crashed.
        """
        process = self._started()
        expired = threading.Event()

        def stop() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self.seconds, stop)
        timer.start()
        try:
            answer = _exchange(process, msgspec.msgpack.encode(Task(name, data, limits, columns)))
        finally:
            timer.cancel()
        if answer is None:
            self.close()
            if expired.is_set():
                setting = "seconds_per_scan" if limits.ocr else "seconds_per_file"
                raise PipelineError(
                    f"parsing took more than {self.seconds} s and was stopped; raise "
                    f"ingest.{setting} or save the file in a simpler form"
                )
            raise PipelineError(
                "it crashed its parser, or needed more than ingest.memory_megabytes "
                f"({self.megabytes} MiB); save it in a simpler form"
            )
        reply = msgspec.msgpack.decode(answer, type=Reply)
        if reply.error:
            raise PipelineError(reply.error)
        return [*reply.extracts, *reply.rejects]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.ingest.worker", str(self.megabytes)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )  # fmt: skip
            self._end = weakref.finalize(self, _stop, self._process)
        return self._process

    def close(self) -> None:
        """Ends the child process, if one runs."""
        if self._end is not None:
            self._end()
        self._process = self._end = None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _exchange(process: subprocess.Popen[bytes], message: bytes) -> bytes | None:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the worker has no pipes")
    try:
        _send(process.stdin, message)
    except OSError:
        return None
    return _receive(process.stdout)


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(_LENGTH, "big"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    size = int.from_bytes(length, "big")
    message = stream.read(size)
    return message if len(message) == size else None


def serve(requests: IO[bytes], replies: IO[bytes]) -> None:
    """The far side: answers tasks until the other side hangs up."""
    from pipeline.ingest.parse import parse

    while (message := _receive(requests)) is not None:
        task = msgspec.msgpack.decode(message, type=Task)
        del message
        try:
            found = parse(task.data, task.name, task.limits, task.columns)
            reply = Reply(
                [item for item in found if isinstance(item, Extract)],
                [item for item in found if isinstance(item, Reject)],
            )
            answer = msgspec.msgpack.encode(reply)
        except PipelineError as error:
            answer = msgspec.msgpack.encode(Reply([], [], str(error)))
        except MemoryError:
            return  # said by the near side, which starts a fresh process
        except Exception as error:  # a parser may raise anything on a hostile file
            said = " ".join(str(error).split())[:200]
            reason = f"its parser gave up ({type(error).__name__}: {said}); save it again"
            answer = msgspec.msgpack.encode(
                Reply([], [], reason.encode("utf-8", "replace").decode())
            )
        _send(replies, answer)


def _confine(megabytes: int) -> None:
    # Second fence, for pure-Python parsers: nothing in here may connect, write or start programs.
    try:
        import resource
    except ImportError:  # Windows has no such limits; time is bounded from outside
        pass
    else:
        size = megabytes << 20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen",
                     "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.remove",
                     "os.rename", "os.mkdir", "os.rmdir", "shutil.rmtree"):  # fmt: skip
            raise PermissionError(f"{event} is not allowed while parsing")
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & writing:
            raise PermissionError("writing is not allowed while parsing")

    sys.addaudithook(refuse)


def _main() -> None:
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not end up among the replies
    sys.setrecursionlimit(3_000)
    _confine(int(sys.argv[1]))
    serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    _main()
