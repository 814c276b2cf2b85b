"""One self-contained page about a folder of results: a run, a study, a map, a benchmark, a ledger and so on.

Text from files enters a page through :class:`markupsafe.Markup` alone, which escapes it. Nothing here computes a result
of its own: every number comes from a file of the folder, or from the function that the command of the same name calls.
"""
