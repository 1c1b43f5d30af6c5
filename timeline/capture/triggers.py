"""The triggers: once per statement, over all rows it touched, whatever wrote them.

**Plans.** A session keeps the plan of a trigger's statement from the first time on. One made for a single row would
join twenty thousand with twenty thousand one by one, and one made for twenty thousand would read whole tables for a
single row. So there are two: what a single row needs is planned once, for one row, and more than one as they come.

**Locks.** Whoever writes a line holds the lock of its row, and looks (a new statement, a new picture) after that. A
statement on the row itself has it; a reply, an edit of a parent and the backfill take it (`locked`). An edit of a
parent also waits for transactions that have just added rows to it: their foreign keys hold the parent's key.

The functions run with the rights of whoever writes, in the schemas that every statement of theirs is looked up in.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from pgtrigger.compiler import Trigger, UpsertTriggerSql

from timeline.capture.sources import REFLECTIONS, Parent, Source
from timeline.capture.writing import follow, redact, redact_all, redact_unsaid, still_said, upsert


def triggers_of(source: Source) -> list[pgtrigger.Trigger]:
    """A line for what comes, follows for what changes, redacted for what goes."""
    return [
        # The keys of new rows are looked up in small tables, so one plan is good for one and for many.
        _trigger("insert", pgtrigger.Insert, f"{upsert(source, 'new_rows')};", new="new_rows"),
        _trigger("update", pgtrigger.Update, _updated(source), new="new_rows", old="old_rows"),
        _trigger(
            "delete",
            pgtrigger.Delete,
            _by_count("old_rows", [redact(source, "SELECT id FROM old_rows")]),
            old="old_rows",
        ),
        _trigger("truncate", pgtrigger.Truncate, f"{redact_all(source)};"),
    ]


def _updated(source: Source) -> str:
    """What changed is written anew; what was said under another type, or another id, no longer is."""
    touched = f"""(SELECT fresh.* FROM new_rows fresh LEFT JOIN old_rows stale ON stale.id = fresh.id
        WHERE stale.id IS NULL OR {_differs(source)})"""  # noqa: S608 (constants of ours)
    changed = f"""SELECT stale.id FROM old_rows stale LEFT JOIN new_rows fresh ON fresh.id = stale.id
        WHERE fresh.id IS NULL OR {_differs(source)}"""  # noqa: S608
    single = [
        upsert(source, "new_rows"),
        redact(source, "SELECT id FROM old_rows", unless=still_said(source, "new_rows")),
    ]
    several = [upsert(source, touched), redact_unsaid(source, changed, touched)]
    return _by_count("new_rows", single, several, only_if=_one_changed(source))


def triggers_of_replies() -> list[pgtrigger.Trigger]:
    """A reply changes the line of its reflection."""
    both = "(SELECT reflection_id FROM new_rows UNION SELECT reflection_id FROM old_rows)"
    everything = follow(REFLECTIONS, REFLECTIONS.table)
    return [
        _trigger("insert", pgtrigger.Insert, _by_count("new_rows", _conversations("new_rows")), new="new_rows"),
        _trigger(
            "update", pgtrigger.Update, _by_count("new_rows", _conversations(both)), new="new_rows", old="old_rows"
        ),
        _trigger("delete", pgtrigger.Delete, _by_count("old_rows", _conversations("old_rows")), old="old_rows"),
        _trigger("truncate", pgtrigger.Truncate, f"{everything};"),
    ]


def _conversations(replies: str) -> list[str]:
    """Lock first: two replies at the same time see each other, because each statement here looks anew."""
    touched = f"{REFLECTIONS.table} WHERE id IN (SELECT reflection_id FROM {replies} touched)"  # noqa: S608
    return [locked(touched), follow(REFLECTIONS, f"(SELECT * FROM {touched})")]  # noqa: S608


def triggers_of_parent(parent: Parent) -> list[pgtrigger.Trigger]:
    """What the lines say of a parent follows the parent."""
    table = parent.model._meta.db_table
    changed = f"SELECT fresh.id FROM new_rows fresh JOIN old_rows stale ON stale.id = fresh.id WHERE {_differs(parent)}"  # noqa: S608
    rows = f"{parent.of.table} WHERE {parent.key} IN ({changed})"
    statements = [
        locked(f"{table} WHERE id IN ({changed})", "UPDATE"),
        locked(rows),
        follow(parent.of, f"(SELECT * FROM {rows})"),  # noqa: S608
    ]
    several = _by_count("new_rows", statements, only_if=_one_changed(parent))
    return [_trigger("update", pgtrigger.Update, several, new="new_rows", old="old_rows")]


def locked(rows: str, strength: str = "NO KEY UPDATE") -> str:
    """Lock rows in one order, so that two who want the same ones wait for each other."""
    return f"SELECT FROM {rows} ORDER BY id FOR {strength}"


def _differs(read: Source | Parent) -> str:
    """Does one of the columns that matter differ between `fresh` and `stale`?"""
    fresh, stale = (", ".join(f"{side}.{name}" for name in read.reads) for side in ("fresh", "stale"))
    return f"({fresh}) IS DISTINCT FROM ({stale})"


def _one_changed(read: Source | Parent) -> str:
    """Has the only row changed in what matters? Most do not: somebody watches on, below the next band."""
    return f"EXISTS (SELECT FROM new_rows fresh, old_rows stale WHERE fresh.id <> stale.id OR {_differs(read)})"


def _by_count(rows: str, single: list[str], several: list[str] | None = None, *, only_if: str = "") -> str:
    """`single` for one row, `several` (or the same) for more, planned as they come; nothing for none."""
    planned_once = " ".join(f"{_performed(statement)};" for statement in single)
    if only_if:
        planned_once = f"IF {only_if} THEN {planned_once} END IF;"
    planned_anew = " ".join(f"EXECUTE $several$ {statement} $several$;" for statement in several or single)
    return f"""
        CASE (SELECT count(*) FROM (SELECT FROM {rows} LIMIT 2) few)
            WHEN 0 THEN NULL;
            WHEN 1 THEN {planned_once}
            ELSE {planned_anew}
        END CASE;
    """  # noqa: S608


def _performed(statement: str) -> str:
    """PL/pgSQL wants another word where nobody looks at what is selected."""
    return f"PERFORM {statement.removeprefix('SELECT ')}" if statement.startswith("SELECT ") else statement


class CaptureSql(UpsertTriggerSql):  # type: ignore[misc]
    """What makes a trigger of ours: as pgtrigger's own, but whether it is told to be silent is asked without a
    function that catches errors, which costs a single row as much as two of its indexes."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}()
            RETURNS TRIGGER AS $$
                BEGIN
                    IF TG_NAME = ANY (nullif(current_setting('pgtrigger.ignore', true), '')::text[]) THEN
                        RETURN NULL;
                    END IF;
                    {func}
                END;
            $$ LANGUAGE plpgsql;

            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE TRIGGER {pgid}
                {when} {operation} ON {table}
                {referencing}
                FOR EACH {level}
                EXECUTE PROCEDURE {pgid}();

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class Capture(pgtrigger.Trigger):  # type: ignore[misc]
    """A trigger of the timeline: after the statement, once."""

    level = pgtrigger.Statement
    when = pgtrigger.After

    def compile(self, model: Any) -> Trigger:
        made = CaptureSql(
            pgid=self.get_pgid(model),
            func=self.render_func(model),
            table=model._meta.db_table,
            when=self.when,
            operation=self.operation,
            referencing=self.referencing or "",
            level=self.level,
        )
        return Trigger(name=self.name, sql=made)


def _trigger(
    name: str, operation: pgtrigger.Operation, does: str, *, new: str | None = None, old: str | None = None
) -> pgtrigger.Trigger:
    return Capture(
        name=f"timeline_{name}",
        operation=operation,
        referencing=pgtrigger.Referencing(new=new, old=old) if new or old else None,
        func=f"{' '.join(does.split())} RETURN NULL;",
    )
