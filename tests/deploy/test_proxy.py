"""The proxies' examples: their limits are the product's. That nginx reads its own and works is in `tests/e2e`."""

from __future__ import annotations

import re
from pathlib import Path

from alttext_local.api.form import OVERHEAD
from alttext_local.api.guard import BULK_PATHS
from alttext_local.settings import MIB, Settings

PROXY = Path(__file__).resolve().parents[2] / "deploy/proxy"
SETTINGS = {name: field.default for name, field in Settings.model_fields.items()}
ONE, MANY = ((SETTINGS[name] + OVERHEAD) // MIB for name in ("max_upload", "max_zip"))


def nginx():
    return (PROXY / "alttext-local.conf").read_text()


def test_sizes_are_the_products():
    inside = re.findall(r"location = (\S+) \{\s+client_max_body_size (\d+)m;", nginx())
    assert dict(inside) == dict.fromkeys(BULK_PATHS, str(MANY))
    assert re.search(r"^    client_max_body_size (\d+)m;", nginx(), re.MULTILINE)[1] == str(ONE)
    caddy = (PROXY / "Caddyfile").read_text()
    assert dict(re.findall(r"@(\w+) \{\s+max_size (\d+)MiB", caddy)) == {"archives": str(MANY), "others": str(ONE)}
    assert set(re.search(r"@archives path (.+)", caddy)[1].split()) == set(BULK_PATHS)


def test_an_answer_has_the_time_that_it_may_take():
    wait = SETTINGS["queue_seconds"] + SETTINGS["decode_seconds"] + SETTINGS["ocr_seconds"]
    longest = wait + SETTINGS["generation_seconds_cpu"]
    assert int(re.search(r"proxy_read_timeout (\d+)s", nginx())[1]) > longest
    assert int(re.search(r"response_header_timeout (\d+)s", (PROXY / "Caddyfile").read_text())[1]) > longest
    assert int(re.search(r"client_header_timeout (\d+)s", nginx())[1]) == SETTINGS["header_seconds"]
    assert int(re.search(r"client_body_timeout (\d+)s", nginx())[1]) == SETTINGS["body_seconds"]
