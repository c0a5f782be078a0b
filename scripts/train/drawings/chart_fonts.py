"""The typefaces that charts and tables are lettered in: whatever this machine has, DejaVu at least."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import ImageFont

Face = tuple[str, str]
"""The file of the regular cut and of the bold one (the same where there is no bold)."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "/Library/Fonts", "C:/Windows/Fonts")
_SANS = (
    "LiberationSans DejaVuSans OpenSans Roboto Lato Carlito NotoSans Cantarell Arial Helvetica Verdana "
    "Ubuntu FreeSans LiberationSansNarrow DejaVuSansCondensed RobotoCondensed SourceSansPro Inter "
    "FiraSans Montserrat Arimo Raleway"
).split()
_SERIF = (
    "LiberationSerif DejaVuSerif Caladea NotoSerif EBGaramond12 FreeSerif lmroman10 Georgia Times "
    "Gelasio cmunrm Tinos LinLibertine"
).split()
_ODD = ("DejaVuSansMono LiberationMono Inconsolata Hack FreeMono ComicNeue Humor-Sans NotoSansMono FiraCode").split()


@cache
def _files() -> dict[str, str]:
    """Stem of the file name -> path, of all fonts that can be found."""
    found: dict[str, str] = {}
    for folder in (*_FOLDERS, _matplotlib_folder()):
        root = Path(folder).expanduser()
        if folder and root.is_dir():
            for path in sorted(root.rglob("*.[to]tf")):
                found.setdefault(path.stem, str(path))
    return found


def _matplotlib_folder() -> str:
    try:
        import matplotlib
    except ImportError:
        return ""
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")


@cache
def _faces(names: tuple[str, ...]) -> tuple[Face, ...]:
    files = _files()
    faces = []
    for name in names:
        regular = files.get(f"{name}-Regular") or files.get(name) or files.get(f"{name}-regular")
        if regular:
            bold = files.get(f"{name}-Bold") or files.get(f"{name}-bold") or regular
            faces.append((regular, bold))
    return tuple(faces)


def pick_face(rng: np.random.Generator, serif: float = 0.2, odd: float = 0.06) -> Face:
    """A face: mostly a plain sans serif, with these chances of a serif or of something rarer."""
    luck = rng.random()
    names = _SERIF if luck < serif else _ODD if luck < serif + odd else _SANS
    faces = _faces(tuple(names)) or _faces((*_SANS, *_SERIF)) or (("", ""),)
    return faces[int(rng.integers(len(faces)))]


@cache
def font(path: str, size: int) -> Font:
    """The font of this file at this size in pixels, opened once."""
    if not path:
        return ImageFont.load_default(size)
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
