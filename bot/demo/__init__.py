"""The demonstration: a believable year of invented people, made by the same road that real ones take.

A demonstration is a whole database: it is made only where nothing is, marked before anything is made, never joined to
a real number, bot or alert, and taken away as a whole (``mark``). Nothing in it ever existed.
"""
