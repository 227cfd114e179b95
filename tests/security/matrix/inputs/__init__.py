"""One module per service (`./run new-service` makes it; SageMaker has one per family): `CASES` maps every operation that answers to its Case.

`prepare(world)`, where a module has it, makes what all cases of the service share. Everything that is stored carries
`MARKER`, and no input does that is tried by others.
"""
