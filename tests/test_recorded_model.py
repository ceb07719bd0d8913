"""The recordings: replayed by prompt alone, and kept in step with the prompts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from made_recordings import RIGHT, Made, put, python, record
from synthsmith.builders.model import Message, PermanentError, Reply, Request, prompt_digest
from synthsmith.builders.recorded_model import RecordedModel, read_index
from synthsmith.builders.recordings import check, prompts, rekey
from synthsmith.builders.sampling import Sampling
from synthsmith.builders.settings import Settings
from synthsmith.verification.errors import InputError

SETTINGS = Settings(solutions=3, min_solutions=2, sampling=Sampling(styles=(("codeforces", 1),)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record(tmp_path / "recorded", [Made(), Made()], SETTINGS)
    return tmp_path / "recorded"


def ask(model: RecordedModel, request: Request) -> Reply:
    return asyncio.run(model.complete(request))


def requests_of(folder: Path) -> Sequence[Request]:
    """Requests that know nothing but the messages, as a server would get them: here the recorded prompts."""
    asked = prompts(folder, SETTINGS).values()
    return [Request("", "", "", "", one.messages, one.sample) for one in asked]


def test_a_reply_is_found_by_its_prompt_alone(folder: Path) -> None:
    model = RecordedModel(folder)
    replies = {ask(model, request).text for request in requests_of(folder)}
    assert python(RIGHT).removesuffix("\n") in replies
    assert all(ask(model, request).completion_tokens is None for request in requests_of(folder))


def test_a_prompt_that_was_never_recorded_is_one_precise_error(folder: Path) -> None:
    strange = Request("roles", "0:7", "roles", "d", (Message("user", "other"),))
    with pytest.raises(PermanentError) as caught:
        ask(RecordedModel(folder), strange)
    sentence = str(caught.value)
    for part in ("roles prompt of 0:7", "template 'roles'", "model check", "model rekey"):
        assert part in sentence


def test_more_samples_than_recorded_are_refused_with_their_number(folder: Path) -> None:
    request = next(one for one in requests_of(folder) if one.sample == 2)
    with pytest.raises(PermanentError, match=r"3 replies are recorded.*number 4"):
        ask(RecordedModel(folder), replace(request, sample=3))


def test_fresh_recordings_are_in_step_and_rekeying_changes_no_byte(folder: Path) -> None:
    before = (folder / "index.json").read_bytes()
    assert check(folder, SETTINGS).in_step
    assert rekey(folder, SETTINGS).in_step
    assert (folder / "index.json").read_bytes() == before


def test_an_edited_reply_makes_what_follows_from_it_stale_until_rekeyed(folder: Path) -> None:
    path = folder / "tasks/01-sum/statement.md"
    path.write_text(path.read_text().replace("Task 1.", "Task one."))
    found = check(folder, SETTINGS)
    assert {stale.subject for stale in found.stale} == {"0:1"}
    assert {stale.stage for stale in found.stale} == {"solution", "inputs", "generator", "validator", "brute"}
    rekey(folder, SETTINGS)
    assert check(folder, SETTINGS).in_step


def test_missing_replies_unused_files_and_gaps_are_named(folder: Path) -> None:
    (folder / "tasks/00-sum/generator.md").unlink()
    put(folder / "tasks/01-sum/notes.md", "scribble")
    (folder / "tasks/01-sum").rename(folder / "tasks/02-sum")
    found = check(folder, SETTINGS)
    assert not found.in_step
    assert found.missing[:2] == ("tasks/00-sum/generator.md", "tasks/01-/roles.md")
    assert "tasks/02-sum/notes.md" in found.unused
    assert RecordedModel(folder).draws == 1


def test_one_prompt_cannot_have_two_answers(folder: Path, tmp_path: Path) -> None:
    for name in ("roles.md", "statement.md"):
        put(folder / f"tasks/01-sum/{name}", (folder / f"tasks/00-sum/{name}").read_text())
    # two draws with the same statement ask for solutions with the same words
    with pytest.raises(InputError, match="answer the same prompt"):
        rekey(folder, replace(SETTINGS, sampling=Sampling(shape=(5, 9, 9, 9), styles=(("codeforces", 1),))))


def test_recordings_without_an_index_say_how_to_make_it(folder: Path) -> None:
    (folder / "index.json").unlink()
    with pytest.raises(InputError, match="model rekey"):
        RecordedModel(folder)


def test_the_prompt_digest_is_that_of_the_messages_as_sent() -> None:
    assert prompt_digest((Message("user", "ü"),)) != prompt_digest((Message("user", "u"),))
    assert prompt_digest((Message("user", "a"),)) != prompt_digest((Message("system", "a"),))


def test_the_shipped_index_names_only_files_that_are_there() -> None:
    from synthsmith.builders.recorded_model import FOLDER

    if not (FOLDER / "index.json").is_file():
        pytest.skip("nothing is keyed yet")
    files = {name for names in read_index(FOLDER).values() for name in names}
    assert all((FOLDER / name).is_file() for name in files)


def test_the_shipped_recordings_answer_todays_prompts() -> None:
    from synthsmith.builders.recorded_model import FOLDER

    if not (FOLDER / "index.json").is_file():
        pytest.skip("nothing is keyed yet")
    found = check()
    assert (found.stale, found.missing, found.unused) == ((), (), ())
