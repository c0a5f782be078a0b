import threading

import pytest

from alttext_local import errors

V2 = "/cl/alttext/api/v2/"
SEED_400 = (
    "Bad Request : Could not process the request due to invalid input, network error or system error. "
    "Please try again later or contact support if the issue persists."
)
SEED_415 = "Error: Invalid file format. Please provide a valid image file format (JPEG, JPG, PNG, BMP, GIF)."
SEED_422 = "Content policy violation: Request contains prohibited content. Please try some other content"
SEED_500 = (
    "Internal Server Error - Request failed: An unexpected error occurred. "
    "Please try again later or contact support if the issue persists."
)


def test_the_answer_has_every_field_of_the_seed(post):
    answer = post()
    assert answer.status_code == 200
    body = answer.json()
    assert list(body)[:8] == [
        "status_code",
        "message",
        "file_name",
        "alt_text",
        "classification",
        "keywords",
        "description",
        "ocr_text",
    ]
    assert body["status_code"] == 200
    assert body["message"] == "Success: Image info generated successfully."
    assert body["file_name"] == "a.png"
    assert body["alt_text"] == "A PNG of 40 by 30 pixels"
    assert body["classification"] == ["photograph", "illustration"]
    assert body["keywords"] == ["PNG", "pixels", "size"]
    assert (body["description"], body["ocr_text"]) == ("", "")


def test_the_answer_names_the_truth_behind_the_alias(post):
    answer = post(regenerate="true")
    assert answer.json()["provenance"] == {
        "requested_model": "gpt-4o",
        "model": "tiny-shipped",
        "revision": "rev-7",
        "engine_version": "0.1",
        "prompt_version": "p-1",
        "cached": False,
        "seconds": 0.5,
        "dtype": "",
        "tiles": 0,
        "beams": 1,
    }
    assert answer.headers["X-AltText-Requested-Model"] == "gpt-4o"
    assert answer.headers["X-AltText-Model"] == "tiny-shipped"
    assert answer.headers["X-AltText-Revision"] == "rev-7"
    assert answer.headers["X-AltText-Cached"] == "false"
    assert post().headers["X-AltText-Cached"] == "true"


def test_what_we_add_of_our_own(post):
    body = post().json()
    assert body["kind"] == {"name": "photograph", "family": "picture", "confidence": 0.8765, "sure": True}
    assert body["findings"] == [{"rule": "A03", "message": "It ended in no full stop.", "mended": True}]


def test_every_field_reaches_the_describer(post, house, parts):
    answer = post(
        selected_model="gpt-4o-mini",
        alt_text_length="300",
        alt_prompt="Name the colours.",
        generate_description="yes",
        generate_ocr="1",
        context="Chapter 3: Überblick",
        regenerate="TRUE",
        language="de-AT",
    )
    body = answer.json()
    assert body["description"].endswith("Chapter 3: Überblick")
    assert body["ocr_text"] == "words in it"
    ((request, owner),) = house.describer.calls
    assert vars(request) == {
        "selected_model": "gpt-4o-mini",
        "alt_text_length": 300,
        "alt_prompt": "Name the colours.",
        "context": "Chapter 3: Überblick",
        "generate_description": True,
        "generate_ocr": True,
        "regenerate": True,
        "language": "de-AT",
    }
    assert owner == parts.owner_of(parts.TOKEN)


def test_an_empty_field_is_not_given(post, house):
    names = ("alt_text_length", "alt_prompt", "generate_description", "generate_ocr", "context", "regenerate")
    assert post(**dict.fromkeys(names, ""), language="").status_code == 200
    request = house.describer.calls[0][0]
    assert (request.alt_text_length, request.language, request.generate_ocr) == (125, "en", False)


def test_unknown_fields_are_ignored(post):
    assert post(temperature="0.7", user="somebody").status_code == 200


@pytest.mark.parametrize("path", ["/cl/alttext/api/v2/", "/cl/alttext/api/v2"])
def test_the_slash_makes_no_difference(post, path):
    answer = post(path=path)
    assert answer.status_code == 200
    assert answer.history == []


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "GIF"])
def test_every_format_under_every_name_and_type(client, parts, format):
    nonsense = {"file": ("x.pdf", parts.picture(format=format), "multipart/form-data")}
    answer = client.post(V2, data={"selected_model": "gpt-4o"}, files=nonsense)
    assert answer.json()["alt_text"] == f"A {format} of 40 by 30 pixels"


@pytest.mark.parametrize("format", ["WEBP", "TIFF", "PDF", "ICO"])
def test_other_formats_are_refused_under_any_name(post, parts, is_error, format):
    assert is_error(post(parts.picture(format=format), "a.png"), 415) == SEED_415


def test_text_is_no_image(post, is_error):
    assert is_error(post(b"just some words"), 415) == SEED_415


def test_a_truncated_image_is_a_400(post, parts, is_error):
    assert is_error(post(parts.picture()[:60]), 400) == f"{SEED_400} It is truncated."


def test_an_empty_file_is_a_400(post, is_error):
    assert is_error(post(b""), 400) == f"{SEED_400} The file is empty."


def test_a_missing_file_is_a_400(client, is_error):
    answer = client.post(V2, data={"selected_model": "gpt-4o"}, files={"other": ("a.png", b"x")})
    is_error(answer, 400, SEED_400, "file is missing")


def test_a_text_is_no_file(client, is_error):
    answer = client.post(V2, data={"selected_model": "gpt-4o", "file": "a.png"}, files={"other": ("a.png", b"x")})
    is_error(answer, 400, "file must be a file")


def test_two_files_are_one_too_many(client, parts, is_error):
    files = [("file", ("a.png", parts.picture())), ("file", ("b.png", parts.picture()))]
    is_error(client.post(V2, data={"selected_model": "gpt-4o"}, files=files), 400, "file must be sent once")


def test_of_a_text_sent_twice_the_last_counts(client, house, parts):
    files = [("alt_text_length", (None, "200")), ("alt_text_length", (None, "400"))]
    files += [("selected_model", (None, "gpt-4o")), ("file", ("a.png", parts.picture()))]
    assert client.post(V2, files=files).status_code == 200
    assert house.describer.calls[0][0].alt_text_length == 400


@pytest.mark.parametrize("model", [None, "", "  "])
def test_a_missing_model_is_a_400(post, is_error, model):
    is_error(post(selected_model=model), 400, SEED_400, "selected_model is missing")


def test_an_unknown_model_is_a_400_that_lists_the_names(post, is_error):
    is_error(post(selected_model="gpt-9"), 400, SEED_400, "gpt-4o, gpt-4o-mini, gemini-1.5-flash, tiny-shipped")


@pytest.mark.parametrize("fields", [{"alt_text_length": "99"}, {"generate_ocr": "maybe"}, {"language": "e"}])
def test_a_field_that_cannot_be_used_is_a_400(post, house, is_error, fields):
    is_error(post(**fields), 400, SEED_400, next(iter(fields)))
    assert house.describer.calls == []


def test_a_policy_violation_is_a_422(post, house, is_error):
    house.describer.failure = errors.PolicyViolation()
    assert is_error(post(), 422) == SEED_422


OURS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.AltTextError)]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.code)
def test_every_error_of_the_table_is_answered_by_it(post, house, is_error, kind):
    house.describer.failure = kind("In detail.")
    answer = post()
    message = is_error(answer, kind.http_status)
    assert message == (SEED_500 if kind.http_status == 500 else str(kind("In detail.")))
    assert "In detail." in message or kind.http_status == 500
    assert answer.headers.get("Retry-After") == (str(kind.retry_after) if kind.retry_after else None)
    assert answer.headers["X-AltText-Error"] == kind.code
    assert answer.headers["X-AltText-Model"] == "tiny-shipped"


@pytest.mark.parametrize("failure", [RuntimeError("secret"), KeyError("secret"), MemoryError("secret")])
def test_an_unexpected_exception_tells_nothing(post, house, is_error, failure, caplog):
    house.describer.failure = failure
    answer = post(headers={"X-Request-ID": "find-me"})
    assert is_error(answer, 500) == SEED_500
    assert answer.headers["X-Request-ID"] == "find-me"
    assert "secret" not in answer.text + str(answer.headers)
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.exc_info[1] is failure


def test_a_describer_that_refuses_at_once(post, house, is_error):
    house.describer.refusal = errors.Overloaded()
    assert is_error(post(), 429)
    assert post().headers["Retry-After"] == "5"


def test_work_that_the_house_gave_up_is_a_503(post, house, is_error):
    house.describer.gate = threading.Event()
    cancel = threading.Timer(0.2, lambda: house.describer.futures[0].cancel())
    cancel.start()
    answer = post()
    is_error(answer, 503)
    assert answer.headers["Retry-After"] == "10"


def test_an_answer_that_takes_too_long_is_a_503_and_its_work_is_cancelled(open_house, open_client, parts, is_error):
    house = open_house(generation_seconds_cpu=0.2)
    house.describer.gate = threading.Event()
    answer = open_client(house).post(V2, data={"selected_model": "gpt-4o"}, files={"file": ("a", parts.picture())})
    is_error(answer, 503)
    assert answer.headers["Retry-After"] == "10"
    assert house.describer.futures[0].cancelled()


NAMES = {
    "photo.png": "photo.png",
    "/home/somebody/photo.png": "photo.png",
    "C:\\Users\\x\\photo one.PNG": "photo one.PNG",
    "../../etc/passwd": "passwd",
    "Grüße 🦊.jpg": "Grüße 🦊.jpg",
    "folder/": "image",
}


@pytest.mark.parametrize(("sent", "said"), NAMES.items(), ids=NAMES.values())
def test_the_file_name_is_the_base_name(post, sent, said):
    assert post(file_name=sent).json()["file_name"] == said


def test_the_models_and_what_stands_behind_them(client):
    for path in ("/cl/alttext/api/v2/models", "/cl/alttext/api/v2/models/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.history == []
    body = answer.json()
    assert body["status_code"] == 200
    models = {model["name"]: model for model in body["models"]}
    assert list(models) == ["gpt-4o", "gpt-4o-mini", "gemini-1.5-flash", "tiny-shipped"]
    assert models["gpt-4o"] == {
        "name": "gpt-4o",
        "model": "tiny-shipped",
        "installed": True,
        "loaded": True,
        "licence": "apache-2.0",
        "revision": "rev-7",
    }
    assert models["gemini-1.5-flash"]["installed"] is False
    assert models["gemini-1.5-flash"]["model"] is None


def test_whether_a_model_is_loaded(client, house):
    house.engine.state.loaded = ()
    assert not any(model["loaded"] for model in client.get("/cl/alttext/api/v2/models").json()["models"])
