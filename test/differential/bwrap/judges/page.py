"""Opens a page in WebKitGTK with its sandbox on; prints what became of it and whose child the web process is."""
import os

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402


def web_processes():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as file:
                if not file.read().startswith("WebKitWebProc"):
                    continue
            with open(f"/proc/{pid}/stat") as file:
                parent = file.read().rsplit(")", 1)[1].split()[1]
            if os.readlink(f"/proc/{pid}/ns/mnt") == os.readlink("/proc/self/ns/mnt"):
                continue
            with open(f"/proc/{parent}/comm") as file:
                yield file.read().strip()
        except OSError:
            pass  # it ended meanwhile, or is another user's


def title_changed(view, _):
    if view.get_title() == "page 42":
        print(view.get_title(), "below", *set(web_processes()))
        Gtk.main_quit()


WebKit2.WebContext.get_default().set_sandbox_enabled(True)
view = WebKit2.WebView()
window = Gtk.Window()
window.add(view)
window.show_all()
view.connect("notify::title", title_changed)
view.connect("web-process-terminated", lambda *_: (print("terminated"), Gtk.main_quit()))
view.load_html("<title>no</title><script>document.title = 'page ' + (40 + 2)</script>", "http://localhost/")
GLib.timeout_add_seconds(40, Gtk.main_quit)
Gtk.main()
