"""Templates to prompts, strictly: the same values give the same bytes, and a missing value is an error.

Values are text to be shown, never templates: what a model or a user wrote is not evaluated, whatever it looks
like.
"""

import hashlib
import json
from functools import cache

from jinja2 import PackageLoader, StrictUndefined, meta
from jinja2.sandbox import SandboxedEnvironment
from synthsmith.prompts.sections import REQUIRED_SECTIONS

_SUFFIX = ".jinja"


@cache
def environment() -> SandboxedEnvironment:
    """The one Jinja environment: sandboxed, undefined names are errors, nothing is escaped."""
    env = SandboxedEnvironment(
        loader=PackageLoader("synthsmith.prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        auto_reload=False,
    )
    env.filters["json"] = _json
    env.globals = {"REQUIRED_SECTIONS": REQUIRED_SECTIONS}
    return env


def _json(value: object) -> str:
    """JSON as a person would write it: indented, in the given order, no letter escaped without need."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False, allow_nan=False)


def templates() -> tuple[str, ...]:
    """The names of the templates, sorted; those that begin with `_` are parts of others and not listed."""
    names = environment().list_templates(extensions=[_SUFFIX[1:]])
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if not name.startswith("_")))


def render(template: str, /, **values: object) -> str:
    """The prompt: the template filled with exactly the values that it uses; TypeError on any other set."""
    wanted = _values(template)
    if wanted != values.keys():
        names = f"missing {sorted(wanted - values.keys())}, not used {sorted(values.keys() - wanted)}"
        raise TypeError(f"the template {template!r} takes {sorted(wanted)}: {names}")
    return environment().get_template(template + _SUFFIX).render(values)


def template_digest(template: str) -> str:
    """The SHA-256 (hex) of the template's source and, in order of their names, of all parts it is made of."""
    digest = hashlib.sha256()
    for name in sorted(_parts(template + _SUFFIX)):
        digest.update(f"{name}\0{_source(name)}\0".encode())
    return digest.hexdigest()


@cache
def _values(template: str) -> frozenset[str]:
    """The names that the template and its parts use and do not set themselves."""
    names: set[str] = set()
    for part in _parts(template + _SUFFIX):
        names |= meta.find_undeclared_variables(environment().parse(_source(part)))
    return frozenset(names - environment().globals.keys())


@cache
def _parts(name: str) -> frozenset[str]:
    """The template's file name and those of all that it includes, however deep."""
    found = {name}
    for part in meta.find_referenced_templates(environment().parse(_source(name))):
        if part is None:
            raise ValueError(f"{name} includes a template whose name is computed; name it plainly")
        found |= _parts(part)
    return frozenset(found)


@cache
def _source(name: str) -> str:
    env = environment()
    assert env.loader is not None
    return env.loader.get_source(env, name)[0]
