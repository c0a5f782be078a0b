import asyncio
import threading

import pytest
from starlette.testclient import TestClient

from alttext_local import errors
from alttext_local.api.app import create_app
from alttext_local.api.guard import Body, Door
from alttext_local.settings import MIB, Settings

V2 = "/cl/alttext/api/v2/"

GOOD = ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {} "]
BAD = ["", "Bearer", "Bearer ", "{}", "Basic {}", "Bearer {}x", "Bearer x{}", "Bearer {} more", "Token {}", "Bearer,{}"]
BAD += ["Bearer " + "x" * 5000, "Bearer \xff\xfe"]


@pytest.mark.parametrize("form", GOOD)
def test_the_scheme_is_read_in_any_case(house, open_client, parts, form):
    client = open_client(house, token=None)
    answer = client.get(V2 + "models", headers={"Authorization": form.format(parts.TOKEN)})
    assert answer.status_code == 200


@pytest.mark.parametrize("form", BAD)
@pytest.mark.parametrize(("method", "path"), [("POST", V2), ("POST", V2[:-1]), ("GET", V2 + "models")])
def test_anything_else_is_a_401(house, open_client, parts, is_error, form, method, path):
    headers = {"Authorization": form.format(parts.TOKEN).encode("latin-1")}
    answer = open_client(house, token=None).request(method, path, headers=headers)
    assert is_error(answer, 401) == "Unauthorized - Invalid or missing authentication token"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert house.engine.admitted == 0


def test_no_header_or_two_is_a_401(house, open_client, parts, is_error):
    client = open_client(house, token=None)
    is_error(client.post(V2), 401)
    twice = [("Authorization", f"Bearer {parts.TOKEN}"), ("Authorization", f"Bearer {parts.OTHER}")]
    is_error(client.post(V2, headers=twice), 401)


def test_a_token_is_asked_for_before_anything_is_told(house, open_client, is_error):
    client = open_client(house, token=None)
    house.engine.refusal = errors.Overloaded()
    is_error(client.post(V2, headers={"Content-Length": str(10**12)}), 401)
    is_error(client.get("/cl/alttext/api/v9/secret"), 401)


@pytest.mark.parametrize("length", [str(22 * MIB), "9" * 40])
def test_too_long_by_its_header(client, house, is_error, length):
    answer = client.post(V2, content=b"x", headers={"Content-Length": length})
    is_error(answer, 413, "at most 20971520 bytes")
    assert house.engine.admitted == 0


@pytest.mark.parametrize("length", ["-1", "many", "1.5", ""])
def test_a_length_that_is_none(client, is_error, length):
    is_error(client.post(V2, content=b"x", headers={"Content-Length": length}), 400, "Content-Length")


def test_a_file_of_exactly_the_limit_is_let_in(open_house, open_client, parts, is_error):
    data = parts.picture()
    client = open_client(open_house(max_upload=len(data)))
    fields = {"selected_model": "gpt-4o", "context": "x" * 4000}
    assert client.post(V2, data=fields, files={"file": ("a.png", data)}).status_code == 200
    is_error(client.post(V2, data=fields, files={"file": ("a.png", data + b"x")}), 413)


def test_chunks_are_counted(open_house, open_client, is_error):
    client = open_client(open_house(max_upload=1000))
    headers = {"Transfer-Encoding": "chunked", "Content-Type": "multipart/form-data; boundary=B"}
    answer = client.post(V2, content=(b"x" * 100_000 for _ in range(30)), headers=headers)
    is_error(answer, 413)


@pytest.mark.parametrize("refusal", [errors.Overloaded(), errors.Unavailable("It starts."), errors.ModelDown()])
def test_the_engine_refuses_before_the_body(post, client, house, is_error, refusal):
    house.engine.refusal = refusal
    answer = post()
    is_error(answer, refusal.http_status)
    assert int(answer.headers["Retry-After"]) == refusal.retry_after
    assert house.describer.calls == []
    assert client.get(V2 + "models").status_code == 200


def test_the_next_is_refused_when_all_places_are_held(open_house, parts, is_error):
    house = open_house(queue_max=1)
    house.describer.gate = threading.Event()
    app = create_app(house)
    headers = {"Authorization": f"Bearer {parts.TOKEN}"}
    upload = {"data": {"selected_model": "gpt-4o"}, "files": {"file": ("a.png", parts.picture())}}
    with TestClient(app, headers=headers) as client:
        first = []
        thread = threading.Thread(target=lambda: first.append(client.post(V2, **upload)))
        thread.start()
        while not house.describer.futures:
            threading.Event().wait(0.01)
        refused = client.post(V2, **upload)
        is_error(refused, 429)
        assert refused.headers["Retry-After"] == "5"
        assert client.get("/health/ready").status_code == 200
        house.describer.gate.set()
        thread.join(10)
        assert first[0].status_code == 200
        assert client.post(V2, **upload).status_code == 200
    assert (app.state.door.in_hand, app.state.door.bytes) == (0, 0)


def test_the_places_are_bounded_by_number_and_by_bytes():
    door = Door(Settings(queue_max=2, receive_memory=30 * MIB))
    with door.hold(20 * MIB):
        with pytest.raises(errors.Overloaded), door.hold(11 * MIB):
            raise AssertionError("let in")
        with door.hold(1), pytest.raises(errors.Overloaded), door.hold(1):
            raise AssertionError("let in")
    assert (door.in_hand, door.bytes) == (0, 0)


def test_a_place_is_given_back_when_the_request_fails(post, client, house):
    house.describer.failure = RuntimeError()
    post()
    assert client.app.state.door.in_hand == 0


def receive_slowly(settings, announced, pieces, pause):
    """Receive through `Body`; the messages come `pause` seconds apart."""

    async def receive():
        await asyncio.sleep(pause)
        body = pieces.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    async def run():
        body = Body(receive, settings, announced, 100 * MIB)
        received = b""
        while True:
            message = await body.receive()
            received += message["body"]
            if not message["more_body"]:
                return received

    return asyncio.run(run())


def test_a_body_may_take_as_long_as_its_size_allows():
    settings = Settings(body_seconds=0.15, body_seconds_per_mib=0.3)
    with pytest.raises(errors.ReceiveTimeout):
        receive_slowly(settings, 10, [b"x"] * 10, 0.05)
    assert receive_slowly(settings, 2 * MIB, [b"x"] * 10, 0.05) == b"x" * 10
    assert len(receive_slowly(settings, None, [b"x" * MIB] * 6, 0.05)) == 6 * MIB


@pytest.mark.parametrize("path", [V2, V2 + "models", "/docs", "/nowhere"])
def test_newcomers_get_a_503_while_it_drains(client, is_error, path):
    client.app.state.door.draining = True
    answer = client.get(path)
    is_error(answer, 503)
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["Connection"] == "close"
