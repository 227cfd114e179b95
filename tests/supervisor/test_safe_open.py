"""What cannot be read is an error, and not taken for what is not there: else an output would be lost without a word."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clary_supervisor import archive, safe_open, tree, upload
from clary_supervisor.account import Account, Closing
from clary_supervisor.credentials import Credentials
from clary_supervisor.s3 import S3

OUTPUT = {"path": "model", "target": "s3://b/out"}


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(str(tmp_path), 1 << 20, Closing(str(tmp_path), 1 << 20))


@pytest.fixture
def root(tmp_path: Path) -> str:
    (tmp_path / "model/deep").mkdir(parents=True)
    (tmp_path / "model/a.txt").write_text("a")
    (tmp_path / "model/deep/b.txt").write_text("b")
    return str(tmp_path)


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Takes the right to open this name away, which root's tests could not do by its mode."""

    def close(name: str) -> None:
        real = os.open

        def refuse(path: Any, *args: Any, **more: Any) -> int:
            if path == name:
                raise PermissionError(13, "Permission denied", path)
            return real(path, *args, **more)

        monkeypatch.setattr(os, "open", refuse)

    return close


def names(packed: Path) -> list[str]:
    with tarfile.open(packed) as made:
        return made.getnames()


@pytest.mark.parametrize("name", ["a.txt", "deep"])
def test_an_archive_without_what_may_not_be_read_is_not_made(
    root: str, tmp_path: Path, closed: Callable[[str], None], account: Account, name: str
) -> None:
    assert archive.pack([root], "model", str(tmp_path / "x"), account)
    assert names(tmp_path / "x") == ["a.txt", "deep", "deep/b.txt"]
    closed(name)
    with pytest.raises(PermissionError):
        archive.pack([root], "model", str(tmp_path / "x"), account)


def walked(root: str, path: str, account: Account) -> list[str]:
    return [found.path for found in tree.files(root, path, account)]


def test_a_folder_that_may_not_be_read_is_not_empty(
    root: str, closed: Callable[[str], None], account: Account
) -> None:
    assert walked(root, "model", account) == ["a.txt", "deep/b.txt"]
    closed("deep")
    with pytest.raises(PermissionError):
        walked(root, "model", account)


def test_a_file_that_may_not_be_read_is_not_passed_over(
    root: str, closed: Callable[[str], None], account: Account
) -> None:
    nowhere = S3("http://127.0.0.1:9", "us-east-1", Credentials("", ""), 0.0, lambda: False)
    upload.send_below(nowhere, root, OUTPUT, "gone.txt", account)
    upload.send_below(nowhere, root, OUTPUT, "a.txt/gone", account)
    closed("a.txt")
    with pytest.raises(PermissionError):
        upload.send_below(nowhere, root, OUTPUT, "a.txt", account)


@pytest.mark.parametrize("path", ["nothing", "model/a.txt", "link"])
def test_what_is_no_folder_holds_nothing(root: str, account: Account, path: str) -> None:
    os.symlink("model", f"{root}/link")
    assert walked(root, path, account) == []


class TestFoldersNestedDeeperThanAnyRecursionGoes:
    DEPTH = 1100

    @pytest.fixture
    def deep(self, root: str) -> Iterator[str]:
        at = os.open(f"{root}/model", os.O_RDONLY)
        for number in range(self.DEPTH):
            os.close(os.open(f"f{number}", os.O_CREAT | os.O_WRONLY, dir_fd=at))
            os.symlink("/etc", "e", dir_fd=at)
            os.mkdir("d", dir_fd=at)
            below = os.open("d", os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        os.close(at)
        yield root
        safe_open.remove(root, "model")  # pytest could not

    def test_they_are_removed(self, deep: str) -> None:
        safe_open.remove(deep, "model")
        assert os.listdir(deep) == []
        assert os.listdir("/etc"), "a link was followed"

    def test_they_are_emptied(self, deep: str) -> None:
        safe_open.empty(deep, "model")
        assert os.listdir(f"{deep}/model") == []
