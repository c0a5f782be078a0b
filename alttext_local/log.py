"""The log: JSON lines on stderr, one object a line, from our loggers and everybody else's.

Ours say what happened by a fixed event and `extra` fields: `logger.info("request", extra={"status": 200})`.
The message of an exception is not written unless it is one of ours, which are safe to show: others carry
pieces of what they choked on. Where it happened is written.
"""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import AbstractContextManager
from types import TracebackType

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import EventDict, Processor, WrappedLogger

from alttext_local.errors import AltTextError

OURS = "alttext_local"
TALKATIVE = ("python_multipart",)
"""Libraries that quote what they were given in their warnings."""
NOISE = ("color_message", "_record", "_from_structlog")


class _Stderr(logging.Handler):
    """Writes to whatever `sys.stderr` is at the moment: a test, or a supervisor, may have replaced it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)


def configure_logging(level: str = "info") -> None:
    """Send every log record of this process to stderr as JSON, from `level` on.

    Libraries are held to `info` at least: what they say when debugging may be contents.
    """
    before: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    after: list[Processor] = [_describe_exception, _drop_noise, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = _Stderr()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after))
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=max(number, logging.INFO), force=True)
    logging.getLogger(OURS).setLevel(number)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each step of each start
    logging.captureWarnings(True)


def bind_request(request_id: str) -> AbstractContextManager[None]:
    """While it lasts, each line that this task writes carries the id."""
    return bound_contextvars(request_id=request_id)


def _describe_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """`exc_info` becomes `exception`: for it and its causes, the type, the places, and our own messages."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    causes: list[dict[str, object]] = []
    while isinstance(error, BaseException) and len(causes) < 5:
        causes.append(_describe(error, error.__traceback__))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if causes:
        event["exception"] = causes
    return event


def _describe(error: BaseException, trace: TracebackType | None) -> dict[str, object]:
    frames = traceback.extract_tb(trace)[-12:]
    described: dict[str, object] = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, AltTextError):
        described |= {"code": error.code, "message": str(error)}
    if isinstance(error, OSError) and error.errno is not None:
        described["errno"] = error.errno
    return described


def _drop_noise(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name in NOISE:
        event.pop(name, None)
    return event
