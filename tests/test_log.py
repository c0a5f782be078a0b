import json
import logging
import threading
import warnings
from datetime import UTC, datetime

import pytest
import structlog

from alttext_local.errors import UnreadableImage
from alttext_local.log import bind_request, configure_logging


@pytest.fixture
def lines(capsys):
    """Everything that is logged, read back."""
    root, ours = logging.getLogger(), logging.getLogger("alttext_local")
    before = root.handlers[:], root.level, ours.level
    configure_logging("debug")
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.captureWarnings(False)
    root.handlers[:], level, our_level = before
    root.setLevel(level)
    ours.setLevel(our_level)


def test_extra_fields_come_out_as_json(lines):
    logging.getLogger("alttext_local.x").info("request", extra={"status": 200, "ms": 1.5, "name_of_model": "ü"})
    (line,) = lines()
    time = datetime.fromisoformat(line.pop("time"))
    assert abs((datetime.now(UTC) - time).total_seconds()) < 60
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "alttext_local.x",
        "status": 200,
        "ms": 1.5,
        "name_of_model": "ü",
    }


def test_everybody_s_loggers_come_out_as_json(lines):
    logging.getLogger("uvicorn.error").warning("two %s", "words", extra={"color_message": "\x1b[1m"})
    (line,) = lines()
    assert (line["event"], line["level"]) == ("two words", "warning")
    assert "color_message" not in line


def test_libraries_keep_their_debugging_to_themselves(lines):
    logging.getLogger("PIL.PngImagePlugin").debug("contents")
    logging.getLogger("python_multipart.multipart").warning("got 120 at index 2")
    logging.getLogger("alttext_local.pictures").debug("ours")
    assert [line["event"] for line in lines()] == ["ours"]


def test_the_level_is_kept(lines):
    configure_logging("error")
    logging.getLogger("alttext_local").warning("quiet")
    logging.getLogger("alttext_local").error("loud")
    assert [line["event"] for line in lines()] == ["loud"]


def test_the_request_id_is_on_each_line_of_its_own_task(lines):
    logger = logging.getLogger("alttext_local")
    with bind_request("id-1"):
        logger.info("inside")
        other = threading.Thread(target=logger.info, args=("elsewhere",))
        other.start()
        other.join()
    logger.info("after")
    assert [line.get("request_id") for line in lines()] == ["id-1", None, None]


def test_an_exception_says_where_but_not_what(lines):
    try:
        try:
            raise ValueError("the secret words")
        except ValueError as cause:
            raise FileNotFoundError(2, "No such file", "/secret/path") from cause
    except OSError:
        logging.getLogger("alttext_local").exception("failed")
    (line,) = lines()
    first, second = line["exception"]
    assert (first["type"], first["errno"]) == ("builtins.FileNotFoundError", 2)
    assert second["type"] == "builtins.ValueError"
    assert "test_log.py" in first["at"][-1]
    assert "secret" not in json.dumps(line)


def test_our_own_errors_are_told_in_full(lines):
    logging.getLogger("alttext_local").error("failed", exc_info=UnreadableImage("It is truncated."))
    (line,) = lines()
    assert line["exception"][0]["code"] == "unreadable_image"
    assert line["exception"][0]["message"].endswith("It is truncated.")


def test_each_record_is_one_line(lines):
    logging.getLogger("alttext_local").info("first\nsecond", extra={"field": "a\r\nb"})
    assert lines()[0]["event"] == "first\nsecond"


def test_warnings_are_logged(lines):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("mind this", stacklevel=1)
    assert lines()[0]["logger"] == "py.warnings"


def test_configuring_twice_logs_once(lines):
    configure_logging("info")
    logging.getLogger("alttext_local").info("once")
    assert len(lines()) == 1


def test_nothing_is_left_bound(lines):
    with bind_request("id-2"):
        pass
    assert structlog.contextvars.get_contextvars() == {}
