import pytest


@pytest.mark.parametrize("path", ["/health/live", "/health/live/", "/health/ready", "/health/ready/"])
def test_all_is_well_and_no_token_is_needed(house, open_client, path):
    answer = open_client(house, token=None).get(path)
    assert answer.status_code == 200
    assert answer.json()["status_code"] == 200
    assert answer.history == []


def test_not_ready_says_why(client, house, is_error):
    house.engine.state.ready = False
    house.engine.state.reason = "The model is being loaded."
    answer = client.get("/health/ready")
    is_error(answer, 503, "The model is being loaded.")
    assert answer.headers["Retry-After"] == "10"
    assert client.get("/health/live").status_code == 200


def test_not_live(client, house, is_error):
    house.engine.state.live = False
    house.engine.state.reason = "The worker died."
    is_error(client.get("/health/live"), 503, "The worker died.")
    is_error(client.get("/health/ready"), 503, "The worker died.")


def test_draining_is_live_but_not_ready(client, is_error):
    client.app.state.door.draining = True
    assert client.get("/health/live").status_code == 200
    is_error(client.get("/health/ready"), 503, "about to stop")


def test_ready_tells_of_devices_that_are_missing(client, house):
    house.engine.state.missing = "1 of 2 devices serve: cuda:1 is down."
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["message"]) == (200, "Ready. 1 of 2 devices serve: cuda:1 is down.")
