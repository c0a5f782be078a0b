import pytest

from alttext_local.allowed_hosts import allowed_hosts, database_places
from alttext_local.errors import BadSettings
from alttext_local.outbound import Rule
from alttext_local.settings import Settings


def test_nothing_is_allowed_by_default(tmp_path):
    assert allowed_hosts(Settings(data_dir=tmp_path)) == ()


def test_each_setting_allows_its_host_and_no_more(tmp_path):
    settings = Settings(
        data_dir=tmp_path,
        callback_hosts="hooks.example.org:8443, *.example.net, 10.20.0.0/16",
        smtp_host="relay.example",
        smtp_port=587,
        smtp_security="starttls",
        s3_bucket="b",
        s3_access_key="k",
        s3_secret_key="s",
        s3_endpoint="https://store.example:9000",
        database_url="postgresql+psycopg://u:p@db.example/alttext",
    )
    assert set(allowed_hosts(settings)) == {
        Rule("callbacks", "hooks.example.org", 8443),
        Rule("callbacks", ".example.net"),
        Rule("callbacks", "10.20.0.0/16"),
        Rule("mail", "relay.example", 587),
        Rule("files", "store.example", 9000),
        Rule("database", "db.example", 5432),
    }
    amazon = settings.model_copy(update={"s3_endpoint": "", "s3_region": "eu-central-1"})
    assert Rule("files", "s3.eu-central-1.amazonaws.com", 443) in allowed_hosts(amazon)


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("", ()),
        ("postgresql+psycopg:///alttext", ()),
        ("postgresql+psycopg://u@/alttext?host=/run/postgresql", ()),
        ("postgresql+psycopg://u@one:5433/alttext", (("one", 5433),)),
        ("postgresql+psycopg://u@/alttext?host=one:1&host=two:2", (("one", 1), ("two", 2))),
        ("postgresql+psycopg://u@one/alttext?hostaddr=192.0.2.1", (("one", 5432), ("192.0.2.1", 5432))),
    ],
)
def test_every_server_of_a_database_url_is_known(url, places):
    assert database_places(url) == places


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://u@/alttext?service=elsewhere"])
def test_a_database_url_that_hides_its_host_is_refused(url):
    with pytest.raises(BadSettings):
        database_places(url)
