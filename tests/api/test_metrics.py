import pytest

from alttext_local.settings import Settings

SECRET = "a-token-of-prometheus"


def test_there_is_none_where_nobody_may_read_it(client, is_error):
    is_error(client.get("/metrics"), 404)


def test_its_token_is_its_own(open_house, open_client, is_error, parts):
    client = open_client(open_house(metrics_token=SECRET), token="")
    is_error(client.get("/metrics"), 401)
    for wrong in (parts.TOKEN, "", SECRET + "x"):
        is_error(client.get("/metrics", headers={"Authorization": f"Bearer {wrong}"}), 401)
    answer = client.get("/metrics", headers={"Authorization": f"bearer {SECRET}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert 'process_cpu_seconds_total{process="server"}' in answer.text
    v2 = client.get("/cl/alttext/api/v2/models", headers={"Authorization": f"Bearer {SECRET}"})
    assert v2.status_code == 401


@pytest.mark.parametrize(("near", "status"), [("192.0.2.0/28", 200), ("192.0.2.9", 404), ("2001:db8::/32", 404)])
def test_an_address_that_is_named_needs_no_token(open_house, open_client, near, status):
    client = open_client(open_house(metrics_from=near), token="", client=("192.0.2.7", 50000))
    assert client.get("/metrics").status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxys_address_lets_nobody_in(open_house, open_client, header):
    client = open_client(open_house(metrics_from="192.0.2.7"), token="", client=("192.0.2.7", 50000))
    assert client.get("/metrics", headers={header: "192.0.2.7"}).status_code == 404


def test_a_network_that_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="metrics_from"):
        Settings(metrics_from="everywhere")


def test_requests_are_counted_by_their_template(open_house, open_client, parts):
    client = open_client(open_house(metrics_token=SECRET))
    client.get("/cl/alttext/api/v3/status/some-secret-job")
    client.get("/no-such-secret-place")
    client.request("SECRETWORD", "/health/live")
    text = client.get("/metrics", headers={"Authorization": f"Bearer {SECRET}"}).text
    counted = [line for line in text.splitlines() if line.startswith("alttext_requests_total{")]
    assert any(
        'code="job_not_found"' in line and 'route="/cl/alttext/api/v3/status/{job_id' in line for line in counted
    )
    assert any('route="none"' in line and 'status="404"' in line for line in counted)
    assert any('method="other"' in line for line in counted)
    assert "secret" not in text.lower()
