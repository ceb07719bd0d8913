"""The ledger's tables, and what is said to them.

What was asked and what came of it are narrow rows of `replies`, the texts are apart in `texts`: who looks
through a million rows reads some 400 MB and not all that was ever written. What is told while a build runs
needs not even that: triggers keep the sums of `accounts` in the transaction that changes a row.
"""

APPLICATION_ID = 0x5359534D  # "SYSM"
VERSION = 2

_PROMPTS = """
CREATE TABLE IF NOT EXISTS prompts (
    digest BLOB PRIMARY KEY,
    messages BLOB NOT NULL            -- JSON, zlib
) STRICT"""
_REPLIES = """
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,         -- Request.key
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    template TEXT NOT NULL,
    template_digest TEXT NOT NULL,
    prompt BLOB NOT NULL REFERENCES prompts (digest),
    sample INTEGER NOT NULL,
    asked TEXT NOT NULL,              -- the model that was asked
    decoding TEXT NOT NULL,           -- JSON
    endpoints TEXT,                   -- JSON, where it may be asked; NULL where nobody noted it
    failed INTEGER NOT NULL,          -- 1: no reply yet, the next run asks again
    failures INTEGER NOT NULL,        -- how often the endpoint gave nothing
    failure TEXT NOT NULL,            -- what it said the last time
    finish_reason TEXT NOT NULL,
    model TEXT NOT NULL,              -- the model that answered, in its own words
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    error TEXT NOT NULL,
    cached_tokens INTEGER,
    batched INTEGER NOT NULL
) STRICT"""
_COUNTED = ("prompt_tokens", "completion_tokens", "cached_tokens")
_ACCOUNTS = f"""
CREATE TABLE accounts (
    asked TEXT NOT NULL,
    stage TEXT NOT NULL,
    batched INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL, {name}_told INTEGER NOT NULL" for name in _COUNTED)},
    PRIMARY KEY (asked, stage, batched)
) STRICT, WITHOUT ROWID"""
_SUMS = ("requests", "failed", *(f"{name}{part}" for name in _COUNTED for part in ("", "_told")))


def _count(row: str, sign: str) -> str:
    """The statement that adds a row (`new`, `old`) to its account, or takes it away."""
    told = [f"coalesce({row}.{name}, 0), {sign}({row}.{name} IS NOT NULL)" for name in _COUNTED]
    values = f"{sign}1, {sign}{row}.failed, " + ", ".join(sign + one for one in told)
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in _SUMS)
    return (
        f"INSERT INTO accounts (asked, stage, batched, {', '.join(_SUMS)}) "
        f"VALUES ({row}.asked, {row}.stage, {row}.batched, {values}) "
        f"ON CONFLICT (asked, stage, batched) DO UPDATE SET {added};"
    )


SCHEMA = (
    _PROMPTS,
    _REPLIES,
    "CREATE INDEX failed_replies ON replies (id) WHERE failed = 1",
    "CREATE INDEX useless_replies ON replies (error) WHERE error <> ''",
    "CREATE TABLE texts (id INTEGER PRIMARY KEY REFERENCES replies (id), text BLOB NOT NULL) STRICT",  # zlib
    _ACCOUNTS,
    f"CREATE TRIGGER reply_added AFTER INSERT ON replies BEGIN {_count('new', '+')} END",
    f"CREATE TRIGGER reply_removed AFTER DELETE ON replies BEGIN {_count('old', '-')} END",
    "CREATE TRIGGER reply_changed AFTER UPDATE ON replies "
    f"BEGIN {_count('old', '-')} {_count('new', '+')} END",
    """CREATE TABLE owners (
        id INTEGER PRIMARY KEY,       -- a random number
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        started INTEGER NOT NULL,     -- the process, in the kernel's ticks since it booted
        until REAL NOT NULL           -- seconds since 1970: its claims are void from then on
    ) STRICT""",
    """CREATE TABLE claims (
        key BLOB PRIMARY KEY,         -- Request.key of a request in flight
        owner INTEGER NOT NULL REFERENCES owners (id),
        asked TEXT NOT NULL,
        stage TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
UPGRADE = (  # of version 1, where failures had their sentence in `error` and an empty text
    "ALTER TABLE replies RENAME TO old",
    *SCHEMA,
    """INSERT INTO replies SELECT id, key, stage, subject, template, template_digest, prompt, sample, asked,
        decoding, NULL, failed, failed, iif(failed, error, ''), finish_reason, model, prompt_tokens,
        completion_tokens, iif(failed, '', error), NULL, 0 FROM old""",
    "INSERT INTO texts SELECT id, text FROM old WHERE NOT failed",
    "DROP TABLE old",
)

# What the latest try of a request tells; the rest of a row stays, or counts the tries.
_LATEST = (
    *("endpoints", "failed", "finish_reason", "model", "prompt_tokens", "completion_tokens", "error"),
    *("cached_tokens", "batched"),
)
_COLUMNS = (
    *("key", "stage", "subject", "template", "template_digest", "prompt", "sample", "asked", "decoding"),
    *("failures", "failure", *_LATEST),
)
HAS_PROMPT = "SELECT 1 FROM prompts WHERE digest = ?"
INSERT_PROMPT = "INSERT INTO prompts (digest, messages) VALUES (?, ?)"
INSERT_REPLY = f"""
INSERT INTO replies ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
ON CONFLICT (key) DO UPDATE SET
    failures = failures + excluded.failures, failure = iif(excluded.failed, excluded.failure, failure),
    {", ".join(f"{name} = excluded.{name}" for name in _LATEST)}
WHERE failed = 1
RETURNING id
"""
INSERT_TEXT = "INSERT INTO texts (id, text) VALUES (?, ?)"
ASKED = "stage, subject, template, template_digest, messages, sample, asked, decoding, endpoints"
ANSWER = "text, finish_reason, model, prompt_tokens, completion_tokens, error, cached_tokens, batched"
SELECT_REPLY = f"SELECT {ANSWER} FROM replies JOIN texts USING (id) WHERE key = ?"
SELECT_ACCOUNT = """
SELECT asked, stage, requests, failed, iif(prompt_tokens_told, prompt_tokens, NULL),
    iif(completion_tokens_told, completion_tokens, NULL), requests - failed - completion_tokens_told,
    iif(cached_tokens_told, cached_tokens, NULL), batched
FROM accounts WHERE requests > 0 ORDER BY asked, stage, batched
"""
