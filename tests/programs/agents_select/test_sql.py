"""The dialect. Oracle: the examples of "SQL reference for Amazon S3 Select"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference.html), and what users report of AWS where it says nothing."""

from __future__ import annotations

import json

import pytest


def value(over_json, expression, document="{}"):
    """What an expression is for one document, as JSON."""
    found = over_json(f"SELECT {expression} AS v FROM S3Object s", document)
    assert found.error == ""
    return json.loads(found.text).get("v", "MISSING")


def error(over_json, expression, document="{}"):
    return over_json(f"SELECT {expression} FROM S3Object s", document).error


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("7.5 % 2", 1.5),
        ("(1 + 2) * 3", 9),
        ("1 < 2 AND NOT 2 < 1 OR 1 = 2", True),
        ("5 BETWEEN 1 AND 5", True),
        ("5 NOT BETWEEN 1 AND 4", True),
        ("'b' IN ('a', 'b')", True),
        ("'b' IN ['a', 'b']", True),  # MinIO's issue 8422: AWS takes both forms
        ("'c' NOT IN ('a', 'b')", True),
        ("NULL IN (1)", None),
        ("NULL = NULL", None),
        ("NULL IS NULL", True),
        ("s.none IS MISSING", True),
        ("s.none IS NULL", True),
        ("NULL IS MISSING", False),
        ("1 IS NOT NULL", True),
        ("NULL AND FALSE", False),
        ("NULL OR TRUE", True),
        ("'a' = 1", False),  # MinIO's pull request 8608: types that do not match are not equal
        ("'a' <> 1", True),
        ("'a' || 'b'", "ab"),
        ("CAST(0.5 AS FLOAT) = 0.5", True),
        ("0.1 + 0.2 = 0.3", True),
        ("'5' >= '41'", True),  # aws-sdk-js' issue 3343: texts are compared as texts
    ],
)
def test_operators(over_json, expression, expected):
    assert value(over_json, expression) == expected


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("abc", "'a%'", True),
        ("abc", "'a_c'", True),
        ("abc", "'a_'", False),
        ("abc", "'%b%'", True),
        ("abc", "'%d%'", False),
        ("abcabc", "'a%_bc'", True),
        ("a%c", "'a!%c' ESCAPE '!'", True),
        ("abc", "'a!%c' ESCAPE '!'", False),
        ("a.c", "'a.c'", True),
        ("abc", "'a.c'", False),
        ("", "'%'", True),
        ("ab", "'ab%ab'", False),
        ("Xab", "'%_ab'", True),
    ],
)
def test_like(over_json, text, pattern, expected):
    assert value(over_json, f"s.t LIKE {pattern}", json.dumps({"t": text})) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("DATE_ADD(year, 5, `2010-01-01T`)", "2015-01-01T"),
        ("DATE_ADD(month, 1, `2010T`)", "2010-02T"),
        ("DATE_ADD(month, 13, `2010T`)", "2011-02T"),
        ("DATE_ADD(month, 1, `2020-01-31T`)", "2020-02-29T"),
        ("DATE_ADD(day, -1, `2017-01-10T`)", "2017-01-09T"),
        ("DATE_ADD(hour, 1, `2017T`)", "2017-01-01T01:00-00:00"),
        ("DATE_ADD(hour, 1, `2017-01-02T03:04Z`)", "2017-01-02T04:04Z"),
        ("DATE_ADD(minute, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:05:05.006Z"),
        ("DATE_ADD(second, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:04:06.006Z"),
        ("DATE_DIFF(year, `2010-01-01T`, `2011-01-01T`)", 1),
        ("DATE_DIFF(month, `2010T`, `2010-05T`)", 4),
        ("DATE_DIFF(month, `2010T`, `2011T`)", 12),
        ("DATE_DIFF(month, `2011T`, `2010T`)", -12),
        ("DATE_DIFF(day, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", 0),
        ("EXTRACT(YEAR FROM `2010-01-01T`)", 2010),
        ("EXTRACT(MONTH FROM `2010T`)", 1),
        ("EXTRACT(MONTH FROM `2010-10T`)", 10),
        ("EXTRACT(HOUR FROM `2017-01-02T03:04:05+07:08`)", 3),
        ("EXTRACT(MINUTE FROM `2017-01-02T03:04:05+07:08`)", 4),
        ("EXTRACT(TIMEZONE_HOUR FROM `2017-01-02T03:04:05+07:08`)", 7),
        ("EXTRACT(TIMEZONE_MINUTE FROM `2017-01-02T03:04:05+07:08`)", 8),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "July 20, 1969"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MMM d, yyyy')", "Jul 20, 1969"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MM-d-y')", "07-20-1969"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y h:m a')", "July 20, 1969 8:18 PM"),
        ("TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "1969-07-20T20:18:00Z"),
        ("TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXX')", "1969-07-20T20:18:00+0800"),
        ("TO_STRING(`1969-07-20T20:18+08:00`, 'y-MM-dd''T''H:m:ssXXXXX')", "1969-07-20T20:18:00+08:00"),
        ("TO_TIMESTAMP('2007T')", "2007T"),
        ("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T12:14:33.079-08:00"),
        ("TO_TIMESTAMP('2016', 'y')", "2016T"),
        ("TO_TIMESTAMP('02-2016', 'MM-yyyy')", "2016-02T"),
        ("TO_TIMESTAMP('Feb 2016', 'MMM yyyy')", "2016-02T"),
        ("TO_TIMESTAMP('February 2016', 'MMMM yyyy')", "2016-02T"),
        ("`2017-01-02T03:04Z` = `2017-01-02T04:04+01:00`", True),
        ("CAST('2007-04-05T14:30Z' AS TIMESTAMP) < UTCNOW()", True),
    ],
)
def test_dates(over_json, expression, expected):
    assert value(over_json, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SUBSTRING('123456789', 0)", "123456789"),
        ("SUBSTRING('123456789', 1)", "123456789"),
        ("SUBSTRING('123456789', 2)", "23456789"),
        ("SUBSTRING('123456789', -4)", "123456789"),
        ("SUBSTRING('123456789', 0, 999)", "123456789"),
        ("SUBSTRING('123456789', 1, 5)", "12345"),
        ("SUBSTRING('123456789' FROM 2 FOR 3)", "234"),
        ("TRIM('       foobar         ')", "foobar"),
        ("TRIM(' \t  foobar\t   ')", "\t  foobar\t"),
        ("TRIM(LEADING FROM '       foobar         ')", "foobar         "),
        ("TRIM(TRAILING FROM '       foobar         ')", "       foobar"),
        ("TRIM(BOTH FROM '       foobar         ')", "foobar"),
        ("TRIM(BOTH '12' FROM '1112211foobar22211122')", "foobar"),
        ("UPPER('AbCdEfG!@#$')", "ABCDEFG!@#$"),
        ("LOWER('AbCdEfG!@#$')", "abcdefg!@#$"),
        ("CHAR_LENGTH('')", 0),
        ("CHARACTER_LENGTH('abcdefg')", 7),
        ("COALESCE(1)", 1),
        ("COALESCE(NULL, NULL, 'string')", "string"),
        ("COALESCE(s.missing, 5)", 5),
        ("NULLIF(1, 1)", None),
        ("NULLIF(1, 2)", 1),
        ("NULLIF('x', NULL)", "x"),
        ("CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END", "b"),
        ("CASE WHEN s.missing > 1 THEN 'a' END", None),
        ("CAST('1' AS INT)", 1),
        ("CAST('TRUE' AS BOOL)", True),
        ("CAST(1.9 AS INTEGER)", 1),
        ("CAST(TRUE AS INT)", 1),
        ("CAST(12 AS STRING)", "12"),
        ("CAST('1.50' AS DECIMAL(3, 1)) = 1.5", True),
        ("CAST(NULL AS INT)", None),
        ("UPPER(NULL)", None),
    ],
)
def test_functions(over_json, expression, expected):
    assert value(over_json, expression) == expected


RULES = """{ "Rules": [ {"id": "1"}, {"expr": "y > x"}, {"id": "2", "expr": "z = DEBUG"} ]}
{ "created": "June 27", "modified": "July 6" }"""
FILES = """{"created": "936864000", "dir_name": "important_docs",
 "files": [{"name": "."}, {"name": ".."}], "owner": "AWS S3"}
{"created": "936864000", "dir_name": "other_docs", "files": [{"name": "."}], "owner": "User"}"""


def test_paths_of_from(over_json):
    found = over_json("SELECT id FROM S3Object[*].Rules[*].id", RULES)
    assert found.text == '{"id":"1"}\n{}\n{"id":"2"}\n{}\n'
    found = over_json("SELECT id FROM S3Object[*].Rules[*].id WHERE id IS NOT MISSING", RULES)
    assert found.text == '{"id":"1"}\n{"id":"2"}\n'
    found = over_json("SELECT d.dir_name, d.files FROM S3Object[*] d", FILES)
    assert json.loads(found.text.splitlines()[0]) == {
        "dir_name": "important_docs",
        "files": [{"name": "."}, {"name": ".."}],
    }
    found = over_json("SELECT _1.dir_name, _1.owner FROM S3Object[*]", FILES)
    assert found.text.splitlines()[1] == '{"dir_name":"other_docs","owner":"User"}'
    assert over_json("SELECT s.files[0].name FROM S3Object s", FILES).text == '{"name":"."}\n{"name":"."}\n'
    assert over_json("SELECT s.files[0] FROM S3Object s", FILES).text == '{"_1":{"name":"."}}\n' * 2
    assert over_json("SELECT x.name FROM S3Object[*].files[*] AS x LIMIT 2", FILES).text.count("name") == 2


def test_an_array_is_one_record(over_json):
    """moto's issue 6340: AWS answers `_1` with the whole list; `[*][*]` selects from its elements."""
    assert over_json("SELECT * FROM S3Object s", '[{"a": 1}, {"a": 2}]').text == '{"_1":[{"a":1},{"a":2}]}\n'
    assert over_json("SELECT s.a FROM S3Object[*][*] s", '[{"a": 1}, {"a": 2}]').text == '{"a":1}\n{"a":2}\n'
    assert over_json("SELECT count(*) AS cnt FROM S3Object", '[{"a": 1}, {"a": 2}]').text == '{"cnt":1}\n'


def test_names_without_quotes_ignore_case(over_json):
    assert over_json("SELECT s.name FROM S3Object s", '{"NAME": 1}').text == '{"name":1}\n'
    assert over_json('SELECT s."name" FROM S3Object s', '{"NAME": 1}').text == "{}\n"
    assert over_json('SELECT s."NAME" FROM S3Object s', '{"NAME": 1, "name": 2}').text == '{"NAME":1}\n'
    assert error(over_json, "s.name", '{"NAME": 1, "name": 2}') == "AmbiguousFieldName"
    assert over_json("SELECT S.a, s.b FROM s3object S", '{"a": 1, "b": 2}').text == '{"a":1,"b":2}\n'


def test_aggregates(over_json):
    numbers = '{"a": 1}\n{"a": 4}\n{"a": null}\n{"b": 1}'
    found = over_json(
        "SELECT COUNT(*), COUNT(s.a), SUM(s.a), AVG(s.a), MIN(s.a), MAX(s.a) FROM S3Object s", numbers
    )
    assert found.text == '{"_1":4,"_2":2,"_3":5,"_4":2.5,"_5":1,"_6":4}\n'
    assert over_json("SELECT SUM(s.a) / COUNT(*) AS m FROM S3Object s", numbers).text == '{"m":1}\n'
    nothing = over_json("SELECT COUNT(*), SUM(s.a) FROM S3Object s WHERE FALSE", numbers)
    assert nothing.text == '{"_1":0,"_2":null}\n'
    # MinIO's pull request 7876 saw AWS answer so.
    assert error(over_json, "SUM(s.a)", '{"a": "80"}') == "ExternalEvalException"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("", "ParseExpectedExpression"),
        ("DELETE FROM S3Object", "ParseUnexpectedToken"),
        ("SELECT FROM S3Object", "ParseEmptySelect"),
        ("SELECT 1", "ParseSelectMissingFrom"),
        ("SELECT * FROM other", "InvalidDataSource"),
        ("SELECT *, 1 FROM S3Object", "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT a.*, 1 FROM S3Object a", "ParseAsteriskIsNotAloneInSelectList"),
        ("SELECT b.* FROM S3Object a", "ParseInvalidContextForWildcardInSelectList"),
        ("SELECT a[*] FROM S3Object a", "ParseInvalidContextForWildcardInSelectList"),
        ("SELECT DISTINCT a FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT a FROM S3Object GROUP BY a", "UnsupportedSqlStructure"),
        ("SELECT a FROM S3Object ORDER BY a", "UnsupportedSqlStructure"),
        ("SELECT a FROM S3Object, S3Object", "UnsupportedSqlStructure"),
        ("SELECT a FROM S3Object s JOIN S3Object t", "UnsupportedSqlStructure"),
        ("SELECT a FROM S3Object WHERE a IN (SELECT 1)", "ParseUnsupportedSelect"),
        ("SELECT a FROM S3Object LIMIT -1", "EvaluatorNegativeLimit"),
        ("SELECT a FROM S3Object LIMIT x", "ParseExpectedNumber"),
        ("SELECT a FROM S3Object LIMIT 1 2", "ParseUnexpectedToken"),
        ("SELECT a AS FROM S3Object", "ParseExpectedIdentForAlias"),
        ("SELECT 'a FROM S3Object", "LexerInvalidLiteral"),
        ("SELECT a ? FROM S3Object", "LexerInvalidChar"),
        ("SELECT `x y` FROM S3Object", "LexerInvalidIONLiteral"),
        ("SELECT 1 + FROM S3Object", "ParseUnexpectedKeyword"),
        ("SELECT (1 FROM S3Object", "ParseExpectedTokenType"),
        ("SELECT CAST 1 FROM S3Object", "ParseExpectedLeftParenAfterCast"),
        ("SELECT CAST(1, 2) FROM S3Object", "ParseCastArity"),
        ("SELECT CAST(1 AS BLOB) FROM S3Object", "ParseExpectedTypeName"),
        ("SELECT CASE 1 END FROM S3Object", "ParseExpectedWhenClause"),
        ("SELECT SUM(*) FROM S3Object", "ParseUnsupportedCallWithStar"),
        ("SELECT SUM(a, b) FROM S3Object", "ParseNonUnaryAgregateFunctionCall"),
        ("SELECT SUM(SUM(a)) FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT SUM(a), a FROM S3Object", "UnsupportedSqlOperation"),
        ("SELECT a FROM S3Object WHERE SUM(a) > 1", "UnsupportedSqlOperation"),
        ("SELECT SLEEP(9) FROM S3Object", "UnsupportedFunction"),
        ("SELECT UPPER('a', 'b') FROM S3Object", "EvaluatorInvalidArguments"),
        ("SELECT DATE_ADD(week, 1, `2010T`) FROM S3Object", "ParseExpectedDatePart"),
        ("SELECT 99999999999999999999 FROM S3Object", "IntegerOverflow"),
        ("SELECT 9223372036854775807 + 1 FROM S3Object", "IntegerOverflow"),
        ("SELECT CAST('x' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('1.5' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT CAST('1_0' AS INT) FROM S3Object", "CastFailed"),
        ("SELECT 1 / 0 FROM S3Object", "ExternalEvalException"),
        ("SELECT 'a' + 1 FROM S3Object", "ExternalEvalException"),
        ("SELECT * FROM S3Object WHERE 'a' > 1", "ExternalEvalException"),
        ("SELECT * FROM S3Object WHERE 1", "ExternalEvalException"),
        ("SELECT UPPER(1) FROM S3Object", "IncorrectSqlFunctionArgumentType"),
        ("SELECT 1 LIKE 'a' FROM S3Object", "LikeInvalidInputs"),
        ("SELECT 'a' LIKE 'a!' ESCAPE '!' FROM S3Object", "EvaluatorLikePatternInvalidEscapeSequence"),
        ("SELECT TO_STRING(`2010T`, 'qq') FROM S3Object", "EvaluatorInvalidTimestampFormatPatternSymbol"),
        (
            "SELECT TO_STRING(`2010T`, 'y''x') FROM S3Object",
            "EvaluatorUnterminatedTimestampFormatPatternToken",
        ),
        ("SELECT TO_TIMESTAMP('x') FROM S3Object", "ValueParseFailure"),
        ("SELECT TO_TIMESTAMP('05', 'dd') FROM S3Object", "EvaluatorInvalidTimestampFormatPattern"),
        ("SELECT _0 FROM S3Object", "InvalidColumnIndex"),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000 + " FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT " + "- " * 5000 + "1 FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT " + "1 + " * 50000 + "1 FROM S3Object", "UnsupportedSqlStructure"),
    ],
)
def test_what_is_refused(over_json, expression, code):
    assert over_json(expression, '{"a": 1}').error == code


def test_comments_and_a_semicolon_are_no_part_of_it(over_json):
    assert over_json("select 1 -- one\n from S3Object;", "{}").text == '{"_1":1}\n'


_INFINITE = "CAST('1e308' AS FLOAT) * 10"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("1e99999999999999999999", "LexerInvalidLiteral"),
        ("`9e99999999999999999999`", "LexerInvalidIONLiteral"),
        ("CAST(1e999999999 AS INT)", "IntegerOverflow"),
        (f"({_INFINITE}) % 2", "ExternalEvalException"),
        (f"CAST({_INFINITE} - {_INFINITE} AS DECIMAL)", "CastFailed"),
        (
            "DATE_DIFF(MONTH, CAST('0001-01-01T00:00:00+23:59' AS TIMESTAMP), UTCNOW())",
            "EvaluatorInvalidArguments",
        ),
    ],
)
def test_numbers_and_moments_out_of_range_are_refused(over_json, expression, code):
    assert over_json(f"SELECT {expression} FROM S3Object", "{}").error == code


def test_a_remainder_of_floats(over_json):
    """It was computed by a quotient as an integer, which there is none of for NaN and which is inexact for large ones."""
    found = f"CAST('1e300' AS FLOAT) % 7 AS large, ({_INFINITE} - {_INFINITE}) % 1 AS none, CAST('-7' AS FLOAT) % 3 AS less"
    assert over_json(f"SELECT {found} FROM S3Object", "{}").text == '{"large":1.0,"none":null,"less":-1.0}\n'


def test_a_decimal_keeps_38_digits_in_a_cast(over_json):
    digits = "12345678901234567890.1234567890123456"
    assert (
        over_json(f"SELECT CAST({digits} AS DECIMAL) AS d FROM S3Object", "{}").text == f'{{"d":{digits}}}\n'
    )


def test_a_number_larger_than_an_int_is_a_decimal(over_json):
    """JSON has no INT of 8 bytes; a FLOAT beside such a number ended the query."""
    body = f'{{"a": {"9" * 400}}}'
    asked = "SELECT s.a > CAST('1' AS FLOAT) AS more, s.a FROM S3Object s"
    assert over_json(asked, body).text == f'{{"more":true,"a":{"9" * 400}}}\n'


@pytest.mark.parametrize(
    ("number", "half"),
    [
        (2**63 - 1, "4611686018427387903"),
        (-(2**63), "-4611686018427387904"),
        (2**63 + 1, "4611686018427387904.5"),
    ],
)
def test_the_largest_ints_are_no_decimals(over_json, number, half):
    assert (
        over_json("SELECT s.a / 2 AS half FROM S3Object s", f'{{"a": {number}}}').text
        == f'{{"half":{half}}}\n'
    )


def test_conditions_inside_each_other_are_computed_once(over_json):
    """Each BETWEEN and each CASE had its operand twice, so thirty of them cost a thousand million."""
    between = "1 " + "BETWEEN 0 AND 1 " * 30
    assert over_json(f"SELECT * FROM S3Object WHERE {between}", "{}").error == "ExternalEvalException"
    case = "CASE " * 30 + "s.a " + "WHEN 1 THEN 2 WHEN 2 THEN 1 END " * 30
    assert over_json(f"SELECT {case} AS a FROM S3Object s", '{"a": 1}').text == '{"a":1}\n'


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ("s.a BETWEEN 1 AND 3", True),
        ("s.a BETWEEN 3 AND 4", False),
        ("s.a NOT BETWEEN 3 AND 4", True),
        ("NOT (s.a BETWEEN NULL AND 1)", True),
        ("s.a BETWEEN NULL AND 3", False),
        ("NOT (s.a BETWEEN NULL AND 3)", False),
        ("NOT (NULL BETWEEN 1 AND 2)", False),
    ],
)
def test_between_with_null(over_json, condition, passes):
    """BETWEEN is two comparisons joined by AND, of which one that is FALSE decides."""
    assert bool(over_json(f"SELECT s.a FROM S3Object s WHERE {condition}", '{"a": 2}').text) is passes
