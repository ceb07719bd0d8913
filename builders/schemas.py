"""The columns of every config, as `datasets.Features`.

The first columns are those that the trainers ask for (ms-swift: query, response; verl: data_source to
extra_info). Ours come after them, under names that no trainer takes for its own (`ALIASES`). Texts of tests
and certificates are `large_string`, never `Json()`, which turns "1.0" into a float and 10**20 into a string.
New columns go last, so that a new version of a published data set uploads only what is new.
"""

from datasets import Features, List, Value

# Names that ms-swift (dataset/preprocessor/core.py) or TRL read as theirs: stray columns would be trained on.
# fmt: off
ALIASES = frozenset({
    "query", "prompt", "input", "instruction", "question", "problem", "response", "answer", "output",
    "targets", "target", "answer_key", "answers", "solution", "text", "completion", "content",
    "messages", "conversations", "system", "history", "rejected_response", "rejected_messages", "label",
    "tools", "images", "videos", "audios", "objects", "channel", "loss", "loss_scale", "chosen",
    "rejected", "margin",
})
# fmt: on

_TEXT, _LARGE, _COUNT, _RATE = Value("string"), Value("large_string"), Value("int32"), Value("float64")
_MESSAGES = List({"role": _TEXT, "content": _TEXT})

_STRENGTH = {
    "kill_rate": _RATE,
    "false_kill_rate": _RATE,
    "mutants_made": _COUNT,
    "mutants_killed": _COUNT,
    "is_suite_weak": Value("bool"),
}
_PROXIES = List({"model_name": _TEXT, "sample_count": _COUNT, "pass_rate": _RATE, "solved_rate": _RATE})

_JUDGED_BY = {"entry": _TEXT, "checker": _LARGE, "cpu_seconds_limit": _RATE, "memory_mb_limit": _COUNT}
# What came to `rl` after it was first written; behind all other columns there and in `rl_real`.
_RL_LATER = {"ease": _RATE, "tests_left_out": _COUNT}

SFT = Features(
    {
        "query": _TEXT,
        "response": _TEXT,
        "messages": _MESSAGES,
        "task_id": _TEXT,
        "draw": _TEXT,
        "candidate": _TEXT,
        "style": _TEXT,
        "features": List(_TEXT),
        "is_verified": Value("bool"),
        "is_golden": Value("bool"),
        "pass_rate": _RATE,
        "task_pass_rate": _RATE,
        "program_group": _COUNT,
        "program_language": _TEXT,
        "model_name": _TEXT,
        "starter_code": _TEXT,
    }
)
RL = Features(
    {
        "data_source": _TEXT,
        "prompt": _MESSAGES,
        "ability": _TEXT,
        "reward_model": {"style": _TEXT, "ground_truth": _LARGE},
        "extra_info": {"split": _TEXT, "index": Value("int64"), **_JUDGED_BY},
        "task_id": _TEXT,
        "draw": _TEXT,
        "style": _TEXT,
        "features": List(_TEXT),
        "entry": _TEXT,
        "checker": _LARGE,
        "pass_rate": _RATE,
        "solved_rate": _RATE,
        "golden_program": _LARGE,
        "golden_candidate": _TEXT,
        "golden_probability": _RATE,
        "program_language": _TEXT,
        "model_name": _TEXT,
        "case_weights": List(_COUNT),
        "case_kinds": List(_TEXT),
        "cpu_seconds_limit": _RATE,
        "memory_mb_limit": _COUNT,
        "certificate": _LARGE,
        "case_kills": List(_COUNT),
        **_STRENGTH,
        "proxies": _PROXIES,
        **_RL_LATER,
    }
)
RL_REAL = Features(
    {
        **{name: feature for name, feature in RL.items() if name not in _RL_LATER},
        "origin": _TEXT,
        "origin_revision": _TEXT,
        "origin_layout": _TEXT,
        "origin_id": _TEXT,
        "origin_row": _TEXT,
        "origin_licence": _TEXT,
        "case_names": List(_TEXT),
        "case_evidence": List(_TEXT),
        **_RL_LATER,
    }
)
ATTEMPTS = Features(
    {
        "draw": _TEXT,
        "task_id": _TEXT,
        "verdict": _TEXT,
        "reason": _TEXT,
        "detail": _LARGE,
        "style": _TEXT,
        "statement": _TEXT,
        "starter_code": _TEXT,
        "drawn_features": List(_TEXT),
        "features": List(_TEXT),
        "pass_rate": _RATE,
        "solved_rate": _RATE,
        "golden_candidate": _TEXT,
        "candidate_count": _COUNT,
        "programs": List(
            {
                "candidate": _TEXT,
                "model_name": _TEXT,
                "program_language": _TEXT,
                "program_group": _COUNT,
                "pass_rate": _RATE,
                "program": _LARGE,
                "purpose": _TEXT,
            }
        ),
        "cases": List(
            {
                "case": _TEXT,
                "kind": _TEXT,
                "weight": _COUNT,
                "input": _LARGE,
                "expected": _LARGE,
                "stated": _LARGE,
            }
        ),
        "unread_replies": List(
            {"stage": _TEXT, "sample_index": _COUNT, "model_name": _TEXT, "detail": _LARGE}
        ),
        "dropped_inputs": List({"case": _TEXT, "detail": _LARGE, "head": _LARGE}),
        "certificate": _LARGE,
        **_STRENGTH,
        "proxies": _PROXIES,
        "ballots": _LARGE,
    }
)
# The configs that attempts give, in the order in which they are shown.
SCHEMAS = {
    "sft_verified": SFT,
    "sft_unique_prompt": SFT,
    "sft_multiple_solution": SFT,
    "sft_hybrid": SFT,
    "rl": RL,
    "attempts": ATTEMPTS,
}
REAL = "rl_real"  # problems made elsewhere, verified
PUBLISHED = {**SCHEMAS, REAL: RL_REAL}  # all that a published data set may have
