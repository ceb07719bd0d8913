"""The live path from end to end: the recordings behind an HTTP server give what the embedded model gives."""

from pathlib import Path

import pytest
from made_recordings import Made, attempts_in, prepared, python, roles
from recordings_server import serving
from synthsmith.builders.pipeline import build
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.settings import Settings, with_model
from synthsmith.builders.switchboard import Switchboard
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "recorded"
    odd = Made(solutions=(*Made().solutions[:2], python("print(0)\n").replace("</think>", "")))
    return prepared(folder, Made(), odd, Made(roles=roles(["quantum"])), Made())


@pytest.mark.parametrize("trouble_every", [0, 3])
def test_a_live_endpoint_gives_what_the_embedded_model_gives(
    settings: Settings, tmp_path: Path, trouble_every: int
) -> None:
    recorded = RecordedModel(tmp_path / "recorded")
    with Sandbox(2) as sandbox:
        build(settings, tmp_path / "embedded", recorded, sandbox)
        with serving(recorded, trouble_every) as url:
            live = with_model(settings, "served", url)
            summary = build(live, tmp_path / "live", Switchboard(live), sandbox)
        # with the endpoint gone a finished build is still complete
        assert build(live, tmp_path / "live", Switchboard(live), sandbox).reused == 4
    assert attempts_in(tmp_path / "live") == attempts_in(tmp_path / "embedded")
    assert summary.unfinished == ()
    assert {row.failed for row in summary.account} == {0}
    refused = {"roles": 1}  # the bad design, asked for once more in vain, for nothing
    assert all(
        row.completion_tokens == 3 * (row.requests - refused.get(row.stage, 0)) for row in summary.account
    )
    assert {row.unmetered for row in summary.account} == {0}


def test_a_build_with_no_endpoint_is_one_sentence_and_can_be_carried_on(
    settings: Settings, tmp_path: Path
) -> None:
    recorded = RecordedModel(tmp_path / "recorded")
    with serving(recorded) as url:
        live = with_model(settings, "served", url)
    with Sandbox(1) as sandbox:
        with pytest.raises(InputError, match=f"Nothing answers at {url}"):
            build(live, tmp_path / "live", Switchboard(live), sandbox)
        with serving(recorded) as other:
            moved = with_model(settings, "served", other)
            assert build(moved, tmp_path / "live", Switchboard(moved), sandbox).verified == 3
