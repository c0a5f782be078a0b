"""What a loaded model did, counted in forwards, tokens and bytes: figures that no busy machine can blur."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass
class Counters:
    """Sums since the model was loaded. Only the model thread writes them."""

    pictures: int = 0
    """Pictures that the vision tower saw."""
    vision_forwards: int = 0
    """Forwards of the vision tower, each for a whole batch of pictures."""
    prefix_tokens: int = 0
    """Tokens up to and including a picture that were prefilled, pads apart."""
    suffix_tokens: int = 0
    """Tokens of asks that were fed after a prefix, pads apart."""
    label_tokens: int = 0
    """Tokens of labels that were fed, common beginnings once."""
    label_forwards: int = 0
    """Forwards that scored labels: one for all labels of a batch."""
    decode_steps: int = 0
    """Forwards that fed back what was written."""
    decoded_rows: int = 0
    """Tokens fed back in these steps, with those of rows that were done already."""
    kv_bytes: int = 0
    """Bytes set aside for keys and values, summed over all batches."""

    def since(self, before: Counters) -> Counters:
        """What was added after a copy was taken."""
        old = asdict(before)
        return Counters(**{name: value - old[name] for name, value in asdict(self).items()})
