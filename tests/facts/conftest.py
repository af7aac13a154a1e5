"""The interpreter, asked in the tests' own process: LensKit is imported once."""

import warnings

import pytest

from autoreclab.facts import Interpreter, introspection


class Here(Interpreter):
    def ask(self, question):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return introspection.answer(question)


@pytest.fixture
def here(tmp_path):
    return Here(tmp_path)
