"""Installs a bundle beside the versions that are there, switches between them, and goes back.

It is run by the Python of the bundle and imports nothing but the standard library; `install` (a shell script) has held
every file to the checksums before. Everything lies under one folder, the prefix:

    versions/NAME/    one version: Python with the packages, models, papers. `installed.json` is written last
    current           a link to the version in use, replaced in one step
    previous          the one that was in use before it
    data/             what the product keeps: tokens, results, jobs (ALTTEXT_DATA_DIR in its place)
    backups/          copies of the databases, made before each switch
    bin/              alttext-local, alttext-local-version
"""
