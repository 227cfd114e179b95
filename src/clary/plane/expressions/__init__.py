"""Regular expressions from users, with bounds on time and memory.

`Linear` is for all that RE2 accepts: it takes time in proportion to the text, so it runs in place. `MATCHERS`
are for the rest (look-around, back-references): Python's engine, in a process with a time limit. No other
code of the platform compiles a user's text as an expression. Knows no service.
"""

from clary.plane.expressions.linear import Linear, Unsupported
from clary.plane.expressions.matcher import MATCHERS, Found, Matcher, OutOfTime

__all__ = ["MATCHERS", "Found", "Linear", "Matcher", "OutOfTime", "Unsupported"]
