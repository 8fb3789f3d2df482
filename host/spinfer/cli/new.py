"""`spinfer new`: an app to begin with."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from spinfer.errors import ConfigError
from spinfer.templates import writing
from spinfer.templates.catalogue import NAME, TEMPLATES, Template, find

EPILOG = "\b\nTemplates:\n" + "\n".join(f"  {it.id:<16}{it.description}" for it in TEMPLATES.values())


@click.command(epilog=EPILOG)
@click.argument("name", metavar="[NAME]", required=False)
@click.option("-t", "--template", "template_id", metavar="TEMPLATE", help="What to begin with.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where to write it.  [default: a new folder of the app's name]",
)
@click.option("--value", "given", multiple=True, metavar="KEY=VALUE", help="Answer a question. Repeatable.")
@click.option(
    "-a", "--accept-defaults", is_flag=True, help="Ask nothing: take the defaults for what is not given."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing when it is done.")
def new(
    name: str | None,
    template_id: str | None,
    output: Path | None,
    given: tuple[str, ...],
    accept_defaults: bool,
    quiet: bool,
) -> None:
    """Write a new app, which builds and answers as it is.

    \b
      spinfer new
      spinfer new -t http-py-llm my-app
      spinfer new -t http-js-llm my-app --accept-defaults --value "route=/api/..."
    """
    try:
        template = find(template_id or _template(ask=not accept_defaults))
        name = name or _name(ask=not accept_defaults)
        writing.check_name(name)
        answers = dict(_values(given))
        writing.check_values(template, answers)
        values = {NAME: name, **_answers(template, answers, ask=not accept_defaults)}
    except click.Abort as e:
        if not isinstance(e.__context__, EOFError):  # it was Ctrl-C
            raise
        raise ConfigError("nobody answers here", where="spinfer new", cure=_CURE) from e
    folder = output or Path(name)
    writing.write(template, values, folder)
    if not quiet:
        click.echo(f"{name}: written to {folder}/. To see it answer:\n")
        click.echo("\n".join(f"  {step}" for step in (f"cd {shlex.quote(str(folder))}", *template.steps)))


_CURE = "Pass NAME, --template and --accept-defaults."


def _template(*, ask: bool) -> str:
    if not ask:
        raise ConfigError("which template?", where="--template", cure=f"There are {', '.join(TEMPLATES)}.")
    for template in TEMPLATES.values():
        click.echo(f"  {template.id:<16}{template.description}")
    return str(click.prompt("Template", type=click.Choice(list(TEMPLATES)), show_choices=False))


def _name(*, ask: bool) -> str:
    if not ask:
        raise ConfigError("what is the app called?", where="NAME", cure="Give a name: spinfer new my-app")
    return str(click.prompt("Name"))


def _values(given: Iterable[str]) -> Iterator[tuple[str, str]]:
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"`{text}` answers nothing", where="--value", cure="Write KEY=VALUE.")
        yield key, value


def _answers(template: Template, given: dict[str, str], *, ask: bool) -> dict[str, str]:
    answers = {}
    for question in template.questions:
        if question.key in given:
            answers[question.key] = given[question.key]
        elif ask:
            answers[question.key] = str(click.prompt(question.text, default=question.default))
        else:
            answers[question.key] = question.default
    return answers
