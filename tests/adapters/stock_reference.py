"""What stock transformers says about one picture and one prompt: the measure of every family.

Inputs are made by the library's own processors; only where those need torchvision are placeholders
repeated by hand, as often as the model gives features.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import (
    AutoImageProcessor,
    AutoModelForImageTextToText,
    AutoTokenizer,
    Blip2Processor,
    InstructBlipProcessor,
    LlavaNextProcessor,
    LlavaProcessor,
)

from alttext_local.pictures.letterbox import letterbox

FILL = (122, 116, 104)


class Stock:
    """A folder's model in the hands of transformers alone."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        self.folder, self.dtype = folder, dtype
        self.kind = json.loads((folder / "config.json").read_text())["model_type"]
        self.model = AutoModelForImageTextToText.from_pretrained(folder, dtype=dtype).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.pictures = AutoImageProcessor.from_pretrained(folder, backend="pil")
        self.language = getattr(self.model, "language_model", None)
        self.encodes = bool(self.language is not None and self.language.config.is_encoder_decoder)

    def inputs(self, image: Image.Image, prompt: str) -> dict[str, Any]:
        """Ids and pixels for one picture and prompt."""
        widest = 1.0 if self.kind in ("llava", "blip-2", "instructblip") else 4.0
        boxed = letterbox(image, FILL, widest)
        with torch.inference_mode():
            found = dict(getattr(self, "_" + self.kind.replace("-", ""))(boxed, prompt))
        return {name: value.to(self.dtype) if value.is_floating_point() else value for name, value in found.items()}

    def write(self, image: Image.Image, prompt: str, budget: int, beams: int = 1) -> list[int]:
        """Greedy ids after the prompt, up to and without the end."""
        inputs = self.inputs(image, prompt)
        with torch.inference_mode():
            found = self.model.generate(**inputs, max_new_tokens=budget, do_sample=False, num_beams=beams)[0]
        if self.encodes:
            found = found[1:]
        elif self.kind in ("blip-2", "instructblip") or len(found) > inputs["input_ids"].shape[1]:
            found = found[inputs["input_ids"].shape[1] :]
        ids: list[int] = found.tolist()
        stop = self.tokenizer.eos_token_id
        return ids[: ids.index(stop)] if stop in ids else ids

    def logprobs(self, image: Image.Image, prompt: str, ids: list[int]) -> list[float]:
        """Teacher-forced log-probabilities of given ids after the prompt, one forward for all of them."""
        inputs = self.inputs(image, prompt)
        if self.encodes:
            inputs["decoder_input_ids"] = torch.tensor([[0, *ids[:-1]]])
            start = 0
        else:
            start = inputs["input_ids"].shape[1] - 1
            added = torch.tensor([ids])
            inputs["input_ids"] = torch.cat([inputs["input_ids"], added], 1)
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            for kind in ("mm_token_type_ids", "token_type_ids"):
                if kind in inputs:
                    inputs[kind] = torch.cat([inputs[kind], torch.zeros_like(added)], 1)
        with torch.inference_mode():
            scores = self.model(**inputs).logits[0].float().log_softmax(-1)
        return [float(scores[start + place, token]) for place, token in enumerate(ids)]

    def _llava(self, image: Image.Image, prompt: str) -> Any:
        processor = LlavaProcessor(
            self.pictures,
            self.tokenizer,
            patch_size=14,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
        )
        return processor(images=image, text=f"USER: <image>\n{prompt} ASSISTANT:", return_tensors="pt")

    def _llava_next(self, image: Image.Image, prompt: str) -> Any:
        processor = LlavaNextProcessor(
            self.pictures,
            self.tokenizer,
            patch_size=14,
            vision_feature_select_strategy="default",
            num_additional_image_tokens=1,
        )
        return processor(images=image, text=f"USER: <image>\n{prompt} ASSISTANT:", return_tensors="pt")

    def _llava_onevision(self, image: Image.Image, prompt: str) -> Any:
        inputs = self.pictures(images=image, return_tensors="pt")
        count = len(self.model.get_image_features(inputs["pixel_values"], inputs["image_sizes"]).pooler_output[0])
        words = self.tokenizer(f"USER: {'<image> ' * count}\n{prompt} ASSISTANT:", return_tensors="pt")
        return {**inputs, "input_ids": words["input_ids"], "attention_mask": words["attention_mask"]}

    def _blip2(self, image: Image.Image, prompt: str) -> Any:
        processor = Blip2Processor(self.pictures, self.tokenizer, num_query_tokens=8)
        return processor(images=image, text=prompt, return_tensors="pt")

    def _instructblip(self, image: Image.Image, prompt: str) -> Any:
        words = AutoTokenizer.from_pretrained(self.folder / "qformer_tokenizer")
        processor = InstructBlipProcessor(self.pictures, self.tokenizer, words, num_query_tokens=8)
        return processor(images=image, text=prompt, return_tensors="pt")

    def _qwen2_5_vl(self, image: Image.Image, prompt: str) -> Any:
        inputs = self.pictures(images=image, return_tensors="pt")
        count = int(inputs["image_grid_thw"][0].prod()) // 4
        text = f"USER: <|vision_start|> {'<|image_pad|> ' * count}<|vision_end|> {prompt} ASSISTANT:"
        words = self.tokenizer(text, return_tensors="pt")
        kinds = (words["input_ids"] == self.model.config.image_token_id).int()
        ids = {"input_ids": words["input_ids"], "attention_mask": words["attention_mask"]}
        return {**inputs, **ids, "mm_token_type_ids": kinds}

    def _idefics3(self, image: Image.Image, prompt: str) -> Any:
        from transformers import Idefics3Processor

        processor = Idefics3Processor(self.pictures, self.tokenizer, image_seq_len=4)
        return processor(images=[[image]], text=[f"USER: <image>\n{prompt} ASSISTANT:"], return_tensors="pt")

    def _smolvlm(self, image: Image.Image, prompt: str) -> Any:
        return self._idefics3(image, prompt)

    def _gemma3(self, image: Image.Image, prompt: str) -> Any:
        from transformers import Gemma3Processor

        processor = Gemma3Processor(self.pictures, self.tokenizer, image_seq_length=4)
        return processor(images=[[image]], text=[f"USER: <boi> {prompt} ASSISTANT:"], return_tensors="pt")
