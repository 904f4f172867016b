"""Licences of files that state none as metadata."""

from importlib.metadata import distribution
from pathlib import Path

import pytest

from simfilter import Reader
from simfilter.demo import mit_licence
from simfilter.licence import copyright_lines, licence_of, licence_of_file

ROOT = Path(__file__).parents[2]
APACHE = (ROOT / "LICENSE").read_text("utf-8")
GPL_NOTICE = """This program is free software; you can redistribute it and/or modify
it under the terms of the GNU General Public License as published by
the Free Software Foundation; either version 2 of the License, or
(at your option) any later version."""
CODE = "\n".join(f"def f{number}(x):\n    return x + {number}\n" for number in range(200))


def comment(text: str, mark: str) -> str:
    return "".join(f"{mark} {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(("text", "licence"), [
    ("# SPDX-License-Identifier: GPL-2.0-only OR MIT\n" + CODE, "GPL-2.0-only OR MIT"),
    ("/* SPDX-License-Identifier: BSD-3-Clause */\nint x;", "BSD-3-Clause"),
    ("#!/usr/bin/env python3\n# Copyright 2024 The Harbour Office\n#\n" + comment(GPL_NOTICE, "#") + "\nimport os\n" + CODE,
     "GPL-2.0-or-later"),
    ("/*\n" + comment(GPL_NOTICE, " *") + " */\nint x;\n" + CODE, "GPL-2.0-or-later"),
    ('"""Tides.\n\n' + mit_licence() + '"""\n' + CODE, "MIT"),
    ("# The licence is told elsewhere.\n" + CODE, None), (CODE, None), ("", None),
    (CODE + comment(GPL_NOTICE, "#"), None),  # not at the start: of something else
    ("She asked what licence he had to speak of warranty and redistribution.", None),
])
def test_what_a_file_states(text: str, licence: str | None) -> None:
    assert licence_of(text) == licence


def test_licence_files() -> None:
    assert licence_of_file(APACHE) == "Apache-2.0" and licence_of_file(mit_licence()) == "MIT"
    assert licence_of_file(f"{mit_licence()}\n\n{APACHE}") == "MIT AND Apache-2.0"
    assert licence_of_file("All rights reserved; see the contract.") is None


def test_copyright_lines() -> None:
    text = ("// Copyright (c) 2020-2024 A. Keeper\n// SPDX-FileCopyrightText: 2021 Harbour <x@example.org>\n/* © B */\n"
            "// Copyright (c) 2020-2024 A. Keeper\n")
    assert copyright_lines(text) == ["Copyright (c) 2020-2024 A. Keeper", "2021 Harbour <x@example.org>", "© B"]
    assert copyright_lines("x = 'the copyright of it'") == []


def test_documents_take_the_licence_nearest_to_them(tmp_path: Path) -> None:
    for name, text in {"LICENSE": APACHE, "a.py": CODE, "b.py": "# SPDX-License-Identifier: ISC\n", "sub/deep/c.txt": "words",
                       "vendor/LICENSE-MIT": mit_licence(), "vendor/LICENSE-APACHE": APACHE, "vendor/x/d.py": CODE,
                       "other/COPYING": "Ask us.", "other/e.py": CODE}.items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {document.id: document.licence for document in Reader([tmp_path / "project"])}
    assert found == {"LICENSE": "Apache-2.0", "a.py": "Apache-2.0", "b.py": "ISC", "sub/deep/c.txt": "Apache-2.0",
                     "vendor/LICENSE-MIT": "MIT", "vendor/LICENSE-APACHE": "Apache-2.0", "vendor/x/d.py": "Apache-2.0 OR MIT",
                     "other/COPYING": None,
                     "other/e.py": "Apache-2.0"}
    assert {document.licence for document in Reader([tmp_path / "project"], licence="Own")} == {"Own"}
    assert [document.licence for document in Reader([tmp_path / "project" / "vendor" / "x"])] == [None]  # not above what was given


def test_the_licence_of_an_installed_package_is_recognised() -> None:
    files = [file for file in distribution("jinja2").files or () if "LICENSE" in file.name.upper()]
    assert licence_of_file(Path(str(files[0].locate())).read_text("utf-8")) == "BSD-3-Clause"
