"""What the JSON of a ZIP may say, and which image gets which settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alttext_local.errors import BadConfiguration
from alttext_local.fields import FieldLimits
from alttext_local.jobs.archive import ArchiveLimits, inspect
from alttext_local.jobs.configuration import AMBIGUOUS, EXAMPLES, MISSING, Wish, plan, read_configuration, schema
from alttext_local.types import Request
from scripts import schema as schema_script
from tests.jobs import zips
from tests.jobs.zips import CONFIG, File, pack

LIMITS = ArchiveLimits(10**6, 10**6, 10**6, 20, 5000, 100_000, 32)
TEXTS = FieldLimits(max_prompt=20, max_context=50)
MODELS = ("gpt-4o", "gpt-4o-mini")
DEFAULT = Request("gpt-4o")


def configured(value: object):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_configuration(data, LIMITS, TEXTS, MODELS)


def planned(tmp_path: Path, value: object, *files: str | bytes):
    path = tmp_path / "job.zip"
    path.write_bytes(pack(*(File(name) for name in files), CONFIG))
    return plan(inspect(path, LIMITS), configured(value))


LONG = Request("gpt-4o", 300)
SHAPES = {
    "nothing": ({}, DEFAULT, []),
    "an empty list": ([], DEFAULT, []),
    "defaults alone": ({"alt_text_length": 300}, LONG, []),
    "every field": (
        {
            "selected_model": "gpt-4o-mini",
            "alt_text_length": "200",
            "alt_prompt": "p",
            "context": "c",
            "generate_description": True,
            "generate_ocr": "yes",
            "regenerate": 1,
            "language": "de",
        },
        Request("gpt-4o-mini", 200, "p", "c", True, True, True, "de"),
        [],
    ),
    "a list under images": ({"alt_text_length": 300, "images": [{"file_ref": "a"}]}, LONG, [Wish("a", LONG)]),
    "an object under images": ({"images": {"x/a": {"alt_text_length": 300}}}, DEFAULT, [Wish("x/a", LONG)]),
    "a bare list": (
        [{"path": "a", "alt_text_length": 300}, {"name": "b"}],
        DEFAULT,
        [Wish("a", LONG), Wish("b", DEFAULT)],
    ),
    "keyed by path": (
        {"x/a.png": {"alt_text_length": 300}, "b": {}},
        DEFAULT,
        [Wish("x/a.png", LONG), Wish("b", DEFAULT)],
    ),
    "keyed by path, with defaults": ({"alt_text_length": 300, "b": {}}, LONG, [Wish("b", LONG)]),
    "keyed by path: the key counts": ({"a": {"file_ref": "b"}}, DEFAULT, [Wish("a", DEFAULT)]),
    "an entry overrides": (
        {
            "alt_text_length": 300,
            "generate_ocr": True,
            "images": [{"name": "a", "alt_text_length": 125, "generate_ocr": False}],
        },
        Request("gpt-4o", 300, generate_ocr=True),
        [Wish("a", DEFAULT)],
    ),
    "null and blank are not given": (
        {"alt_text_length": 300, "language": None, "images": [{"name": "a", "alt_text_length": " ", "context": None}]},
        LONG,
        [Wish("a", LONG)],
    ),
    "images null": ({"images": None}, DEFAULT, []),
    "keys that nobody knows": (
        {"version": 7, "author": [1], "images": [{"name": "a", "id": {"x": 1}}]},
        DEFAULT,
        [Wish("a", DEFAULT)],
    ),
    "unknown values where there is no list": ({"version": 7, "note": "x", "list": [{}]}, DEFAULT, []),
    "several references: the first counts": (
        [
            {"name": "Figure 1", "file_name": "b", "path": "c", "file_ref": "d"},
            {"name": "Figure 1", "file_name": "b"},
            {"name": "n", "file_ref": "", "path": None},
        ],
        DEFAULT,
        [Wish("d", DEFAULT), Wish("b", DEFAULT), Wish("n", DEFAULT)],
    ),
    "a mark of UTF-8": (b"\xef\xbb\xbf" + b'{"alt_text_length": 300}', LONG, []),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case: str) -> None:
    value, defaults, wishes = SHAPES[case]
    read = configured(value)
    assert read.defaults == defaults
    assert list(read.wishes) == wishes


def images(*entries: object) -> dict:
    return {"images": list(entries)}


MISTAKES = {
    "a number": (5, "It must be an object or a list."),
    "a text": ("x", "It must be an object or a list."),
    "null": (b"null", "It must be an object or a list."),
    "no JSON": (b"{", "line 1, column 2: Expecting property name enclosed in double quotes."),
    "images are a text": ({"images": "a.png"}, "images: must be a list of objects."),
    "images are a number": ({"images": 0}, "images: must be a list of objects."),
    "an entry is a text": (images("a.png"), "images[0]: must be an object."),
    "an entry is null": ([{"name": "a"}, None], "[1]: must be an object."),
    "a value is a list": ({"images": {"a": []}}, 'images["a"]: must be an object.'),
    "no reference": (
        images({"name": "a"}, {}),
        "images[1]: one of file_ref, path, file_name, name must name its file.",
    ),
    "a reference is a number": (images({"name": 1}), "images[0].name must be a path of at most 1024 characters."),
    "a reference is too long": ([{"path": "x" * 1025}], "[0].path must be a path of at most 1024 characters."),
    "a reference says nothing": ([{"path": "./"}], "[0].path must be a path of at most 1024 characters."),
    "a length": (
        images({"name": "a"}, {"name": "b", "alt_text_length": 9999}),
        "images[1].alt_text_length must be a whole number from 125 to 500.",
    ),
    "a length in the defaults": (
        {"alt_text_length": 9999, **images({"name": "a"})},
        "alt_text_length must be a whole number from 125 to 500.",
    ),
    "a length, keyed": (
        {"a/b": {"alt_text_length": 1}},
        '["a/b"].alt_text_length must be a whole number from 125 to 500.',
    ),
    "a boolean": (
        images({"name": "a", "generate_ocr": []}),
        "images[0].generate_ocr must be one of: true, 1, yes, false, 0, no.",
    ),
    "a language": (
        [{"name": "a", "language": "englisch!"}],
        "[0].language must be a BCP 47 language tag, such as en, de or pt-BR.",
    ),
    "a prompt": (
        images({"name": "a", "alt_prompt": "x" * 21}),
        "images[0].alt_prompt must have at most 20 characters.",
    ),
    "a context": ({"context": {"x": 1}, "images": []}, "context must be a text."),
    "a model": (
        images({"name": "a", "selected_model": "gpt-9"}),
        "images[0].selected_model must be one of: gpt-4o, gpt-4o-mini.",
    ),
    "two mistakes": (
        images({"name": "a", "context": 1}, {}),
        "images[0].context must be a text. images[1]: one of file_ref, path, file_name, name must name its file.",
    ),
    "21 entries": (images(*({"name": "a"} for _ in range(21))), "images: more than 20 entries."),
    "too many bytes": (b" " * 100_001, "It has more than 100000 bytes."),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told_with_their_place(case: str) -> None:
    value, said = MISTAKES[case]
    with pytest.raises(BadConfiguration) as refusal:
        configured(value)
    assert str(refusal.value) == f"The Json File in the ZIP cannot be read: {said}"
    assert refusal.value.http_status == 422


def test_of_many_mistakes_ten_are_told() -> None:
    with pytest.raises(BadConfiguration) as refusal:
        configured(images(*({"name": "a", "alt_text_length": 1} for _ in range(15))))
    assert "images[9]." in refusal.value.detail
    assert "images[10]." not in refusal.value.detail
    assert refusal.value.detail.endswith("And 5 more.")


def test_a_site_without_the_default_model_needs_one_to_be_named() -> None:
    with pytest.raises(BadConfiguration, match=r"selected_model must be one of: own\."):
        read_configuration(b"{}", LIMITS, TEXTS, ("own",))
    assert read_configuration(b'{"selected_model": "own"}', LIMITS, TEXTS, ("own",)).defaults == Request("own")


def test_listed_images_come_first_and_the_others_get_the_defaults(tmp_path: Path) -> None:
    value = {"language": "de", "images": [{"name": "c.png", "alt_text_length": 300}, {"name": "a.png"}]}
    items = planned(tmp_path, value, "a.png", "b.png", "c.png", "d.png")
    assert [item.file_ref for item in items] == ["c.png", "a.png", "b.png", "d.png"]
    assert [item.number for item in items] == [0, 1, 2, 3]
    assert [item.request.alt_text_length for item in items] == [300, 125, 125, 125]
    assert {item.request.language for item in items} == {"de"}


FOUND = {
    "in full": ("x/a.png", ["x/a.png", "a.png"], "x/a.png"),
    "in full, before the base name": ("a.png", ["x/a.png", "a.png"], "a.png"),
    "by its base name": ("a.png", ["x/y/a.png", "b.png"], "x/y/a.png"),
    "by its base name, from another folder": ("figures/a.png", ["img/a.png"], "img/a.png"),
    "with backslashes": ("x\\a.png", ["x/a.png", "y/a.png"], "x/a.png"),
    "with a dot before": ("./x//a.png", ["x/a.png", "y/a.png"], "x/a.png"),
    "with a slash before": ("/x/a.png", ["x/a.png", "y/a.png"], "x/a.png"),
    "composed and not": ("e\u0301.png", ["é.png", "e.png"], "é.png"),
    "not composed in the ZIP": ("é.png", ["e\u0301.png", "e.png"], "e\u0301.png"),
    "UTF-8 that does not say so": ("é.png", ["é.png".encode(), "e.png"], "├⌐.png"),
    "as code page 437 has it": ("├⌐.png", ["é.png".encode(), "e.png"], "├⌐.png"),
    "a base name as code page 437 has it": ("├⌐.png", ["x/é.png".encode()], "x/├⌐.png"),
}


@pytest.mark.parametrize("case", FOUND)
def test_how_an_image_is_found(case: str, tmp_path: Path) -> None:
    file_ref, files, entry = FOUND[case]
    items = planned(tmp_path, [{"file_ref": file_ref, "alt_text_length": 300}], *files)
    assert (items[0].entry, items[0].file_ref, items[0].failure) == (entry, file_ref, "")
    assert items[0].request == LONG
    assert len(items) == len(files)


@pytest.mark.parametrize(
    ("file_ref", "failure"),
    [
        ("b.png", MISSING),
        ("x/b.png", MISSING),
        ("A.PNG", MISSING),
        ("a", MISSING),
        ("notes.txt", MISSING),
        ("__MACOSX/a2.png", MISSING),
        ("../../etc/passwd", MISSING),
        ("a.png", AMBIGUOUS),
        ("z/a.png", AMBIGUOUS),
    ],
)
def test_an_entry_without_its_file_fails_alone(file_ref: str, failure: str, tmp_path: Path) -> None:
    files = ("x/a.png", "y/a.png", "notes.txt", "__MACOSX/a2.png")
    items = planned(tmp_path, [{"file_ref": file_ref}], *files)
    assert (items[0].failure, items[0].entry, items[0].request) == (failure, None, None)
    assert items[0].name == file_ref.rpartition("/")[2]
    assert [item.entry for item in items[1:]] == ["x/a.png", "y/a.png"]


def test_an_image_that_is_listed_twice_is_described_twice(tmp_path: Path) -> None:
    items = planned(tmp_path, [{"name": "a.png", "language": "de"}, {"path": "a.png", "language": "fr"}], "a.png")
    assert [(item.number, item.entry, item.request.language) for item in items] == [
        (0, "a.png", "de"),
        (1, "a.png", "fr"),
    ]


def test_names_are_for_people(tmp_path: Path) -> None:
    [item] = planned(tmp_path, {}, "x/e\u0301\u200b.png".encode())
    assert (item.name, item.file_ref) == ("é.png", "x/e\u0301\u200b.png")


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_schema_are_read(example: object) -> None:
    models = read_configuration(json.dumps(example).encode(), LIMITS, FieldLimits(2000, 4000), MODELS)
    listed = example.get("images", example) if isinstance(example, dict) else example
    assert len(models.wishes) == len(listed)


def test_the_schema_in_the_repository_is_that_of_the_code() -> None:
    assert schema_script.FILE.read_text(encoding="utf-8") == schema_script.written(), "run: python -m scripts.schema"


def test_the_schema_knows_every_field_of_a_request_and_its_limits() -> None:
    made = schema(TEXTS)
    for model in made["$defs"].values():
        assert set(Request.__dataclass_fields__) <= set(model["properties"])
        assert model["properties"]["alt_prompt"]["maxLength"] == 20
        assert model["properties"]["context"]["maxLength"] == 50


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
KEYS = st.sampled_from([*Request.__dataclass_fields__, "images", "file_ref", "name", "path", "file_name", "a.png", "?"])
ANYTHING = st.recursive(
    SCALARS, lambda i: st.lists(i, max_size=4) | st.dictionaries(KEYS, i, max_size=5), max_leaves=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ANYTHING)
def test_any_json_is_read_or_refused_and_every_image_is_planned(tmp_path: Path, value: object) -> None:
    path = tmp_path / "job.zip"
    path.write_bytes(zips.with_json({}, "a.png", "x/b.png"))
    try:
        configuration = configured(value)
    except BadConfiguration as error:
        assert error.detail
        return
    items = plan(inspect(path, LIMITS), configuration)
    assert [item.number for item in items] == list(range(len(items)))
    assert {item.entry for item in items} - {None} == {"a.png", "x/b.png"}
    assert all(bool(item.failure) != bool(item.entry and item.request) for item in items)


def test_what_is_not_listed_can_be_left_out(tmp_path: Path) -> None:
    items = planned(tmp_path, {"describe_unlisted": False, "images": [{"file_ref": "b.png"}]}, "a.png", "b.png")
    assert [item.file_ref for item in items] == ["b.png"]


@pytest.mark.parametrize("value", ["maybe", 2, [], 0.0])
def test_describe_unlisted_is_a_boolean(value: object) -> None:
    with pytest.raises(BadConfiguration, match="describe_unlisted"):
        configured({"describe_unlisted": value, "images": [{"file_ref": "b.png"}]})


def test_a_job_of_nothing_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="nothing is listed"):
        configured({"describe_unlisted": False, "images": []})
