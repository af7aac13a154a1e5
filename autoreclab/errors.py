"""What can go wrong with autoreclab itself. A failed experiment is not here: it is a value, an `Execution`.

AutoreclabError            a sentence for the user, shown without a traceback
├── TaskError              the task file or its front matter can't be used
├── SettingError           an option or a variable has a value that can't be used
├── DataError              a dataset is missing, malformed or not what it should be
├── WorkspaceError         git refuses, or the workspace isn't one
│   └── Conflict           a ref moved under us; read again and retry
├── ReportError            a report is missing, or says what no file bears out
├── SandboxError           an experiment can't be started at all
├── ClusterError           a cluster can't be reached, or its workers can't run experiments
├── WorkerLost             what ran an experiment was killed from outside, or vanished; it is run once more
├── PackageError           packages that experiments need can't be had
├── PromptError            a prompt template is missing or wrong
├── ModelError             the language model can't be used (exit status 3)
└── BudgetSpent            a step would pass the run's budget: the search ends and reports, which is no failure
"""


class AutoreclabError(Exception):
    """The thing, the reason and the next step, in one or two sentences."""

    exit_status = 1


class TaskError(AutoreclabError):
    """The task file or its front matter can't be used."""


class SettingError(AutoreclabError):
    """An option or a variable has a value that can't be used."""

    exit_status = 2


class DataError(AutoreclabError):
    """A dataset is missing, malformed or not what it should be."""


class WorkspaceError(AutoreclabError):
    """Git refuses, or the workspace isn't one."""


class Conflict(WorkspaceError):
    """A ref is not where it was read; read again and retry."""


class ReportError(AutoreclabError):
    """A report is missing, or says what no file bears out."""


class SandboxError(AutoreclabError):
    """An experiment can't be started at all."""


class ClusterError(AutoreclabError):
    """A cluster can't be reached, or its workers can't run experiments as this machine would."""


class WorkerLost(AutoreclabError):
    """What ran an experiment was killed from outside, or vanished: that says nothing of the experiment."""


class PackageError(AutoreclabError):
    """Packages that experiments need can't be had."""


class PromptError(AutoreclabError):
    """A prompt template is missing or wrong."""


class ModelError(AutoreclabError):
    """The language model can't be reached, refuses, or answers nonsense twice."""

    exit_status = 3


class BudgetSpent(AutoreclabError):
    """A question or an execution would pass the run's budget."""
