"""Regular expressions that users wrote, each with a bound on its time and memory.

`Linear` is for whatever RE2 takes: it needs time in proportion to the text, so it runs where it is asked.
`MATCHERS` are for the rest (look-around, back-references): Python's own engine, in a process with a clock. Nowhere else
in the platform is a user's text compiled as an expression. Knows no service.
"""

from clary.plane.expressions.linear import Linear, Unsupported
from clary.plane.expressions.matcher import MATCHERS, Found, Matcher, OutOfTime

__all__ = ["MATCHERS", "Found", "Linear", "Matcher", "OutOfTime", "Unsupported"]
