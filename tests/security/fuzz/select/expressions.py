"""Expressions of S3 Select: made by the dialect's grammar, and then changed at a token or two."""

from __future__ import annotations

from hypothesis import strategies as st

_PLAIN = (
    *(
        "_1",
        "_2",
        "s._1",
        "s._3",
        "1",
        "-1",
        "0",
        "2.5",
        "1e3",
        "1e400",
        "'a'",
        "'%a_'",
        "NULL",
        "TRUE",
        "UTCNOW()",
        "`2026T`",
    ),
    *(
        "CAST('2026-02-28T23:59:59.999-23:59' AS TIMESTAMP)",
        "CAST('0001-01-01T' AS TIMESTAMP)",
        "CAST('9999-12-31T' AS TIMESTAMP)",
    ),
    *(
        "CAST(_1 AS FLOAT)",
        "CAST(_2 AS DECIMAL)",
        "CAST('1e308' AS FLOAT)",
        "CAST('-0' AS FLOAT)",
        "`1e400`",
        "9223372036854775807",
    ),
)
_COLUMNS = (
    *(
        "s.a",
        "s.b",
        "_1",
        "_2",
        "s._3",
        "s.name",
        '"s"."a"',
        "s",
        "S3Object",
        "s[0]",
        "s.a[1]",
        "s.a.b",
        "s.a['b']",
    ),
    *("s.*", "_0", "_999999", "s.nosuch", "*", "s[*]", "s.a[99999999999999999999]"),
)
_LITERALS = (
    *("0", "1", "-1", "9223372036854775807", "9223372036854775808", "1.5", ".5", "1.", "1e9", "1e400", "1e-400"),
    *("1e9999999999", "1e99999999999999999999", "1e-99999999999999999999", "0e0", "0.0", "00012", "9" * 50, "0." + "9" * 50),
    *("NULL", "MISSING", "TRUE", "FALSE", "''", "'a'", "'%a_'", "'\\'", "'é\U0001f600'", "'NaN'", "'Infinity'", "'-0'", "'1e400'"),
    *("'2026-01-01T'", "'2026-02-29T00:00:00Z'", "'0001-01-01T00:00:00+23:59'", "'9999-12-31T23:59:59.999-23:59'"),
    *("`1`", "`1e5`", "`2026T`", "`nan`", "`+inf`", "`\"a\"`", "`{}`", "`9e99999999999999999999`", "`null`", "`-`"),
    *("'yyyy-MM-dd''T''HH:mm:ss.SSSX'", "'y'", "'yyyy MMMM d'", "'h a'", "'S'", "'" + "S" * 200 + "'", "'MMMMM'", "'x'", "''''"),
)  # fmt: skip
_BINARY = ("+", "-", "*", "/", "%", "||", "=", "<>", "!=", "<", "<=", ">", ">=", "AND", "OR", "LIKE")
_FUNCTIONS = (
    *(
        "LOWER",
        "UPPER",
        "CHAR_LENGTH",
        "CHARACTER_LENGTH",
        "COALESCE",
        "NULLIF",
        "TO_STRING",
        "TO_TIMESTAMP",
        "UTCNOW",
    ),
    *("SUBSTRING", "TRIM", "COUNT", "SUM", "AVG", "MIN", "MAX", "NOSUCH"),
)
_TYPES = (
    "BOOL",
    "INT",
    "STRING",
    "FLOAT",
    "DECIMAL",
    "TIMESTAMP",
    "DECIMAL(10, 2)",
    "DOUBLE PRECISION",
    "CHAR(1)",
    "BLOB",
)
_PARTS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TIMEZONE_HOUR", "TIMEZONE_MINUTE", "WEEK")
_SOURCES = (
    "S3Object s",
    "S3Object s",
    "S3Object s",
    "S3Object",
    "S3Object[*] s",
    "S3Object[*].a s",
    "S3Object.a[0].b s",
    "S3Object[*].*[*] AS s",
    "other s",
)
_PIECES = (
    *(*_BINARY, "(", ")", "[", "]", ",", ".", "*", "'", '"', "`", ";", "--", "\n", "SELECT", "FROM", "WHERE", "LIMIT", "CASE"),
    *("WHEN", "END", "AS", "CAST", "IN", "BETWEEN", "NOT", "IS", "ESCAPE", "GROUP", "DISTINCT", "\x00", "é", "$", "?", "@"),
)  # fmt: skip


def _joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    given = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*given).map(" ".join)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return what is made of smaller expressions."""
    listed = st.lists(inner, max_size=3).map(", ".join)
    part = st.sampled_from(_PARTS)
    moment = st.one_of(_joined("CAST(", inner, "AS TIMESTAMP)"), st.just("UTCNOW()"), inner)
    return st.one_of(
        _joined(inner, st.sampled_from(_BINARY), inner),
        _joined("(", inner, ")"),
        _joined(st.sampled_from(("-", "+", "NOT")), inner),
        _joined(st.sampled_from(_FUNCTIONS), "(", listed, ")"),
        _joined("CAST(", inner, "AS", st.sampled_from(_TYPES), ")"),
        _joined("CASE WHEN", inner, "THEN", inner, "ELSE", inner, "END"),
        _joined("CASE", inner, "WHEN", inner, "THEN", inner, "END"),
        _joined(inner, st.sampled_from(("IN", "NOT IN")), "(", listed, ")"),
        _joined(inner, "BETWEEN", inner, "AND", inner),
        _joined(inner, "LIKE", inner, "ESCAPE", inner),
        _joined(inner, st.sampled_from(("IS NULL", "IS NOT MISSING", "IS 1"))),
        _joined("DATE_ADD(", part, ",", inner, ",", moment, ")"),
        _joined("DATE_DIFF(", part, ",", moment, ",", moment, ")"),
        _joined("EXTRACT(", part, "FROM", moment, ")"),
        _joined("TO_STRING(", moment, ",", st.sampled_from(_LITERALS[-9:]), ")"),
        _joined("TO_TIMESTAMP(", inner, ",", st.sampled_from(_LITERALS[-9:]), ")"),
        _joined("SUBSTRING(", inner, "FROM", inner, "FOR", inner, ")"),
        _joined("TRIM(", st.sampled_from(("LEADING", "BOTH", "")), inner, "FROM", inner, ")"),
    )


_VALUES = st.recursive(
    st.one_of(st.sampled_from(_PLAIN), st.sampled_from(_PLAIN), st.sampled_from((*_COLUMNS, *_LITERALS))),
    _larger,
    max_leaves=8,
)
_PROJECTION = _joined(_VALUES, st.sampled_from(("", "", 'AS "a"', "b", "AS 1")))
_QUERIES = _joined(
    "SELECT",
    st.one_of(st.just("*"), st.lists(_PROJECTION, min_size=1, max_size=3).map(", ".join)),
    "FROM",
    st.sampled_from(_SOURCES),
    st.one_of(st.just(""), _joined("WHERE", _VALUES)),
    st.sampled_from(("", "", "LIMIT 1", "LIMIT 0", "LIMIT -1", "LIMIT 99999999999999999999", "LIMIT x")),
)


@st.composite
def _changed(draw: st.DrawFn) -> str:
    """Return a query with a token less, one more, or another one."""
    tokens = draw(_QUERIES).split(" ")
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(tokens)))
        put = draw(st.sampled_from(((), draw(st.sampled_from(_PIECES)))))
        tokens[at : at + draw(st.integers(0, 1))] = [put] if put else []
    return " ".join(tokens)


QUERIES = st.one_of(_QUERIES, _QUERIES, _changed())
