"""JSONata, evaluated in processes with limits of time and memory."""

from clary.services.stepfunctions.language.jsonata.evaluators import EVALUATORS, Problem
from clary.services.stepfunctions.language.jsonata.templates import expression_of, resolve

__all__ = ["EVALUATORS", "Problem", "expression_of", "resolve"]
