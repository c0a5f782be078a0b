"""Raw captions as LLaVA, BLIP-2 and chat models write them, with the exact text that is wanted."""

import pytest

from alttext_local.rules.checking import check
from alttext_local.rules.mending import mend
from alttext_local.rules.setting import Setting

OPENERS = {
    "arafed image of a woman sitting on a bench": "A woman sitting on a bench.",
    "arafed man in a blue shirt holding a cup": "Man in a blue shirt holding a cup.",
    "a close - up of a flower with a bee on it": "A flower with a bee on it.",
    "a close up view of a red rose": "A red rose.",
    "an image of a picture of a photo of a cat": "A cat.",
    "<s> a photo of a train at a station </s>": "A train at a station.",
    "Photo of a harbour at dawn.": "A harbour at dawn.",
    "The image features a large clock tower with a clock on each of its sides.": (
        "A large clock tower with a clock on each of its sides."
    ),
    "The image captures a mountain landscape, with a lake in front.": "A mountain landscape, with a lake in front.",
    "In the image, there is a man wearing a red shirt and blue jeans.": "A man wearing a red shirt and blue jeans.",
    "In this picture I can see a dog lying on the grass.": "A dog lying on the grass.",
    "This image shows a cat. The cat is sleeping on a sofa.": "A cat. The cat is sleeping on a sofa.",
    "The image you provided shows a dog.": "A dog.",
    "Based on the image provided, a man repairs a bicycle.": "A man repairs a bicycle.",
    "The image is a bar chart showing sales by month.": "A bar chart showing sales by month.",
    "Image may contain: 1 person, smiling, outdoor": "1 person, smiling, outdoor.",
    "May be an image of a cat and text": "A cat and text.",
    "Description: a red bus.": "A red bus.",
    "Question: what is this? Answer: a dog on a beach": "A dog on a beach.",
    "USER: Describe it. ASSISTANT: A dog on a beach.": "A dog on a beach.",
    "It's a screenshot of a login form.": "A screenshot of a login form.",
    "This is a screenshot of a web page with a search bar": "A screenshot of a web page with a search bar.",
}
MEDIUM_STAYS = {
    "an illustration of a rocket": "An illustration of a rocket.",
    "an aerial view of a beach": "An aerial view of a beach.",
    "a painting of a woman in a blue dress by the sea": "A painting of a woman in a blue dress by the sea.",
    "The chart shows sales by month.": "The chart shows sales by month.",
}
CHAT = {
    "**Alt text:** A red car parked by the road.": "A red car parked by the road.",
    'Alt text: "A red car parked by the road."': "A red car parked by the road.",
    "Here's a description of the image:\n\nA woman reads a book.": "A woman reads a book.",
    'Certainly! Here is a concise alt text for the image:\n\n"A woman reads a map."': "A woman reads a map.",
    "As an AI language model, I cannot see images. The picture shows a cat.": "A cat.",
    "The image shows a rose. Let me know if you need more details!": "A rose.",
    "A mug on a desk.\n\nI hope this helps!": "A mug on a desk.",
    "I'm sorry, but I can't assist with that request.": "",
    "I'm unable to view images directly. Could you describe it?": "",
    "a picture of": "",
}
MARKUP = {
    "# Description\n\n- A red kite\n- A blue sky": "A red kite. A blue sky.",
    "1. A cat\n2. A dog": "A cat. A dog.",
    "The image shows:\n* a chair\n* a table": "A chair, a table.",
    "A wide street\nwith old houses.": "A wide street with old houses.",
    "A dog \U0001f436 plays in the park! \U0001f333": "A dog plays in the park!",
    "`A red door`": "A red door.",
    "A **bold** move of a _chess_ player.": "A bold move of a chess player.",
    "[Image of a sunset over the sea]": "A sunset over the sea.",
    "![A sunset over the sea](sunset.png)": "A sunset over the sea.",
    "A red house at https://www.example.com/photos/1234.": "A red house.",
    "Salt &amp; pepper on a table.": "Salt & pepper on a table.",
}
LOOPS = {
    "a boy a boy a boy a boy playing with a ball": "A boy playing with a ball.",
    "a man in a suit and a tie with a man in a suit and a tie with a man in a suit": "A man in a suit and a tie.",
    "pizza on a plate on the side of the plate on the side of the plate": "Pizza on a plate on the side of the plate.",
    "A man holds a phone. It is black. A man holds a phone. It is black.": "A man holds a phone. It is black.",
    "a man holding a phone a man holding a phone a man": "A man holding a phone.",
    "A road in New York, New York.": "A road in New York, New York.",
}
ENDS = {
    "A man standing in front of a building with a": "A man standing in front of a building.",
    "The photo depicts two children playing in": "Two children playing.",
    "A red door. Behind it a": "A red door.",
    "two zebras   standing  in a field ,  grazing .": "Two zebras standing in a field, grazing.",
    "A bowl of fruit.A glass of water.": "A bowl of fruit. A glass of water.",
    "A man in a hat... and a woman.": "A man in a hat... and a woman.",
    'a sign with the words "open" on it': 'A sign with the words "open" on it.',
}
CREDITS = {
    "A view of the city at night. Image credit: John Smith.": "A view of the city at night.",
    "A lighthouse on a cliff (Photo: Getty Images).": "A lighthouse on a cliff.",
    "© 2019 Jane Doe. A mountain lake.": "A mountain lake.",
}
RAW = {**OPENERS, **MEDIUM_STAYS, **CHAT, **MARKUP, **LOOPS, **ENDS, **CREDITS}
COMPOSED = (
    "Bar chart with vertical bars with the text “Visitors by season”. It has 4 bars. The tallest bar is blue.",
    "Photograph, mainly green and brown, landscape format.",
    "Chart, mainly blue on white, landscape format.",
    "Table. It has 6 rows and 4 columns.",
    "Text that begins “Some words of the page…”.",
    "Screenshot of a web page with the text “Settings”.",
    "Picture of a kind that could not be told, mainly grey on white, square format.",
    "Blank area, in white, square format.",
    "No entry Wet paint.",
)


@pytest.mark.parametrize(("raw", "wanted"), RAW.items(), ids=[raw[:40] for raw in RAW])
def test_raw_caption_becomes_the_wanted_text(raw, wanted):
    assert mend(raw, Setting(max_length=250)).text == wanted


@pytest.mark.parametrize("wanted", sorted(set(filter(None, RAW.values()))))
def test_wanted_text_stays(wanted):
    assert mend(wanted, Setting(max_length=250)).text == wanted


@pytest.mark.parametrize("text", COMPOSED)
def test_composed_text_passes_unharmed(text):
    mended = mend(text, Setting())
    assert (mended.text, mended.lost, mended.findings, check(text, Setting())) == (text, "", (), ())


def test_words_printed_twice_may_be_said_twice():
    reading = Setting(reading_text="STOP STOP STOP")
    assert mend("A sign reads stop stop stop.", reading).text == "A sign reads stop stop stop."
