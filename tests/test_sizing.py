from scripts.sizing import DOC, EFFICIENCY, GPUS, SHAPES, images_per_second, with_table


def test_the_table_in_the_document_is_that_of_the_catalogue():
    text = DOC.read_text(encoding="utf-8")
    assert with_table(text) == text


def test_a_known_roofline_comes_out():
    """LLaVA-1.5-7B on an H200: 35 images a second with perfect kernels, by a calculation made apart from this."""
    h200 = next(gpu for gpu in GPUS if gpu.name == "H200")
    assert 31 < images_per_second(SHAPES["llava-1.5-7b"], h200) / EFFICIENCY < 39
