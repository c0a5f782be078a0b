import dataclasses
import re
from html.parser import HTMLParser

import pytest
from openapi_spec_validator import validate

from alttext_local.types import Request

V2 = "/cl/alttext/api/v2/"
V3 = "/cl/alttext/api/v3/"
STATUS = V3 + "status/{job_id}"


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


def test_the_document_has_the_routes_of_the_seed(document):
    bulk = {V3, STATUS, V3 + "schema", V3 + "files/{token}/{name}"}
    assert set(document["paths"]) == {V2, V2 + "models", "/health/live", "/health/ready"} | bulk
    assert document["paths"][V2]["post"]["summary"] == "Generate Alt-Text For Single Image"
    assert document["paths"][V3]["post"]["summary"] == "Generate Alt-Text For Multiple Images"
    assert document["paths"][STATUS]["get"]["summary"] == "Check Status of Bulk Alt-Text Generation Job"
    assert set(document["paths"][STATUS]) == {"get", "delete"}


def test_the_document_is_valid_openapi(document):
    validate(document)
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids)


def test_a_bulk_job_has_its_form_and_its_query(document):
    operation = document["paths"][V3]["post"]
    schema = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert (set(schema["properties"]), schema["required"]) == ({"file"}, ["file"])
    assert {(p["name"], p["in"], p["required"]) for p in operation["parameters"]} == {
        ("user_email", "query", False),
        ("callback_url", "query", False),
    }


@pytest.mark.parametrize(
    ("path", "method", "name", "statuses"),
    [
        (V3, "post", "QueuedAnswer", {"400", "401", "408", "413", "415", "422", "429", "500", "503"}),
        (STATUS, "get", "StatusAnswer", {"400", "401", "404", "422", "500"}),
        (STATUS, "delete", "StatusAnswer", {"400", "401", "404", "422", "500"}),
    ],
)
def test_the_document_tells_every_answer_about_jobs(document, path, method, name, statuses):
    operation = document["paths"][path][method]
    assert operation["security"] == [{"bearer": []}]
    answers = operation["responses"]
    assert set(answers) == {"200", *statuses}
    for status, answer in answers.items():
        told = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert told == (name if status == "200" else "ErrorBody")


def test_the_form_has_every_field_that_is_read(document, house):
    schema = document["paths"][V2]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(schema["properties"]) == {"file"} | {field.name for field in dataclasses.fields(Request)}
    assert schema["required"] == ["file", "selected_model"]
    for field in dataclasses.fields(Request)[1:]:
        assert schema["properties"][field.name]["default"] == field.default
    assert schema["properties"]["selected_model"]["enum"] == list(house.catalogue.names())
    assert schema["properties"]["context"]["maxLength"] == house.settings.max_context


def test_the_document_tells_the_errors(document):
    answers = document["paths"][V2]["post"]["responses"]
    assert set(answers) == {"200", "400", "401", "408", "413", "415", "422", "429", "500", "503"}
    for status, answer in answers.items():
        name = answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert name == ("ImageAnswer" if status == "200" else "ErrorBody")
    assert "Retry-After" in answers["429"]["headers"]


def test_the_answers_are_as_the_document_says(document, post, client):
    def check(body, name):
        schema = document["components"]["schemas"][name]
        assert set(body) == set(schema["properties"])
        for field, inner in schema["properties"].items():
            if "$ref" in inner:
                check(body[field], inner["$ref"].rpartition("/")[2])

    check(post().json(), "ImageAnswer")
    check(post(alt_text_length="1").json(), "ErrorBody")
    check(client.get(V2 + "models").json(), "ModelsAnswer")


def test_the_token_is_told(document):
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"][V2]["post"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/health/live"]["get"]


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_page_is_ours_alone(house, open_client, path):
    client = open_client(house, token=None)
    answer = client.get(path)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    outline = Outline()
    outline.feed(answer.text)
    assert outline.open == []
    assert not {"script", "iframe", "img"} & set(outline.tags)
    assert all(re.match("#operation-|/docs/docs.css$|/openapi.json$", address) for address in outline.addresses)
    assert "alt_text_length" in answer.text
    assert "From 125 to 500" in answer.text
    assert client.get("/docs/docs.css").headers["Content-Type"].startswith("text/css")


def test_the_page_escapes_what_it_shows(document):
    from alttext_local.api.docs import render

    document["info"]["title"] = "<script>alert(1)</script>"
    document["paths"][V2]["post"]["description"] = "<img src=x>"
    page = render(document)
    assert "<script" not in page
    assert "<img" not in page
