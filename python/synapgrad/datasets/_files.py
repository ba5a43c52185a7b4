"""Files of data sets: downloads that are whole or not there, and what is known of their contents."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from synapgrad.utils.data import Dataset

__all__ = ["ImageDataset", "download"]


class ImageDataset(Dataset):
    """Images, uint8 of shape (n, channels, height, width), and their labels."""

    #: What the labels stand for.
    classes: list[str] = []

    def __init__(self, root, train: bool, transform, target_transform):
        self.root = os.path.expanduser(os.fspath(root))
        self.train = bool(train)
        self.transform = transform
        self.target_transform = target_transform

    def _keep(self, images, labels) -> None:
        self._images = images
        self._labels = labels.tolist() if hasattr(labels, "tolist") else list(labels)

    def __getitem__(self, index: int):
        """An image, uint8 of shape (channels, height, width) or what ``transform`` makes of it, and its label."""
        image, label = self._images[index], self._labels[index]
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            label = self.target_transform(label)
        return image, label

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def class_to_idx(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.classes)}

    def __repr__(self):
        lines = [
            f"Dataset {type(self).__name__}",
            f"    Number of datapoints: {len(self)}",
            f"    Root location: {self.root}",
            f"    Split: {'Train' if self.train else 'Test'}",
        ]
        if self.transform is not None:
            lines.append(f"    Transform: {self.transform}")
        return "\n".join(lines)


def md5_of(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def download(urls: Sequence[str], path: Path, md5: str) -> None:
    """Fetch a file from the first of the mirrors that has it whole.

    It is written under another name and takes its own when its checksum is right, so that an interrupted
    download leaves nothing behind. RuntimeError, with the reason for each mirror, where none has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for url in urls:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _fetch(url, file, path.name)
            found = md5_of(part)
            if found != md5:
                raise ValueError(
                    f"its MD5 is {found} instead of {md5}: the download is damaged or incomplete"
                )
            part.chmod(0o644)
            part.replace(path)
            return
        except (OSError, ValueError, http.client.HTTPException) as error:
            reasons.append(f"  {url}: {error}")
        finally:
            part.unlink(missing_ok=True)
    raise RuntimeError(f"download: no mirror has {path.name}:\n" + "\n".join(reasons))


def _fetch(url: str, file, name: str) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "synapgrad"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        total = int(answer.headers.get("Content-Length") or 0)
        with _progress(name, total) as update:
            while piece := answer.read(1 << 16):
                file.write(piece)
                update(len(piece))


class _progress:
    """A bar of tqdm where that is installed, else a line at the end."""

    def __init__(self, name: str, total: int):
        self.name = name
        self.total = total

    def __enter__(self):
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped]
        except ImportError:
            self.bar = None
            return lambda n: None
        self.bar = tqdm(total=self.total or None, desc=self.name, unit="B", unit_scale=True)
        return self.bar.update

    def __exit__(self, kind, error, trace):
        if self.bar is not None:
            self.bar.close()
        elif kind is None:
            print(f"downloaded {self.name}", file=sys.stderr)
