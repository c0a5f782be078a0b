"""The switches that keep libraries from calling anybody, set before any of them is imported.

They are manners, not a proof: `outbound` refuses what a library tries all the same, `scripts/prove_offline` counts it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

SWITCHES: Mapping[str, str] = MappingProxyType(
    {
        # huggingface_hub, transformers, datasets: read once, when they are imported
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_XET": "1",  # its client is Rust, which `outbound` does not see; the hub's own is Python
        # what several libraries agree on
        "DO_NOT_TRACK": "1",
        "DISABLE_TELEMETRY": "1",
        "ANONYMIZED_TELEMETRY": "False",
        # Ray
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_USAGE_STATS_PROMPT_ENABLED": "0",
        # vLLM
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        # clients of S3, which look for credentials at the address where cloud machines keep them
        "AWS_EC2_METADATA_DISABLED": "true",
        # others that may stand beside us in one environment
        "GRADIO_ANALYTICS_ENABLED": "False",
        "WANDB_MODE": "disabled",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
)
"""What the environment says from now on, whatever it said before."""

NEVER_IMPORTED = ("openvino_telemetry",)
"""Modules that do nothing but report; OpenVINO goes on with a stub of its own where the module is not there."""

DETOURS = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"),
    *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGSERVICEFILE"),
)
"""Variables by which a library in C or Rust (the S3 client, libpq) would go elsewhere than our settings say."""


def switch_off(environment: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Set every switch. Called when the package is imported, before anything else can be."""
    environment.update(SWITCHES)
    environment.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in NEVER_IMPORTED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def close_detours(names: Iterable[str] = DETOURS) -> tuple[str, ...]:
    """Take the variables that lead elsewhere out of this process and its children; those that were set."""
    return tuple(name for name in names if os.environ.pop(name, None) is not None)


def let_hub_ask() -> None:
    """Let the hub's library use the network: for `models pull` alone, before or after it was imported."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "0"
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        constants.HF_HUB_OFFLINE = False  # type: ignore[attr-defined]
