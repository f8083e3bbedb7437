"""Logs: one JSON line for each event, and on it only what the register below allows."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

REGISTER = frozenset(
    {
        *("at", "level", "event", "service", "logger", "line", "error", "code", "caused_by", "frames", "dropped"),
        *("case_id", "seq", "command", "sop", "transition", "measure", "clock", "procedure", "version", "hash"),
        *("effect", "activity", "attempt", "workflow", "run", "task_queue", "batch", "behind", "recorded"),
        *("method", "route", "status", "ms", "request_id", "role", "pid", "port", "part", "exit_code", "count"),
    }
)
"""The keys that may be logged. Add one only for codes, numbers, yes or no: never for what a person wrote."""

_CODE = re.compile(r"[\w.:/{}<>#+@-]{1,120}")
_SENTENCE = re.compile(r"[\w .,:;/{}<>()'=%\[\]-]{1,160}")
"""`event` is a constant of our own code, so that it may have words."""

_dropped = 0

Excinfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure_logs(service: str, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send structlog and stdlib logging through the same chain, to `stream` (default: standard error)."""
    target = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", key="at", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            _with_service(service),
            error_by_place,
            only_registered,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Bridge(structlog.get_logger())]
    root.setLevel(max(level, logging.INFO))
    for name in (
        "uvicorn",
        "uvicorn.error",
        "uvicorn.access",
        "temporalio",
        "alembic",
        "sqlalchemy",
        "httpx",
        "asyncio",
    ):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.disabled = False
    # their lines hold paths and addresses, and our own say the same with route templates
    for name in ("uvicorn.access", "httpx", "httpcore", "sqlalchemy.engine", "alembic", "transitions"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def dropped_keys() -> int:
    """How many keys this process has left out so far, because they were not in the register or no plain code."""
    return _dropped


def only_registered(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep the registered keys with plain values; count the others on the line."""
    global _dropped
    kept = {key: value for key, value in event.items() if key in REGISTER and _plain(key, value)}
    dropped = len(event) - len(kept)
    if dropped:
        _dropped += dropped
        kept["dropped"] = dropped
    return kept


def error_by_place(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception becomes its type, its stable code and the places it came through; never its words."""
    given = event.pop("exc_info", None)
    found: BaseException | None = None
    if isinstance(given, BaseException):
        found = given
    elif isinstance(given, tuple):
        found = given[1]
    elif given:
        found = sys.exc_info()[1]
    if found is not None:
        event["error"] = _type(found)
        event["frames"] = _frames(found.__traceback__)
        if isinstance(code := getattr(found, "code", None), str | int):
            event["code"] = code
        if causes := _causes(found):
            event["caused_by"] = causes
    return event


class _Bridge(logging.Handler):
    """A line of a library: who, where, and its message only where that is a template, without what fills it."""

    def __init__(self, logger: Any) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        try:
            # a message without holes may have been put together from values, and cannot be told from a constant
            said = record.msg if isinstance(record.msg, str) and record.args else "library"
            line = f"{_short(record.pathname)}:{record.lineno}"
            self._logger.log(
                max(record.levelno, logging.DEBUG),
                said if _SENTENCE.fullmatch(said) else "library",
                logger=record.name,
                line=line,
                exc_info=record.exc_info,
            )
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        # the default prints the message with its arguments
        sys.stderr.write('{"event": "a line could not be logged"}\n')


def _with_service(service: str) -> structlog.typing.Processor:
    def add(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return add


def _plain(key: str, value: object) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return True
    if isinstance(value, str):
        return bool((_SENTENCE if key == "event" else _CODE).fullmatch(value))
    return isinstance(value, list | tuple) and len(value) <= 40 and all(_plain("", item) for item in value)


def _type(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _causes(error: BaseException) -> list[str]:
    causes: list[str] = []
    inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while inner is not None and len(causes) < 5:
        causes.append(_type(inner))
        inner = inner.__cause__ or (None if inner.__suppress_context__ else inner.__context__)
    return causes


def _frames(trace: TracebackType | None) -> list[str]:
    frames = [f"{_short(frame.f_code.co_filename)}:{line}" for frame, line in traceback.walk_tb(trace)]
    return frames[-20:]


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-2:])
