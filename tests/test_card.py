"""The repository of a data set: its files, its card, and how it is put in place."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from datasets import load_dataset
from huggingface_hub import DatasetCard
from jinja2 import UndefinedError
from made_attempts import TESTS, made, rejected, write_made
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.folder import hold
from synthsmith.builders.ledger import Account
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.schemas import PUBLISHED, SCHEMAS
from synthsmith.builders.settings import Settings
from synthsmith.cards import card as card_module
from synthsmith.cards.card import Edition, Provenance, render_card
from synthsmith.cards.facts import STAGES, count
from synthsmith.cards.fields import fields
from synthsmith.cards.repository import make_dataset
from synthsmith.cards.summary import summarise, write_summary
from synthsmith.cards.words import cell, code, sampling
from synthsmith.verification.decision import Reason
from synthsmith.verification.errors import InputError

ACCOUNT = (
    Account("recorded", "solution", 48, 0, None, None, 48),
    Account("o", "inputs", 6, 0, 1200, 3400, 0),
)
PROVENANCE = Provenance(Settings(), ACCOUNT, "0.1.0")
EDITION = Edition(version="1.2.0", repository="acme/tasks")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def touched(path: Path) -> tuple[int, int, int]:
    return path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_ctime_ns


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    write_made(folder)
    make_dataset(folder, PROVENANCE, EDITION)
    return folder


@pytest.mark.parametrize(
    ("config", "rows"),
    list(zip(SCHEMAS, (6, 4, 3, 7, 4, 7), strict=True)),
)
def test_every_config_loads_with_its_number_of_rows(
    build: Path, tmp_path: Path, config: str, rows: int
) -> None:
    loaded = load_dataset(str(build / "dataset"), config, split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == rows
    assert loaded.features == SCHEMAS[config]
    assert str(loaded.version) == "1.2.0"


def test_a_config_streams_with_chosen_columns(build: Path, tmp_path: Path) -> None:
    stream = load_dataset(
        str(build / "dataset"),
        "rl",
        split="train",
        streaming=True,
        columns=["task_id"],
        cache_dir=str(tmp_path),
    )
    assert list(stream) == [{"task_id": f"task-{name}"} for name in ("easy", "copied", "flawed", "hard")]


def test_the_default_config_is_that_of_verified_responses(build: Path, tmp_path: Path) -> None:
    assert load_dataset(str(build / "dataset"), split="train", cache_dir=str(tmp_path)).num_rows == 6


def test_the_repository_holds_the_card_its_figures_and_parquet_and_nothing_else(build: Path) -> None:
    wanted = {f"{config}/train-00000-of-00001.parquet" for config in SCHEMAS if config != "rl"}
    stems = ("band00-pass100", "band04-pass060", "band05-pass050")
    wanted |= {f"rl/train-{stem}-00000-of-00001.parquet" for stem in stems}
    wanted |= {f"figures/{name}.png" for name in ("confidence", "difficulty", "funnel", "lengths", "tests")}
    assert set(contents(build / "dataset")) == wanted | {"README.md", "dataset_info.json", "searched.json"}
    assert {path.name for path in build.iterdir()} == {"attempts", "dataset", ".dataset.json", ".lock"}


def test_the_same_attempts_give_the_same_bytes_elsewhere(build: Path, tmp_path: Path) -> None:
    write_made(tmp_path, tuple(reversed(made())))
    make_dataset(tmp_path, PROVENANCE, EDITION)
    assert contents(tmp_path / "dataset") == contents(build / "dataset")


def test_nothing_is_written_where_nothing_changed(build: Path) -> None:
    before = {path: touched(path) for path in build.rglob("*")}
    make_dataset(build, PROVENANCE, EDITION)
    assert {path: touched(path) for path in build.rglob("*")} == before


def test_a_data_set_that_was_tampered_with_is_made_again(build: Path) -> None:
    readme = build / "dataset" / "README.md"
    before = readme.read_bytes()
    readme.write_bytes(before + b"more")
    make_dataset(build, PROVENANCE, EDITION)
    assert readme.read_bytes() == before
    readme.write_bytes(before.replace(b"synthetic", b"Synthetic"))  # as large as before
    make_dataset(build, PROVENANCE, EDITION)
    assert readme.read_bytes() == before
    (build / ".dataset.json").write_bytes(b"\xff")
    make_dataset(build, PROVENANCE, EDITION)
    assert readme.read_bytes() == before


def test_only_one_process_puts_a_data_set_in_place(tmp_path: Path) -> None:
    write_made(tmp_path)
    with hold(tmp_path), pytest.raises(InputError, match="Another build is working in"):
        make_dataset(tmp_path, PROVENANCE, EDITION)
    assert not (tmp_path / "dataset").exists()


def test_more_attempts_replace_the_data_set(tmp_path: Path) -> None:
    write_made(tmp_path, made()[:3])
    assert make_dataset(tmp_path, PROVENANCE, EDITION).attempted == 3
    write_made(tmp_path)
    assert make_dataset(tmp_path, PROVENANCE, EDITION).attempted == 7
    assert count(tmp_path / "dataset").attempted == 7


KILLED = """
import os, sys
from pathlib import Path
from synthsmith.builders.settings import Settings
from synthsmith.cards.card import Edition, Provenance
from synthsmith.cards.plots.charts import histogram
from synthsmith.cards.plots.canvas import drawn
from synthsmith.cards.repository import make_dataset

build, step = Path(sys.argv[1]), int(sys.argv[2])
drawn(1, 2, lambda axes: histogram(axes, (0, 1), (1,), across="", up=""))  # what it reads is none of ours

def run(die_at):
    seen = 0
    def watch(event, arguments):
        nonlocal seen
        if event in ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "ctypes.dlsym"):
            seen += 1
            if seen == die_at:
                os.kill(os.getpid(), 9)
    sys.addaudithook(watch)
    make_dataset(build, Provenance(Settings(), (), "0.1.0"), Edition())

die_at = 1
while True:
    child = os.fork()
    if not child:
        run(die_at)
        os._exit(0)
    if not os.waitpid(child, 0)[1]:
        break
    die_at += step
print(die_at)
"""


def test_a_run_killed_at_any_moment_is_mended_by_the_next(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        write_made(folder)
    make_dataset(whole, Provenance(Settings(), (), "0.1.0"), Edition())
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(broken), "7"], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 100  # it was killed several times before it came through
    assert contents(broken / "dataset") == contents(whole / "dataset")
    assert {path.name for path in broken.iterdir()} == {"attempts", "dataset", ".dataset.json", ".lock"}


def test_the_caches_of_hugging_face_stay_untouched(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_made(tmp_path)
    code = KILLED.partition("build, step")[0] + (
        "make_dataset(Path(sys.argv[1]), Provenance(Settings(), (), '0.1.0'), Edition())"
    )
    environment = {**os.environ, "HF_HOME": str(home), "HOME": str(home)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
    assert not home.exists()


def test_a_build_without_attempts_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no finished attempt"):
        make_dataset(tmp_path, PROVENANCE, EDITION)
    assert not (tmp_path / "dataset").exists()


def test_a_config_without_rows_is_left_out_and_named(tmp_path: Path) -> None:
    write_made(tmp_path, (rejected(0, Reason.DESIGN_UNREADABLE, None, 0, None),))
    facts = make_dataset(tmp_path, PROVENANCE, EDITION)
    assert facts.empty == tuple(name for name in SCHEMAS if name != "attempts")
    text = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "Left out, because no row belongs there: `sft_verified`, `sft_unique_prompt`" in text
    cached = str(tmp_path / "cache")
    assert load_dataset(str(tmp_path / "dataset"), split="train", cache_dir=cached).num_rows == 1


def test_the_card_is_as_it_was_looked_at(build: Path) -> None:
    golden = Path(__file__).parent / "golden" / "card.md"
    body = (build / "dataset" / "README.md").read_text(encoding="utf-8").partition("\n---\n")[2]
    # Prompts and Parquet's own overhead may change without the card's being another one.
    body = re.sub(r"\d+\.\d kB", "SIZE", re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", body))
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(body, encoding="utf-8")
    assert body == golden.read_text(encoding="utf-8")


def test_the_head_of_the_card_is_what_the_hub_reads(build: Path) -> None:
    data = DatasetCard.load(build / "dataset" / "README.md").data
    assert (data.license, data.language, data.size_categories) == ("apache-2.0", ["en"], ["n<1K"])
    assert data.task_categories == ["text-generation", "reinforcement-learning"]
    configs = {config["config_name"]: config for config in data.to_dict()["configs"]}
    assert set(configs) == set(SCHEMAS)
    assert configs["rl"]["data_files"] == [{"split": "train", "path": "rl/train-*"}]
    assert [name for name, config in configs.items() if config.get("default")] == ["sft_verified"]
    infos = {info["config_name"]: info for info in data.to_dict()["dataset_info"]}
    assert infos["attempts"]["splits"][0]["num_examples"] == 7


def test_a_live_model_is_not_called_a_demonstration(build: Path) -> None:
    live = ModelSettings(name="big-model", base_url="http://10.0.0.1/secret")
    models = Models(live, live, live, (live,), live, live)
    facts = count(build / "dataset")
    text = render_card(facts, Provenance(Settings(models=models), (), "0.1.0"), Edition())
    assert "written ahead" not in text
    assert "big-model" in text
    assert "secret" not in text
    assert "written ahead" in render_card(facts, PROVENANCE, EDITION)


def test_a_missing_fact_stops_the_card(build: Path) -> None:
    env = card_module.environment()
    with pytest.raises(UndefinedError, match="unknown"):
        env.from_string("{{ facts.unknown }}").render(facts=count(build / "dataset"))
    with pytest.raises(InputError, match="More Information Needed"):
        render_card(count(build / "dataset"), PROVENANCE, Edition(pretty_name="[More Information Needed]"))


def test_a_version_that_is_none_is_refused(build: Path) -> None:
    with pytest.raises(InputError, match=r"not like 1\.2\.0"):
        render_card(count(build / "dataset"), PROVENANCE, Edition(version="first"))


@pytest.mark.parametrize("config", PUBLISHED)
def test_every_column_is_explained(config: str) -> None:
    assert [field.name for field in fields(config)] == list(PUBLISHED[config])
    assert all(field.meaning.endswith(".") for field in fields(config))


def test_every_reason_belongs_to_one_stage() -> None:
    assert sorted(reason for reasons in STAGES.values() for reason in reasons) == sorted(Reason)


def test_the_funnel_ends_with_the_verified_tasks(build: Path) -> None:
    facts = count(build / "dataset")
    assert facts.funnel[0] == ("attempted", facts.attempted)
    assert facts.funnel[-1] == ("verification", facts.verified)
    assert sum(number for _, number in facts.reasons) == facts.attempted - facts.verified
    assert sum(facts.pass_rates) == facts.verified


def said(isolated: bool | None, *indexes: int) -> tuple[Attempt, ...]:
    """The made attempts, of which these say this of their isolation."""
    return tuple(
        replace(each, outcome=replace(each.outcome, certificate=replace(proof, isolated=isolated)))
        if each.index in indexes and (proof := each.outcome.certificate)
        else each
        for each in made()
    )


def test_tasks_whose_programs_were_not_isolated_are_counted_and_told_apart(tmp_path: Path) -> None:
    write_made(tmp_path, said(False, 0, 1, 3))  # 1 and 4 were rejected before anything was run
    facts = make_dataset(tmp_path, PROVENANCE, EDITION)
    assert (facts.ran, facts.unisolated, facts.unrecorded) == (5, 2, 0)
    text = " ".join((tmp_path / "dataset" / "README.md").read_text(encoding="utf-8").split())
    assert "without network" not in text
    assert (
        "**Of 5 tasks whose programs were run, 2 had them run without full isolation** (`--unsafe`)" in text
    )
    assert "they could have tampered with their results" in text
    told = summarise(facts, PROVENANCE, EDITION)["isolation"]
    assert told == {"ran": 5, "not_isolated": 2, "not_recorded": 0}


def test_tasks_of_whose_isolation_nothing_is_known_are_called_neither(tmp_path: Path) -> None:
    write_made(tmp_path, said(None, 2))
    facts = make_dataset(tmp_path, PROVENANCE, EDITION)
    assert (facts.ran, facts.unisolated, facts.unrecorded) == (5, 0, 1)
    text = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "without network" not in text
    assert "without full isolation" not in text
    assert "Of 5 tasks whose programs were run, 1 have no record of whether the sandbox isolated them" in text


def test_where_all_programs_were_isolated_the_card_says_that_they_had_no_network(build: Path) -> None:
    facts = count(build / "dataset")
    assert (facts.ran, facts.unisolated, facts.unrecorded) == (5, 0, 0)
    text = render_card(facts, PROVENANCE, EDITION)
    assert "in a sandbox without network, with at most" in text
    assert "full isolation" not in text


def test_what_a_model_wrote_cannot_break_a_table() -> None:
    assert cell("a|b\n<b>*c*") == r"a\|b &lt;b>\*c\*"
    assert code("a_b`c\n") == "`a_b'c `"


def test_the_summary_is_the_same_each_time_and_touched_once(build: Path, tmp_path: Path) -> None:
    path = write_summary(tmp_path, summarise(count(build / "dataset"), PROVENANCE, EDITION))
    before = (path.read_bytes(), touched(path))
    write_summary(tmp_path, summarise(count(build / "dataset"), PROVENANCE, EDITION))
    assert (path.read_bytes(), touched(path)) == before
    told = json.loads(path.read_text(encoding="utf-8"))
    assert (told["attempted"], told["verified"], told["rejected"]) == (7, 4, 3)
    assert told["flawless_golden"] == 3
    assert told["configs"]["rl"] == 4
    assert told["reasons"] == {"design_unreadable": 1, "too_few_solutions": 1, "hold_out": 1}


def test_the_loading_snippets_of_the_card_run(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    text = render_card(count(build / "dataset"), PROVENANCE, Edition())
    snippets = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(snippets) == 4
    names: dict[str, object] = {}
    exec("\n".join(snippets).replace("path/to/dataset", str(build / "dataset")), names)
    assert capsys.readouterr().out.startswith("Solve this competitive programming problem")
    assert names["tests"]["inputs"] == [given for given, _ in TESTS]  # type: ignore[index]
    assert [row["task_id"] for row in names["easiest"]] == ["task-easy"]  # type: ignore[attr-defined]
    assert list(names["table"]["pass_rate"]) == [1.0] * 6  # type: ignore[index]


def test_where_nothing_was_verified_the_card_offers_only_what_is_there(tmp_path: Path) -> None:
    write_made(tmp_path, (rejected(0, Reason.DESIGN_UNREADABLE, None, 0, None),))
    facts = make_dataset(tmp_path, PROVENANCE, EDITION)
    text = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert [config.name for config in facts.configs] == ["attempts"]
    assert '"rl"' not in text
    assert "`sft_hybrid`" not in text.partition("Left out")[0]
    assert "**Reinforcement" not in text
    assert "**Supervised" not in text


def test_the_card_says_how_a_model_was_asked_to_sample_and_nothing_of_recordings() -> None:
    assert sampling(ModelSettings()) == "recorded replies, nothing is sampled"
    live = ModelSettings("m", top_k=20, top_p=None, extra_body='{"min_tokens": 1}')
    assert sampling(live) == 'temperature 0.6, top_k 20, max_tokens 32768, {"min_tokens":1}'
    silent = ModelSettings("m", temperature=None, top_p=None, max_tokens=None)
    assert sampling(silent) == "as the server does by itself"


def test_an_odd_name_breaks_neither_the_head_nor_the_page(build: Path, tmp_path: Path) -> None:
    name = "a: b # c\n---\n# 'd' \u202e | {{ x }} - [e](f)"
    text = render_card(count(build / "dataset"), PROVENANCE, Edition(pretty_name=name))
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    assert DatasetCard.load(tmp_path / "README.md").data.pretty_name == name
    assert sum(line.startswith("# ") for line in text.partition("\n---\n")[2].splitlines()) == 1
