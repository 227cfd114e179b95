"""One module per service, by the service's name with `_` for `-`: `CASES` maps every operation that answers to its Case.

`prepare(world)`, where a module has it, makes what all cases of the service share. Everything stored carries
`MARKER`; no input that only reads does.
"""
