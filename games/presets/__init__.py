"""Presets: named, commented parameter sets, one YAML file each; :mod:`olivebranch.games.registry` reads them.

A file holds ``game`` (which rules), ``title``, ``stands_for`` (what the numbers are meant to show), ``source`` (where
the idea comes from; the numbers themselves are stylised) and ``parameters``. ``equilibria`` lists the components that
the author meant to be there; a test holds the list against the closed form. A preset that stands for a historical case
also has ``facts`` (each with the page that it was read on), ``assumptions``, and ``wrong_if``: what would have to be
true for the preset to be wrong.
"""
