"""A question, a good answer to it, and a model that is asked."""

import json

from autoreclab.models.answers import Judgement
from autoreclab.models.openai import OpenAI

KEY = "sk-secret-of-the-test"
GOOD = {"opinions": [{"requirement": 1, "met": True, "quote": "seed=42", "evidence": "line 3"}]}
TEXT = json.dumps(GOOD)
VALUE = Judgement.model_validate(GOOD)


class Kept(dict):
    """Exchanges in memory."""

    def put(self, key, text):
        assert key not in self, "an answer was paid twice"
        self[key] = text


def model(server, kept=None, *, waits=None, **settings):
    options = {"api_key": KEY, "base_url": server.url, "wait": (waits if waits is not None else []).append} | settings
    return OpenAI("some-model", Kept() if kept is None else kept, **options)


def ask(model, *, step="0001", thing="it"):
    return model.ask("ask", Judgement, step=step, thing=thing)
