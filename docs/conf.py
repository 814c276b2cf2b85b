"""How Sphinx builds the documentation (`make docs`); reference pages are made from docstrings and help texts."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "olivebranch"
author = "The olivebranch authors"
project_copyright = "2026, the olivebranch authors"
release = version = installed_version("olivebranch")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "reference_pages",
]
exclude_patterns = ["_build", "paper"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}

html_theme = "furo"
html_title = "olivebranch"
html_show_sphinx = False

# Links to headings on the same page, and to files outside docs/ (configs, examples), which are offered for download.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
# Several classes have fields and types of one name, which Sphinx cannot tell apart in a signature.
suppress_warnings = ["ref.python"]

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True, "show-inheritance": True, "ignore-module-all": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True  # else fields of dataclasses are described twice
