"""What users write with transformers alone: a loop of `generate`, one large batch of it, the library's pipeline.

The model is loaded on its own, so that nothing that our adapters register is in it. Words and pictures are those that
ours are given: the same prompts, the same letterbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoProcessor, AutoTokenizer, pipeline

from alttext_local.adapters.wording import Wording
from alttext_local.catalogue import Card
from alttext_local.pictures.letterbox import letterbox
from alttext_local.types import Ask, Shot
from scripts.bench.turns import Texts

LABEL_TOKENS = 8
"""What the kind of a picture takes where it is written out."""
LOCAL: dict[str, Any] = {"local_files_only": True}


class Stock:
    """A model's folder in the hands of transformers."""

    def __init__(self, card: Card, device: str, dtype: torch.dtype) -> None:
        self.card, self.device, self.dtype = card, device, dtype
        loaded: Any = AutoModelForImageTextToText.from_pretrained(card.folder, dtype=dtype, **LOCAL)
        self.model = loaded.to(device).eval().requires_grad_(False)
        self.tokenizer: Any = AutoTokenizer.from_pretrained(card.folder, padding_side="left", **LOCAL)
        self.pictures: Any = AutoImageProcessor.from_pretrained(card.folder, backend="pil", **LOCAL)  # type: ignore[no-untyped-call]
        template = card.folder / "chat_template.jinja"
        self.kind = self.model.config.model_type
        if self.kind == "blip-2":
            self.wording = Wording(self.tokenizer, "<image>", pattern="{prompt}")
        else:
            image: Any = self.tokenizer.convert_ids_to_tokens(self.model.config.image_token_id)
            self.wording = Wording(self.tokenizer, image, template.read_text() if template.is_file() else "")

    # contenders

    @torch.inference_mode()
    def plain_loop(self, shots: Sequence[Shot]) -> Texts:
        """One `generate` for each output of each picture; the picture is encoded anew each time."""
        return [[self._write([shot.picture.image], [[ask]])[0][0] for ask in shot.asks] for shot in shots]

    @torch.inference_mode()
    def expert(self, shots: Sequence[Shot], rows: int) -> Texts:
        """Left-padded batches of about `rows` rows, every ask a row, each picture encoded once for its batch."""
        texts: Texts = []
        step = max(1, rows // max(1, len(shots[0].asks)))
        for start in range(0, len(shots), step):
            batch = shots[start : start + step]
            texts += self._write([shot.picture.image for shot in batch], [shot.asks for shot in batch])
        return texts

    @torch.inference_mode()
    def pipeline(self, shots: Sequence[Shot], batch: int) -> Texts:
        """`pipeline("image-text-to-text")`, all pictures at once for each output."""
        processor = AutoProcessor.from_pretrained(self.card.folder, backend="pil", **LOCAL)  # type: ignore[no-untyped-call]
        processor.tokenizer.padding_side = "left"
        pipe: Any = pipeline("image-text-to-text", model=self.model, processor=processor)
        images = [letterbox(shot.picture.image, self.card.fill) for shot in shots]
        columns = []
        for place, ask in enumerate(shots[0].asks):
            words = [self.wording.text(shot.asks[place].prompt) for shot in shots]
            found = pipe(
                images=[[image] for image in images],
                text=words,
                batch_size=batch,
                return_full_text=False,
                generate_kwargs={"max_new_tokens": ask.budget or LABEL_TOKENS, "do_sample": False},
            )
            columns.append([_text_of(one) for one in found])
        return [list(row) for row in zip(*columns, strict=True)]

    # the gate

    @torch.inference_mode()
    def shortfall(self, image: Image.Image, ask: Ask, text: str) -> float:
        """How far a text is, at its worst token, from what this model finds likeliest there, in nats.

        The text is fed as it is (teacher forcing), so that a near-tie does not count for all that follows it.
        """
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"][: ask.budget]
        if not ids:
            return 0.0
        row = self._row(self._features([image])[0], ask.prompt)
        written = self.model.get_input_embeddings()(torch.tensor(ids, device=self.device)).to(row)
        writer = self.model.language_model if self.kind == "blip-2" else self.model
        embeds = torch.cat([row, written])[None]
        logits = writer(inputs_embeds=embeds, attention_mask=embeds.new_ones(embeds.shape[:2]).long()).logits[0].float()
        scores = logits[len(row) - 1 : -1]
        chosen = scores.gather(1, torch.tensor(ids, device=self.device)[:, None])[:, 0]
        return float((scores.max(1).values - chosen).max())

    # inside

    def _write(self, images: Sequence[Image.Image], asks: Sequence[Sequence[Ask]]) -> Texts:
        """One `generate` for all asks of these pictures."""
        features = self._features(images)
        flat = [(number, ask) for number, own in enumerate(asks) for ask in own]
        rows = [self._row(features[number], ask.prompt) for number, ask in flat]
        longest = max(map(len, rows))
        embeds = rows[0].new_zeros(len(rows), longest, rows[0].shape[-1])
        mask = torch.zeros(len(rows), longest, dtype=torch.long, device=embeds.device)
        for place, row in enumerate(rows):
            embeds[place, longest - len(row) :] = row
            mask[place, longest - len(row) :] = 1
        budgets = [ask.budget or LABEL_TOKENS for _, ask in flat]
        writer = self.model.language_model if self.kind == "blip-2" else self.model
        found = writer.generate(
            inputs_embeds=embeds, attention_mask=mask, max_new_tokens=max(budgets), do_sample=False, pad_token_id=0
        )
        texts: Texts = [[] for _ in images]
        for (number, _), ids, budget in zip(flat, found, budgets, strict=True):
            texts[number].append(self.tokenizer.decode(ids[:budget], skip_special_tokens=True).strip())
        return texts

    def _row(self, features: Tensor, prompt: str) -> Tensor:
        """All that the language model reads before it writes: (tokens, hidden size)."""
        before: list[int] = []
        after = self.wording.ids(self.wording.text(prompt))
        if self.kind != "blip-2":
            before, after = self.wording.split(prompt)
        embed = self.model.get_input_embeddings()
        words = [embed(torch.tensor(ids, dtype=torch.long, device=self.device)) for ids in (before, after)]
        return torch.cat([words[0].to(features), features, words[1].to(features)])

    def _features(self, images: Sequence[Image.Image]) -> list[Tensor]:
        """What the language model is shown of each picture, one view of each."""
        boxed = [letterbox(image, self.card.fill) for image in images]
        pixels = self.pictures(images=boxed, return_tensors="pt")["pixel_values"].to(self.device, self.dtype)
        if self.kind == "blip-2":
            return list(self._queries(pixels))
        inner = self.model.model
        if self.kind == "llava":
            return list(inner.get_image_features(pixel_values=pixels, return_dict=True).pooler_output)
        hidden = inner.vision_tower(pixels[:, 0], output_hidden_states=True, return_dict=True).hidden_states
        found = inner.multi_modal_projector(hidden[self.model.config.vision_feature_layer])
        return [torch.cat([rows, inner.image_newline[None].to(rows)]) for rows in found]

    def _queries(self, pixels: Tensor) -> Tensor:
        model = self.model
        seen = model.vision_model(pixels).last_hidden_state
        queries = model.query_tokens.expand(len(seen), -1, -1)
        mask = torch.ones(seen.shape[:-1], dtype=torch.long, device=seen.device)
        found = model.qformer(query_embeds=queries, encoder_hidden_states=seen, encoder_attention_mask=mask)
        projected: Tensor = model.language_projection(found.last_hidden_state.to(seen.dtype))
        return projected


def _text_of(found: Any) -> str:
    """The pipeline's answer, in either of its two shapes."""
    one = found[0] if isinstance(found, list) else found
    return str(one["generated_text"]).strip()
