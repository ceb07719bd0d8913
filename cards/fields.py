"""What each column means, in a sentence: the card's tables show these beside the types from `Features`.

A column without a sentence stops the card (`table` raises KeyError), and a test holds both lists together.
"""

from dataclasses import dataclass

from datasets import Features, List, Value
from synthsmith.builders.schemas import PUBLISHED, REAL

_TASK = {
    "task_id": "Hash of the statement and its features; rows of one task share it, in every config.",
    "draw": "`seed:index` of the draw from the feature tree; all randomness of the task comes from it.",
    "style": "`codeforces`, `atcoder` or `leetcode`.",
    "features": "The features that the statement was written around.",
    "starter_code": "The class and signature to be filled in (LeetCode style), else null.",
    "pass_rate": "Mean over the candidates of the share of decided cases that each passes.",
    "solved_rate": "Share of the candidates that pass every decided case.",
    "program_language": "Language of the program.",
    "certificate": "JSON: how the task was verified and what it was made of, key by key below.",
    "kill_rate": "Share of the wrong candidates that the decided cases fail; wrong is one that gave another "
    "answer than a label or, on an undecided case, than the golden program; in data made elsewhere also one "
    "that is stated as wrong. Null without such.",
    "false_kill_rate": "Share of the other candidates, the golden among them, that they fail, mostly for "
    "time, memory or a crash: an upper bound of right ones failed.",
    "mutants_made": "How many programs were made from the golden one by one small change each; null where "
    "it is in C++.",
    "mutants_killed": "How many of them the decided cases fail; some others may be right.",
    "proxies": "How solvers without a part in the labels fare: the mean share of the decided cases that "
    "their samples pass, and the share of samples that pass all. Empty where none were asked.",
    "is_suite_weak": "Whether too few of the wrong candidates and mutants are failed (`certificate`).",
}
MEANINGS: dict[str, dict[str, str]] = {
    "sft": {
        **_TASK,
        "query": "The prompt as the model was given it: the statement and what is asked of the answer.",
        "response": "The whole reply: reasoning in `<think>` tags, where the model shows it, and the answer "
        "with one code block.",
        "messages": "The same as two chat turns.",
        "candidate": "Which of the task's candidates this is (`s1`, `s2`, ...).",
        "is_verified": "Whether the program passes all decided cases of a verified task.",
        "is_golden": "Whether this is the candidate that verification chose as the golden solution.",
        "pass_rate": "Share of the decided cases that this program passes; null where not verified.",
        "task_pass_rate": "The mean of that over all candidates of the task; null where not verified.",
        "program_group": "Equal for candidates of a task whose programs differ in layout and comments only.",
        "model_name": "The model that wrote the response.",
    },
    "rl": {
        **_TASK,
        "data_source": "Routes the reward in verl.",
        "prompt": "One user turn: the statement and what is asked of the answer.",
        "ability": "Always `code`.",
        "reward_model": "`ground_truth` is JSON `{inputs, outputs}`; where a method is called, with "
        "`fn_name` and one JSON argument per line of an input. Tests that find out most come first.",
        "extra_info": "`index` is the attempt's number in the build; it does not change between versions. "
        "The rest is what a reward needs beside the tests, for verl passes it nothing else.",
        "entry": "The class and signature to be filled in (LeetCode style), null for a whole program.",
        "checker": "How outputs are compared: `tokens`, by white space; of a called method, as JSON values.",
        "golden_program": "The program that verification chose; it may fail a few cases (see `certificate`).",
        "golden_candidate": "Which candidate that was.",
        "golden_probability": "How probably the golden program is right on all cases (`certificate`).",
        "model_name": "The model that wrote the golden program.",
        "case_weights": "1 to 4 per test, by quartile of input size.",
        "case_kinds": "`nominal`, `complex`, `boundary` or `stress` per test.",
        "cpu_seconds_limit": "CPU time that a run could use.",
        "memory_mb_limit": "Memory that a run could use.",
        "case_kills": "How many wrong candidates and mutants of the golden program each test fails.",
        "ease": "What rows are sorted and cut into files by: the mean of the proxies' pass rates, or "
        "`pass_rate` where there are no proxies.",
        "tests_left_out": "How many further tests are not here, for with them the row would be too large; "
        "`attempts` has all, under the same `draw`.",
    },
    "attempts": {
        **_TASK,
        "task_id": "As in the other configs; null where there was no sound statement.",
        "verdict": "`verified` or `rejected`.",
        "reason": "Why it was rejected, in one word; null where verified.",
        "detail": "Why it was rejected, in one sentence.",
        "statement": "The statement; null where there was no sound one.",
        "drawn_features": "The features that were drawn and offered.",
        "golden_candidate": "The candidate that was chosen; null where rejected.",
        "candidate_count": "How many candidates' replies were readable.",
        "programs": "The candidates' programs, each with the share of decided cases that it passes; one of "
        "`purpose` `brute` is no candidate and ran on small cases only.",
        "cases": "All inputs that were run; `expected` is null where undecided, `weight` where not used; "
        "`stated` is the output that the statement gives for a sample of its own, which never voted.",
        "unread_replies": "Replies that could not be used, and why.",
        "dropped_inputs": "Inputs that were turned down, why, and how they begin.",
        "ballots": "JSON: who answered what to each case, key by key below; null where nothing was run.",
    },
}
MEANINGS[REAL] = {
    **MEANINGS["rl"],
    "task_id": "Hash of the statement, the declaration and the inputs that were kept.",
    "draw": "Null: nothing was drawn.",
    "style": "Null: not known.",
    "features": "Empty: not known.",
    "pass_rate": "Mean over the programs of the share of kept cases that each passes.",
    "solved_rate": "Share of the programs that pass every kept case.",
    "prompt": "One user turn: the statement as it was given and what is asked of the answer.",
    "reward_model": "`ground_truth` is JSON `{inputs, outputs}`, with `fn_name` where a function is called; "
    "test code is under `assert_case`.",
    "extra_info": "`index` is the problem's place among those that were read from its origin. "
    "The rest is what a reward needs beside the tests, for verl passes it nothing else.",
    "entry": "The declaration of the function to be called, `assertions` for test code, null for a program.",
    "checker": "How outputs are compared: a kind, or JSON where it has options.",
    "golden_program": "The vote's choice, else a program that passes all tests; null where there is none.",
    "golden_candidate": "Which program that was.",
    "golden_probability": "By the vote's own estimate; null where it chose none.",
    "model_name": "Null: not known.",
    "case_kinds": "Always `nominal`: not known.",
    "origin": "The data set or the files that the problem is from.",
    "origin_revision": "The commit on the Hub; null for files.",
    "origin_layout": "The layout by which it was read; null for rows in SynthSmith's own format.",
    "origin_id": "The problem's id there.",
    "origin_row": "The file and row there.",
    "origin_licence": "The licence that the row states; null where it states none.",
    "case_names": "What the source, or its layout, calls each test.",
    "case_evidence": "Why each test was kept: `vote` (the label, and the given output where there is one), "
    "`agreement` (no vote; all programs that ended well give the given output), `assertion` (one passes).",
    "ease": "What rows are sorted and cut into files by: `pass_rate`.",
    "tests_left_out": "How many further tests that held are not here, for with them the row would be too "
    "large.",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A line of a fields table."""

    name: str
    type: str
    meaning: str


def fields(config: str) -> tuple[Field, ...]:
    """The fields table of a config, in the order of its columns."""
    meanings = MEANINGS["sft" if config.startswith("sft_") else config]
    columns = PUBLISHED[config].items()
    return tuple(Field(name, type_text(feature), meanings[name]) for name, feature in columns)


def type_text(feature: object) -> str:
    """A feature as people write types: `string`, `list[int32]`, `struct{role, content}`."""
    if isinstance(feature, Value):
        return str(feature.dtype)
    if isinstance(feature, List):
        return f"list[{type_text(feature.feature)}]"
    if isinstance(feature, dict | Features):
        return f"struct{{{', '.join(feature)}}}"
    raise TypeError(f"no words for the feature {feature!r}")
