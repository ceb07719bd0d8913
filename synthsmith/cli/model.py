"""`synthsmith model`: the recorded replies: in step with today's prompts, keyed anew, or behind a server."""

import sys
from typing import Annotated

import typer

from synthsmith.cli.serve import require_extra

app = typer.Typer(help="The recorded model that ships with the package.")


@app.command()
def check() -> None:
    """List recorded replies whose prompt has changed, is missing, or is never asked."""
    from synthsmith.builders.recordings import check as examine

    found = examine()
    for stale in found.stale:
        print(
            f"stale    {stale.file}: the {stale.stage} prompt of {stale.subject} (template {stale.template})"
        )
    for name in found.missing:
        print(f"missing  {name}")
    for name in found.unused:
        print(f"unused   {name}")
    counts = f"{len(found.stale)} stale, {len(found.missing)} missing, {len(found.unused)} unused"
    print(f"{found.prompts} prompts: {counts}")
    raise typer.Exit(0 if found.in_step else 1)


@app.command()
def rekey() -> None:
    """Key every recorded reply to its prompt of today, and so say that it still answers it."""
    from synthsmith.builders.recordings import rekey as key_anew

    before = key_anew()
    print(f"{before.prompts} prompts keyed; {len(before.stale)} were stale")
    for name in before.missing:
        print(f"missing  {name}")
    raise typer.Exit(1 if before.missing else 0)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.", min=0, max=65535)] = 8001,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Serve the recorded replies, as it does anyway.")
    ] = True,
    name: Annotated[
        list[str] | None, typer.Option(help="A model's name to answer to, and to no other; may be repeated.")
    ] = None,
    reasoning_content: Annotated[
        bool, typer.Option("--reasoning-content", help="Tell the reasoning in a field of its own.")
    ] = False,
) -> None:
    """Answer OpenAI's protocol with the recorded replies. Tokens are words and punctuation marks."""
    require_extra("the model's server")
    from synthsmith.builders.recorded_model import RecordedModel
    from synthsmith.builders.recorded_server import Serving
    from synthsmith.builders.recorded_server import serve as start

    start(host, port, Serving(RecordedModel(), tuple(name or ()), reasoning_content), _announce)
    print("synthsmith: stopped", file=sys.stderr)


def _announce(url: str) -> None:
    print(f"synthsmith: the recorded model answers at {url}", file=sys.stderr, flush=True)
