"""The options that say which model an evaluation asks, and how."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from synthsmith.builders.evaluation import Asking

SAMPLES = 8

Model = Annotated[str | None, typer.Option(help="The model's name at the endpoint.")]
Samples = Annotated[
    int | None, typer.Option(help="Samples a question: 8 of a model, all of a file.", min=1, max=100_000)
]
Temperature = Annotated[float | None, typer.Option(help="How the model is sampled; 0.6.", min=0)]
TopP = Annotated[float | None, typer.Option(help="The same; 0.95.", min=0.001, max=1)]
ReplyTokens = Annotated[int | None, typer.Option(help="The most tokens that a reply may have; 32768.", min=1)]
Concurrency = Annotated[int | None, typer.Option(help="Requests under way at a time; 16.", min=1, max=65_536)]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        help="Settings of a build: endpoints, prices, the first of models.solution.", metavar="YAML"
    ),
]


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the command line says of how a model is asked; None: as the settings have it."""

    temperature: float | None
    top_p: float | None
    reply_tokens: int | None
    concurrency: int | None


def asking_of(
    path: Path | None,
    model: str | None,
    base_url: str | None,
    samples: int | None,
    sampling: Sampling,
) -> "Asking":
    """Return whom to ask: the settings' first model for solutions, changed by the command line's words."""
    from synthsmith.builders.evaluation import Asking, only
    from synthsmith.config import load_settings

    settings = load_settings(path)
    role = settings.models.solution[0]
    if model is not None:
        role = replace(role, name=model, base_url=base_url)
    elif base_url is not None:
        raise InputError("--base-url needs the name of the endpoint's model: give --model NAME")
    told: dict[str, Any] = {name: value for name, value in asdict(sampling).items() if value is not None}
    concurrency = told.pop("concurrency", settings.concurrency)
    if "reply_tokens" in told:
        told["max_tokens"] = told.pop("reply_tokens")
    settings = replace(only(settings, replace(role, **told)), concurrency=concurrency)
    return Asking(settings, samples or SAMPLES)
