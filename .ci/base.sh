# Sourced by the scripts beside it: the base install, alone in an empty environment.
LIMIT_MB=150  # of site-packages, with the pip and setuptools that an empty environment already holds

build_wheel() {  # build_wheel FOLDER: through the sdist, as it would be published; prints its path
    .venv/bin/python -m build --quiet --outdir "$1" . >&2
    echo "$1"/*.whl
}

base_environment() {  # base_environment PYTHON FOLDER WHEEL [PIP ARGUMENTS]...: install the wheel; check size and imports
    local python=$1 folder=$2 wheel=$3 size
    shift 3
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet "$wheel" "$@"
    "$folder/bin/python" -m pip list --format freeze | tr '\n' ' '
    echo
    size=$(du -sm "$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" | cut -f1)
    echo "site-packages of the base install: $size MB, of at most $LIMIT_MB"
    [ "$size" -le "$LIMIT_MB" ]
    "$folder/bin/python" .ci/imports.py
    "$folder/bin/olivebranch" --help > /dev/null
    "$folder/bin/olivebranch" presets > /dev/null
    (cd "$folder" && bin/python -c 'import olivebranch.envs')
}

base_tests() {  # base_tests FOLDER: what the base must do, on the installed wheel
    "$1/bin/python" -m pip install --quiet 'pytest>=8' 'hypothesis>=6'
    "$1/bin/python" -m pytest -q tests/envs tests/games
}
