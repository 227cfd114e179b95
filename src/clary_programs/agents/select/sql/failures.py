"""What a query fails with: AWS's codes, and a sentence for each.

Source: "List of SELECT Object Content Error Codes" (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
"""

from __future__ import annotations

_SENTENCES = {
    "AmbiguousFieldName": "Field name matches to multiple fields in the file. Check the SQL expression and the file, and try again.",
    "CSVEscapingRecordDelimiter": "Encountered quoted record delimiter in the file. To allow quoted record delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.",
    "CSVParsingError": "Encountered an error parsing the CSV file. Check the file and try again.",
    "CSVUnescapedQuote": "Encountered an unescaped quote while parsing the CSV file. Check the file and try again.",
    "CastFailed": "Attempt to convert from one data type to another using CAST failed in the SQL expression.",
    "EvaluatorBindingDoesNotExist": "A column name or a path provided does not exist in the SQL expression.",
    "EvaluatorInvalidArguments": "Incorrect number of arguments in the function call in the SQL expression.",
    "EvaluatorInvalidTimestampFormatPattern": "Time stamp format pattern requires additional fields in the SQL expression.",
    "EvaluatorInvalidTimestampFormatPatternSymbol": "Time stamp format pattern contains an invalid symbol in the SQL expression.",
    "EvaluatorLikePatternInvalidEscapeSequence": "An argument given to the LIKE expression was not valid.",
    "EvaluatorNegativeLimit": "LIMIT must not be negative.",
    "EvaluatorUnterminatedTimestampFormatPatternToken": "Time stamp format pattern contains unterminated token in the SQL expression.",
    "ExternalEvalException": "The query cannot be evaluated. Check the file and try again.",
    "IncorrectSqlFunctionArgumentType": "Incorrect type of arguments in function call in the SQL expression.",
    "IntegerOverflow": "Int overflow or underflow in the SQL expression.",
    "InternalError": "Encountered an internal error.",
    "InvalidColumnIndex": "Column index in the SQL expression is invalid.",
    "InvalidDataSource": "Invalid data source type. Only CSV, JSON, and Parquet are supported.",
    "InvalidTextEncoding": "Invalid encoding type. Only UTF-8 encoding is supported.",
    "JSONParsingError": "Encountered an error parsing the JSON file. Check the file and try again.",
    "LexerInvalidChar": "The SQL expression contains an invalid character.",
    "LexerInvalidIONLiteral": "The SQL expression contains an invalid Ion literal.",
    "LexerInvalidLiteral": "The SQL expression contains an invalid literal.",
    "LikeInvalidInputs": "Invalid argument given to the LIKE clause in the SQL expression.",
    "MissingHeaders": "Some headers in the query are missing from the file. Check the file and try again.",
    "OverMaxRecordSize": "The character number in one record is more than our max threshold, maxCharsPerRecord: 1,048,576.",
    "ParquetParsingError": "Error parsing Parquet file. Check the file and try again.",
    "ParquetUnsupportedCompressionCodec": "The specified Parquet compression codec is not supported.",
    "ParseAsteriskIsNotAloneInSelectList": "Other expressions are not allowed in the SELECT list when '*' is used without dot notation in the SQL expression.",
    "ParseCastArity": "CAST has incorrect arity in the SQL expression.",
    "ParseEmptySelect": "The SQL expression contains an empty SELECT.",
    "ParseExpectedDatePart": "Did not find the expected date part in the SQL expression.",
    "ParseExpectedExpression": "Did not find the expected SQL expression.",
    "ParseExpectedIdentForAlias": "Did not find the expected identifier for the alias in the SQL expression.",
    "ParseExpectedKeyword": "Did not find the expected keyword in the SQL expression.",
    "ParseExpectedLeftParenAfterCast": "Did not find the expected left parenthesis in the SQL expression.",
    "ParseExpectedLeftParenBuiltinFunctionCall": "Did not find the expected left parenthesis in the SQL expression.",
    "ParseExpectedNumber": "Did not find the expected number in the SQL expression.",
    "ParseExpectedTokenType": "Did not find the expected token in the SQL expression.",
    "ParseExpectedTypeName": "Did not find the expected type name in the SQL expression.",
    "ParseExpectedWhenClause": "Did not find the expected WHEN clause in the SQL expression.",
    "ParseInvalidContextForWildcardInSelectList": "Invalid use of * in SELECT list in the SQL expression.",
    "ParseInvalidPathComponent": "The SQL expression contains an invalid path component.",
    "ParseNonUnaryAgregateFunctionCall": "Only one argument is supported for aggregate functions in the SQL expression.",
    "ParseSelectMissingFrom": "The SQL expression has no FROM after the SELECT list.",
    "ParseUnexpectedKeyword": "The SQL expression contains an unexpected keyword.",
    "ParseUnexpectedTerm": "The SQL expression contains an unexpected term.",
    "ParseUnexpectedToken": "The SQL expression contains an unexpected token.",
    "ParseUnsupportedCallWithStar": "Only COUNT with (*) as a parameter is supported in the SQL expression.",
    "ParseUnsupportedSelect": "The SQL expression contains an unsupported use of SELECT.",
    "ParseUnsupportedSyntax": "The SQL expression contains unsupported syntax.",
    "TruncatedInput": "Object decompression failed. Check that the object is properly compressed using the format specified in the request.",
    "UnsupportedFunction": "Encountered an unsupported SQL function.",
    "UnsupportedParquetType": "The specified Parquet type is not supported.",
    "UnsupportedSqlOperation": "Encountered an unsupported SQL operation.",
    "UnsupportedSqlStructure": "Encountered an unsupported SQL structure. Check the SQL Reference.",
    "ValueParseFailure": "Time stamp parse failure in the SQL expression.",
}  # fmt: skip


class Failure(Exception):
    """A query that cannot be read or evaluated. `code` is AWS's."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.message = f"{_SENTENCES[code]} {detail}".rstrip()
        super().__init__(self.message)
