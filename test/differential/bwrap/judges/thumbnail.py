"""Lets gnome-desktop make a thumbnail, which it does in bwrap; prints its size."""
import sys

import gi

gi.require_version("GdkPixbuf", "2.0")
gi.require_version("GnomeDesktop", "3.0")
from gi.repository import GdkPixbuf, GnomeDesktop  # noqa: E402

GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, 300, 200).savev(sys.argv[1], "png", [], [])
made = GnomeDesktop.DesktopThumbnailFactory.new(GnomeDesktop.DesktopThumbnailSize.NORMAL).generate_thumbnail(f"file://{sys.argv[1]}", "image/png")
print(made.get_width() if made is not None else "none")
