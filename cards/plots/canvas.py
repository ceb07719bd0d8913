"""A drawing's bytes: Matplotlib with nothing of the machine in it, in colours for light and dark pages.

A card is read on white and on nearly black. A pair of files in a `<picture>` follows the reader's system and
not the theme that was chosen on the page, and would show the wrong one to some. So there is one file, on a
transparent ground, and every colour stands out from both grounds: text by 4 to 1 at least, bars by 3 to 1 (a
test holds them to it).

The same numbers give the same bytes in one environment: no settings of the user are read, the font is the
one that comes with Matplotlib, and the file holds no software's name and no date. Nothing is written outside
of it either; the library's own caches go to a folder that is thrown away.
"""

import importlib
import io
import os
import sys
import warnings
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TEXT, QUIET = "#747b86", "#8a919c"
BLUE, GREEN, ORANGE = "#3b82f6", "#16a34a", "#d97706"
PURPLE = "#a36ee8"
WIDTH, DPI = 7.2, 200  # inches; 1440 pixels, shown at half of that
_SETTINGS = {
    "font.family": ["DejaVu Sans"],
    "font.size": 12.0,
    "text.color": TEXT,
    "text.parse_math": False,
    "axes.labelcolor": TEXT,
    "axes.edgecolor": QUIET,
    "axes.facecolor": "none",
    "axes.titlesize": 12.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": TEXT,
    "ytick.color": TEXT,
    "grid.color": QUIET,
    "grid.alpha": 0.35,
    "legend.frameon": False,
}


def drawn(panels: int, height: float, draw: Callable[..., None], columns: int = 2) -> bytes:
    """The PNG of `draw(axes, ...)`, given as many axes as there are panels; `height` is that of a row."""
    load()
    from matplotlib import rc_context, rcParamsDefault
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(panels, columns)
    down = -(-panels // across)
    with rc_context({**_plain(rcParamsDefault), **_SETTINGS}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # the font has no such letter: a box is drawn
        figure = Figure((WIDTH, height * down), DPI, facecolor="none", layout="constrained")
        canvas = FigureCanvasAgg(figure)
        grid = figure.subplots(down, across, squeeze=False).flatten()
        axes: list[Axes] = list(grid)
        for spare in axes[panels:]:
            spare.remove()
        draw(*axes[:panels])
        written = io.BytesIO()
        canvas.print_png(written, metadata={"Software": None})  # `savefig` would draw everything twice
    return written.getvalue()


def load() -> None:
    """Import Matplotlib without a trace; InputError where that cannot be done."""
    if sys.modules.get("matplotlib.font_manager"):
        return
    before = os.environ.get("MPLCONFIGDIR")
    with TemporaryDirectory() as nowhere:
        os.environ["MPLCONFIGDIR"] = nowhere
        try:
            importlib.import_module("matplotlib.font_manager")
        except ImportError as error:
            raise InputError(
                f"The card's figures need matplotlib, which cannot be imported ({error}): pip install "
                "matplotlib. No card is written without them."
            ) from None
        finally:
            if before is None:
                del os.environ["MPLCONFIGDIR"]
            else:
                os.environ["MPLCONFIGDIR"] = before


def _plain(settings: object) -> dict[str, object]:
    """Matplotlib's own defaults but for the backend, which is not switched here."""
    assert isinstance(settings, dict)
    return {name: value for name, value in settings.items() if not name.startswith("backend")}
