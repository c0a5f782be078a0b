import importlib.util
import json
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alttext_local.api.app import create_app
from tests.api.bulk_jobs import V3
from tests.jobs import zips

_spec = importlib.util.spec_from_file_location("api_test_house", Path(__file__).with_name("house.py"))
house_parts = importlib.util.module_from_spec(_spec)
sys.modules["api_test_house"] = house_parts
_spec.loader.exec_module(house_parts)

V2 = "/cl/alttext/api/v2/"


@pytest.fixture
def parts():
    """The module with the small house."""
    return house_parts


@pytest.fixture
def open_house(tmp_path):
    """Build a house with settings of the test's own."""
    built = []

    def build(**settings):
        built.append(house_parts.build(tmp_path, **settings))
        return built[-1]

    yield build
    for house in built:
        if house.describer.gate is not None:
            house.describer.gate.set()
        house.close()


@pytest.fixture
def house(open_house):
    return open_house()


@pytest.fixture
def open_client():
    def client(house, token=house_parts.TOKEN, **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return TestClient(create_app(house), headers=headers, **more)

    return client


@pytest.fixture
def client(house, open_client):
    return open_client(house)


@pytest.fixture
def post(client):
    """Send one image; fields that are None are left out."""

    def send(data=None, file_name="a.png", path=V2, headers=None, **fields):
        texts = {"selected_model": "gpt-4o", **fields}
        texts = {name: value for name, value in texts.items() if value is not None}
        files = {"file": (file_name, house_parts.picture() if data is None else data)}
        return client.post(path, data=texts, files=files, headers=headers or {})

    return send


@pytest.fixture
def is_error():
    """That an answer is the one error body."""

    def check(answer, status, *words):
        assert answer.status_code == status, answer.text
        body = answer.json()
        assert set(body) == {"status_code", "message", "detail"}
        assert body["status_code"] == status
        assert body["message"] == body["detail"]
        for word in words:
            assert word in body["message"]
        assert answer.headers["X-Request-ID"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return body["message"]

    return check


@pytest.fixture
def archive(parts):
    """A ZIP of three images, the last one broken, and a JSON that asks for more of the first."""
    wishes = {"images": [{"file_ref": "Images/a.png", "generate_description": True, "generate_ocr": "yes"}]}
    return zips.usual(
        {
            "Images/a.png": parts.picture(),
            "Images/b.jpg": parts.picture(format="JPEG"),
            "Images/c.png": parts.picture()[:40],
            "config.json": json.dumps(wishes).encode(),
        }
    )


@pytest.fixture
def bulk(client, archive):
    """Send a ZIP."""

    def send(data=None, name="figures.zip", path=V3, field="file", **params):
        files = {field: (name, archive if data is None else data, "application/x-zip-compressed")}
        return client.post(path, params=params, files=files)

    return send


@pytest.fixture
def spool(house):
    return house.settings.data_dir / "files"
