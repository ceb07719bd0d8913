"""`synthsmith model`: whether the recorded replies still answer today's prompts, and keying them anew."""

import typer

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
