"""A small published data set, written by hand: rows that have what trainers trip over."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from synthsmith.builders import schemas, shards

Row = Mapping[str, object]
STARTER = "class Solution:\n    def total(self, values: List[int]) -> int:\n        pass\n"
DOUBLE = "print(int(input()) * 2)\n"
TOTAL = "class Solution:\n    def total(self, values):\n        return sum(values)\n"
FLOATS = '{"kind": "floats", "absolute": 1e-06, "relative": 1e-06}'
# Right is what has as many letters as the answer.
LENGTH = "import sys\na, b = (open(p).read().strip() for p in sys.argv[2:4])\nsys.exit(len(a) != len(b))\n"
PROGRAM = json.dumps({"kind": "program", "language": "python", "code": LENGTH})


def truth(inputs: list[str], outputs: list[str | None], **more: object) -> str:
    return json.dumps({"inputs": inputs, "outputs": outputs, **more})


def rl(name: str, ground_truth: str, entry: str | None = None, checker: str = "tokens") -> Row:
    """A row of `rl`; what nobody reads is null."""
    judged = {"entry": entry, "checker": checker, "cpu_seconds_limit": 2.0, "memory_mb_limit": 512}
    told = {
        "data_source": "synthsmith",
        "prompt": [{"role": "user", "content": f"Task {name}: \u2028 in Python, ünïcode \U0001f600"}],
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": ground_truth},
        "extra_info": {"split": "train", "index": 7, **judged},
        "task_id": name,
        "pass_rate": 0.5,
        "program_language": "cpp",
        **judged,
    }
    return {column: None for column in schemas.RL} | told


def sft(query: str, response: str) -> Row:
    turns = [{"role": "user", "content": query}, {"role": "assistant", "content": response}]
    return {column: None for column in schemas.SFT} | {
        "query": query,
        "response": response,
        "messages": turns,
    }


RL = (
    rl("double", truth(["1\n", "2\n", "3\n"], ["2\n", "4\n", "6\n"])),
    rl("total", truth(["[1, 2]", "[]"], ["3", "0"], fn_name="total"), STARTER),
    rl("half", truth(["1\n"], ["0.5\n"]), checker=FLOATS),
    rl("length", truth(["1\n"], ["abc\n"]), checker=PROGRAM),
    rl("added", truth([""], [""], assert_case=["assert add(1, 2) == 3"]), "assertions"),
)
SFT = (
    sft("Double it.\u2028\x85", f"<think>\nso\n</think>\n```python\n{DOUBLE}```\n"),
    sft("Ünïcode \U0001f600", "none"),
)


def made(folder: Path, rl_rows: Iterable[Row] = RL, sft_rows: Iterable[Row] = SFT) -> Path:
    """The folder of a data set with these rows in the configs `rl` and `sft_verified`."""
    card = ["---", "configs:"]
    for config, rows in (("rl", rl_rows), ("sft_verified", sft_rows)):
        numbered = ((str(number), row) for number, row in enumerate(rows))
        shards.write(config, numbered, schemas.SCHEMAS[config], folder / config)
        card += [f"- config_name: {config}", f"  data_files: {config}/*.parquet"]
    (folder / "README.md").write_text("\n".join([*card, "---", ""]))
    return folder
