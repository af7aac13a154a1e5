"""Who answers a run's questions, by its settings and the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autoreclab.errors import ModelError, SettingError
from autoreclab.settings import Settings

if TYPE_CHECKING:
    from autoreclab.models import Exchanges, Model
    from autoreclab.models.gate import Gate
    from autoreclab.task import Task

DEFAULT_MODEL = "gpt-5-mini"


def default_model() -> str:
    """The model of a run that names none."""
    if os.environ.get("OPENAI_API_KEY"):
        return DEFAULT_MODEL
    click.echo("No OPENAI_API_KEY: the offline researcher (recipes, no language model) does this run.", err=True)
    return "offline"


def access() -> tuple[str, str | None]:
    """Key and address of the endpoint, as the environment gives them."""
    return os.environ.get("OPENAI_API_KEY") or "none", os.environ.get("OPENAI_BASE_URL")


def named_models(settings: Settings) -> str:
    """The model, and the roles that have another: `model gpt-5-mini, judge gpt-5`."""
    from autoreclab.models.replay import original

    others = {} if original(settings.model) else settings.models
    own = [f"{role} {name}" for role, name in others.items() if name != settings.model]
    return ", ".join([f"model {settings.model}", *own])


def check_model(settings: Settings, task: Task, place: Path) -> None:
    """See before anything is written that there are models to ask, with prices where the budget is one in USD.

    Raises `ModelError`, `SettingError`, `TaskError`.
    """
    from autoreclab.exchanges import Unkept
    from autoreclab.models.replay import original

    if original(settings.model):
        model_of(settings, Unkept(), place)
        return
    for name in sorted(set(settings.models.values())):
        if original(name):
            raise SettingError(f"{name} answers for all roles: give it as --model.")
        _check(name, settings, task)


def model_of(settings: Settings, exchanges: Exchanges, place: Path) -> Model:
    """The models that the settings name, each for its role, or the replay; their exchanges are kept there."""
    from autoreclab.budget import Budget
    from autoreclab.models.gate import Gate
    from autoreclab.models.replay import Replay, original
    from autoreclab.models.roles import Roles
    from autoreclab.workspace import Workspace

    gate = Gate(Budget.of(settings), lambda: exchanges.paid)
    if run := original(settings.model):
        return Replay(run, Workspace.open(place).exchanges(run).all(), exchanges, gate)
    made = {name: _of_name(name, settings, exchanges, gate) for name in set(settings.models.values())}
    return Roles({role: made[name] for role, name in settings.models.items()})


def _check(name: str, settings: Settings, task: Task) -> None:
    """See that a model can be asked."""
    if name == "offline":
        from autoreclab.models.offline import check

        check(task)
    elif not (os.environ.get("OPENAI_API_KEY") or os.environ.get("OPENAI_BASE_URL")):
        raise ModelError(f"Model {name} needs OPENAI_API_KEY (or OPENAI_BASE_URL), or choose --model offline.")
    elif settings.max_cost and not _has_price(name):
        raise SettingError(
            f"max-cost: what {name} costs at this endpoint isn't known, so that no sum can be kept to. "
            "Use --max-tokens instead, or choose a --model with a price."
        )


def _has_price(name: str) -> bool:
    from autoreclab.models.chat import OPENAI
    from autoreclab.prices import cost, provider_of
    from autoreclab.usage import Usage

    return cost(name, provider_of(access()[1] or OPENAI), Usage(input_tokens=1)) is not None


def _of_name(name: str, settings: Settings, exchanges: Exchanges, gate: Gate) -> Model:
    """The model of that name."""
    if name == "offline":
        from autoreclab.models.offline import Offline

        return Offline()
    from autoreclab.models.openai import OpenAI

    key, address = access()
    return OpenAI(
        name, exchanges, api_key=key, base_url=address, temperature=settings.temperature,
        timeout=settings.model_timeout, tell=lambda sentence: click.echo(sentence, err=True), gate=gate,
    )  # fmt: skip
