"""Every setting of the house, once: from `ALTTEXT_...` in the environment, then `alttext.toml`, then here.

The TOML file is `alttext.toml` in the data folder, or the file that `ALTTEXT_CONFIG` names. Between the two come the
files of a folder that `ALTTEXT_SECRETS_DIR` names, such as `alttext_s3_secret_key`: systemd's credentials, the secrets
of containers.
"""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from alttext_local.errors import BadSettings

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Sizes in bytes, times in seconds, unless a name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="ALTTEXT_", extra="forbid", frozen=True)

    # where
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    data_dir: Path = Path("data")
    models_dir: Path = Path("models")
    catalogue: Path | None = None
    """Default: `catalogue.toml` in the models folder."""
    policy_file: Path | None = None
    """Default: `policy.toml` in the data folder, where there is one."""
    config: Path | None = None
    secrets_dir: Path | None = None
    """A folder with a file for each setting that is given there, called as its variable in small letters."""

    # who
    tokens: Annotated[tuple[str, ...], NoDecode] = ()
    """Static tokens, comma-separated in the environment; then none is made at the first start."""
    first_token: Literal["shown", "file"] = "shown"  # noqa: S105 (a choice)
    """Whether the first start prints the first token besides keeping it in the file `first-token` of the data folder.
    `file` is for services and containers, whose output is kept as a log."""

    # what runs
    device: str = Field("auto", pattern=r"^(auto|all|mps|cuda|cpu(,cpu)*|cuda:\d+(,cuda:\d+)*)$")
    """`auto`: the first GPU, else the CPU. `all`: every GPU, each with a process and a copy of the models of its own.
    `cuda:0,cuda:2`: these. `cuda`: a model that is larger than one card is spread over all of them."""
    preload: Annotated[tuple[str, ...], NoDecode] = ()
    """Aliases to load at start; empty: every alias's installed model, until memory is short."""
    model_threads: int = Field(0, ge=0)
    """Threads that the model computes with on a CPU, shared among its processes where it has several; 0: one for each
    physical core that this process may use."""
    dtype: Literal["card", "auto", "bfloat16", "float16", "float32", "int8"] = "card"
    """What models are held in: what the catalogue's cards say, or this for all. int8 is for CPUs and is refused for a
    model that then says other things than it does otherwise."""
    tiles: int | None = Field(None, ge=0)
    """Views of a picture at most, for models that cut it in tiles: in place of the cards'; 0: as many as they like."""
    beams: int | None = Field(None, ge=1, le=16)
    """Texts that are written side by side for each ask, the likeliest being taken (beam search): in place of the
    cards'; 1 is greedy. Writing costs about so many times as much."""
    slots: Literal["off", "on"] = "off"
    """`on`: pictures join and leave while others are written about, where a model decodes as a tree. Newcomers wait
    less; on a CPU full batches are about a seventh slower than without."""
    slots_memory: int = Field(1024 * MIB, ge=MIB)
    """Bytes of keys and values that the slots of one model hold."""
    cuda_graphs: bool = False
    """Play each size of step of the slots back as a CUDA graph; elsewhere than on CUDA it changes nothing."""
    batch: int = Field(16, ge=1, le=1024)
    """Shots that one call of an adapter takes at most."""
    max_loaded_models: int = Field(3, ge=1)
    ocr_engine: Literal["auto", "tesserocr", "pytesseract"] = "auto"
    ocr_workers: int = Field(2, ge=1)
    decode_workers: int = Field(2, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    profile: bool = False
    """A line in the log for each image with the milliseconds of its steps."""

    # watching
    metrics_token: SecretStr = SecretStr("")
    """The token that `/metrics` wants, apart from those of clients. Without it and `metrics_from` there is no
    `/metrics`."""
    metrics_from: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses and networks that may read `/metrics` without a token; not through a proxy."""
    audit_days: float = Field(365, ge=0)
    """How long the audit log is kept; 0: none is written."""

    # limits: one picture
    max_upload: int = 20 * MIB
    max_pixels: int = 89_500_000
    max_side: int = 65_535
    max_jpeg_scans: int = 100
    decode_seconds: float = 20
    decode_cpu_seconds: int = 10
    decode_memory: int = 2048 * MIB
    ocr_seconds: float = 30
    generation_seconds_gpu: float = 120
    generation_seconds_cpu: float = 600

    max_batch_file: int = Field(256 * MIB, ge=1)
    """One file of a batch run: an archive's master may be larger than what a server takes in."""

    # limits: a ZIP of pictures
    max_zip: int = 500 * MIB
    max_unpacked: int = 2048 * MIB
    """What all entries of a ZIP may have together, as its directory says."""
    max_entry: int = 20 * MIB
    """One picture in a ZIP."""
    max_zip_images: int = Field(500, ge=1)
    max_zip_entries: int = Field(5_000, ge=2)
    max_json: int = Field(5 * MIB, ge=2)
    max_json_depth: int = Field(32, ge=3, le=200)
    """Brackets in brackets: an object with a list of objects has three."""

    # limits: texts
    max_context: int = 4_000
    max_prompt: int = 2_000
    max_ocr_text: int = 50_000

    # limits: the door
    header_seconds: float = 10
    body_seconds: float = 30
    body_seconds_per_mib: float = 1
    queue_seconds: float = 30
    """What waits longer than this is refused at the door."""
    queue_max: int = Field(128, ge=1)
    receive_memory: int = 256 * MIB
    """Bytes of uploads in hand at once; what would go beyond it is refused at the door."""
    drain_seconds: float = 90

    # telling: callbacks and mail
    callback_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts, `*.domains`, addresses and networks that callbacks may reach, each with `:port` or without; none by
    default."""
    callback_secret: SecretStr = SecretStr("")
    """`whsec_` and base64; default: made once, in the file `callback-secret` of the data folder."""
    callback_seconds: float = Field(15, gt=0)
    smtp_host: str = ""
    """Default: no relay, mail lies in the spool folder."""
    smtp_port: int = Field(25, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "alttext-local@localhost"
    public_url: str = Field("", pattern=r"^(https?://[^\s/?#]+[^\s?#]*)?$")
    """What links to this server begin with; default: made from host and port."""

    # kept
    cache_days: float = 30
    cache_entries: int = 100_000

    # bulk jobs
    worker: Literal["beside", "none"] = "beside"
    """`beside`: `serve` starts a worker process; `none`: workers run elsewhere (`alttext-local worker`)."""
    database_url: str = ""
    """PostgreSQL for several machines (`postgresql+psycopg://...`); default: SQLite in the data folder."""
    worker_name: str = Field("", pattern=r"^[A-Za-z0-9._-]{0,64}$")
    """Of a worker, unlike every other one's and the same over restarts; default: made from host and data folder."""
    worker_silence: float = Field(60, gt=0, le=3600)
    """A worker that was not heard of for so long is dead: the others take over what it had in hand."""
    bulk_uploads: int = Field(4, ge=1)
    """Archives that may be received at once."""
    jobs_per_token: int = Field(50, ge=1)
    """Jobs of one token that wait or run at once."""
    shards_at_once: int = Field(2, ge=1)
    disk_floor: int = 512 * MIB
    """Free bytes on the disk below which no archive is taken in."""
    keep_input_hours: float = 24
    keep_results_days: float = 30

    # files of jobs: in the data folder, or in an S3 store where there is a bucket
    link_seconds: int = Field(86_400, ge=60, le=604_800)
    """How long a link to a file works at least; the status of the job always has a fresh one."""
    s3_bucket: str = ""
    s3_prefix: str = "alttext"
    s3_endpoint: str = ""
    """Default: Amazon's, in the region."""
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_allow_http: bool = False

    @field_validator("tokens", "preload", "callback_hosts", "metrics_from", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.decode_memory < 8 * self.max_pixels:
            raise ValueError("decode_memory must be at least 8 bytes for each of max_pixels")
        if self.decode_cpu_seconds > self.decode_seconds:
            raise ValueError("decode_cpu_seconds must not be over decode_seconds")
        if self.receive_memory < self.max_upload + 2 * MIB:
            raise ValueError("receive_memory must be at least max_upload and 2 MiB")
        if self.max_pixels < self.max_side:
            raise ValueError("max_pixels must not be under max_side")
        self._zips_agree()
        if self.smtp_user and self.smtp_security == "none":
            raise ValueError("smtp_user needs smtp_security starttls or tls: a password is never sent in clear")
        return self

    @model_validator(mode="after")
    def _networks_can_be_read(self) -> Self:
        for network in self.metrics_from:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(f"metrics_from: {network!r} is no address and no network") from None
        return self

    def _zips_agree(self) -> None:
        if self.max_zip_images >= self.max_zip_entries:
            raise ValueError("max_zip_entries must be over max_zip_images: the JSON is an entry too")
        for name in ("max_zip", "max_entry", "max_json"):
            if getattr(self, name) > self.max_unpacked:
                raise ValueError(f"{name} must not be over max_unpacked")

    @model_validator(mode="after")
    def _agree_on_s3(self) -> Self:
        if self.s3_bucket and not (self.s3_access_key and self.s3_secret_key.get_secret_value() and self.s3_region):
            raise ValueError("s3_bucket needs s3_access_key, s3_secret_key and s3_region: none is looked for elsewhere")
        if self.s3_endpoint.startswith("http://") and not self.s3_allow_http:
            raise ValueError("s3_endpoint is without TLS, which s3_allow_http must allow")
        return self

    @property
    def catalogue_file(self) -> Path:
        """The catalogue that is read."""
        return self.catalogue or self.models_dir / "catalogue.toml"

    @property
    def queue_url(self) -> str:
        """The database of the queue, apart from our own tables."""
        return self.database_url or f"sqlite:///{self.data_dir / 'queue.sqlite'}"

    @property
    def database_file(self) -> Path:
        """Tokens and cached results."""
        return self.data_dir / "alttext.sqlite"

    @property
    def callback_secret_file(self) -> Path:
        """Where the key that signs callbacks lies when no setting gives one."""
        return self.data_dir / "callback-secret"

    @property
    def audit_dir(self) -> Path:
        """The audit log's months."""
        return self.data_dir / "audit"

    @property
    def figures_dir(self) -> Path:
        """What workers of this machine have counted."""
        return self.data_dir / "metrics"

    @property
    def spool_dir(self) -> Path:
        """Mail that no relay took."""
        return self.data_dir / "spool"

    @property
    def base_url(self) -> str:
        """What links to this server begin with, without a slash at the end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104 (compared, not bound)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files of secrets, then the TOML file."""
        secrets = SecretsSettingsSource(settings_cls, _secrets_folder())
        return init_settings, env_settings, secrets, TomlConfigSettingsSource(settings_cls, _toml_file())


def _toml_file() -> Path:
    named = os.environ.get("ALTTEXT_CONFIG")
    return Path(named) if named else Path(os.environ.get("ALTTEXT_DATA_DIR", "data")) / "alttext.toml"


def _secrets_folder() -> Path | None:
    named = os.environ.get("ALTTEXT_SECRETS_DIR")
    if named and not Path(named).is_dir():
        raise BadSettings(f"secrets_dir: {named} is no folder")
    return Path(named) if named else None


def load_settings(**given: object) -> Settings:
    """The settings of this process; `BadSettings` names each one that is wrong."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise BadSettings(wrong) from None
    except ValueError as error:
        raise BadSettings(f"alttext.toml: {error}") from None
