"""Folders as places; object stores are tested with the cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.places import Folder, file_system, is_address, open_file, place_of


def test_a_folder_is_a_place(tmp_path: Path) -> None:
    place = place_of(tmp_path / "out")
    assert isinstance(place, Folder)
    assert place.files("") == []
    for name in ("a/2.txt", "a/1.txt", "b.txt"):
        place.write(name, name.encode())
    assert place.files("") == ["a/1.txt", "a/2.txt", "b.txt"]
    assert place.files("a") == ["a/1.txt", "a/2.txt"]
    assert place.files("nowhere") == []
    assert place.folders("") == ["a"]
    with place.open("a/1.txt") as stream:
        assert stream.read() == b"a/1.txt"
    with pytest.raises(FileNotFoundError):
        place.open("a/3.txt")
    place.remove("a")
    assert place.files("") == ["b.txt"]


def test_what_a_killed_writer_left_is_tidied(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    place.write("s/1.parquet", b"whole")
    (tmp_path / "s" / "2.parquet.node-7.part").write_bytes(b"ha")
    place.tidy("s")
    assert place.files("") == ["s/1.parquet"]


def test_nothing_half_is_left_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Folder(tmp_path).write("s/1.parquet", b"whole")
    assert Folder(tmp_path).files("") == []


def test_addresses_are_told_from_paths(tmp_path: Path) -> None:
    assert is_address("s3://bucket/prefix")
    assert not is_address("s3/bucket")
    assert not is_address(tmp_path)
    (tmp_path / "f").write_bytes(b"local")
    with open_file(tmp_path / "f") as stream:
        assert stream.read() == b"local"
    with pytest.raises(PipelineError, match=r"an address reads s3://bucket/prefix"):
        file_system("abfs://no account/x y")
