import stat
import time

import pytest

from alttext_local.metadata.exiftool import Exiftool, ExiftoolFailed


@pytest.fixture
def hanging(tmp_path):
    program = tmp_path / "exiftool"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_one_process_answers_many_commands():
    with Exiftool(30) as exiftool:
        assert float(exiftool.version()) > 12
        process = exiftool._process
        assert exiftool.version() == exiftool.version()
        assert exiftool._process is process


def test_a_program_that_hangs_is_ended_in_time(hanging):
    begun = time.monotonic()
    with Exiftool(0.5, hanging) as exiftool, pytest.raises(ExiftoolFailed):
        exiftool.version()
    assert time.monotonic() - begun < 10


def test_after_a_death_the_next_command_gets_a_new_process():
    with Exiftool(30) as exiftool:
        exiftool.version()
        assert exiftool._process is not None
        exiftool._process.kill()
        exiftool._process.wait()
        assert float(exiftool.version()) > 12


def test_errors_come_apart_from_answers_and_do_not_stay():
    with Exiftool(30) as exiftool:
        assert "File not found" in exiftool.run(["-j", "/not/there.jpg"]).errors
        assert exiftool.run(["-ver"]).errors == ""


def test_the_users_own_configuration_is_not_read(tmp_path, monkeypatch):
    (tmp_path / ".ExifTool_config").write_text(f"open(F, '>{tmp_path}/was-here'); 1;\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("EXIFTOOL_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with Exiftool(30) as exiftool:
        exiftool.version()
    assert not (tmp_path / "was-here").exists()


def test_a_line_break_is_no_way_to_a_second_command():
    with Exiftool(30) as exiftool, pytest.raises(ValueError, match="line break"):
        exiftool.run(["-ver\n-execute"])


def test_the_private_folder_is_gone_afterwards(tmp_path):
    exiftool = Exiftool(30)
    with exiftool.linked(tmp_path, "") as link:
        folder = exiftool._folder
        assert link.startswith(str(folder))
    exiftool.close()
    assert not folder.exists()
