"""Nouns: the things of a service that are created, shown, listed and deleted, as declarations.

noun.py        the declaration          keys.py       how a record is named
dialects.py    how services spell it    documents.py  spec, status and private part of a record
verbs.py       what answers             lists.py      filters, orders, pages of Lists
members.py     what a request may say   tags.py       tags and their operations
"""
