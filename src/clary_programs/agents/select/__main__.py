"""Answer one query."""

from clary_programs.agents.select.program import main

main()
