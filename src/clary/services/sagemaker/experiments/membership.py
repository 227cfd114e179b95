"""Which trial components are in which trials: rows of a table of their own. Knows no operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from clary.plane import Record
from clary.store.api import In, Tx

_TABLE = "sagemaker_trial_member"
Parents = list[dict[str, str]]


def add(tx: Tx, trial: Record, component: str) -> None:
    """Put a component into a trial; it may be there already."""
    tx.sql(
        f"insert into {_TABLE} (scope, trial, component, experiment) values (?, ?, ?, ?)"
        " on conflict (scope, trial, component) do nothing",
        *(trial.scope, trial.id, component, trial.spec["ExperimentName"]),
    )


def remove(tx: Tx, trial: Record, component: str) -> None:
    """Take a component out of a trial, where it may not be."""
    tx.sql(
        f"delete from {_TABLE} where scope = ? and trial = ? and component = ?",
        *(trial.scope, trial.id, component),
    )


def has_components(tx: Tx, trial: Record) -> bool:
    """Return whether anything is in a trial."""
    return bool(
        tx.sql(f"select 1 from {_TABLE} where scope = ? and trial = ? limit 1", trial.scope, trial.id)
    )


def has_trials(tx: Tx, component: Record) -> bool:
    """Return whether a component is in any trial."""
    found = tx.sql(
        f"select 1 from {_TABLE} where scope = ? and component = ? limit 1", component.scope, component.id
    )
    return bool(found)


def components_in(scope: str, **of: str) -> In:
    """Return the condition for the components of a `trial`, of an `experiment`, or of both."""
    return In(_TABLE, "component", {"scope": scope, **of})


def trials_of(scope: str, component: str) -> In:
    """Return the condition for the trials that a component is in."""
    return In(_TABLE, "trial", {"scope": scope, "component": component})


def parents(tx: Tx, scope: str, components: Iterable[str]) -> dict[str, Parents]:
    """Return the trials of some components with their experiments, as Search shows them."""
    wanted = list(components)
    found: dict[str, Parents] = defaultdict(list)
    if wanted:
        marks = ", ".join("?" for _ in wanted)
        statement = (
            f"select component, trial, experiment from {_TABLE} where scope = ? and component in ({marks})"
        )
        for component, trial, experiment in tx.sql(f"{statement} order by component, trial", scope, *wanted):
            found[component].append({"TrialName": trial, "ExperimentName": experiment})
    return found


def components(tx: Tx, scope: str, trial: str, most: int) -> list[str]:
    """Return the names of the components of a trial, at most so many."""
    statement = f"select component from {_TABLE} where scope = ? and trial = ? order by component limit ?"
    return [name for (name,) in tx.sql(statement, scope, trial, most)]
