# Reads keyfiles with GLib itself. One JSON object a line on standard input ({"bytes": base64}), one a line on standard output:
# {"ok": false} or {"ok": true, "groups": [[name, [[key, string or null, list or null, boolean or null, string]…]]…]}. Null: GLib gives an error
# for that reading; the last string is what it gives beside that error.
import base64
import ctypes
import json
import sys

glib = ctypes.CDLL("libglib-2.0.so.0")
glib.g_key_file_new.restype = ctypes.c_void_p
for name in ("g_key_file_get_groups", "g_key_file_get_keys", "g_key_file_get_string_list"):
    getattr(glib, name).restype = ctypes.POINTER(ctypes.c_char_p)
glib.g_key_file_get_string.restype = ctypes.c_void_p
glib.g_strfreev.argtypes = [ctypes.c_void_p]
KEEP_COMMENTS_AND_TRANSLATIONS = 3


def strings(pointer, length):
    if not pointer:
        return None
    taken = [pointer[index].decode("utf-8", "replace") for index in range(length.value)]
    glib.g_strfreev(ctypes.cast(pointer, ctypes.c_void_p))
    return taken


def read(data):
    keyfile = ctypes.c_void_p(glib.g_key_file_new())
    error = ctypes.c_void_p()
    if not glib.g_key_file_load_from_data(keyfile, data, ctypes.c_size_t(len(data)), KEEP_COMMENTS_AND_TRANSLATIONS, ctypes.byref(error)):
        return {"ok": False}
    length = ctypes.c_size_t()
    groups = []
    for group in strings(glib.g_key_file_get_groups(keyfile, ctypes.byref(length)), length):
        raw_group = group.encode()
        keys = []
        for key in strings(glib.g_key_file_get_keys(keyfile, raw_group, ctypes.byref(length), None), length) or []:
            raw_key = key.encode()
            failed = ctypes.c_void_p()
            text = glib.g_key_file_get_string(keyfile, raw_group, raw_key, ctypes.byref(failed))
            given = ctypes.cast(text, ctypes.c_char_p).value.decode("utf-8", "replace") if text else None
            value = None if failed else given
            failed = ctypes.c_void_p()
            items = strings(glib.g_key_file_get_string_list(keyfile, raw_group, raw_key, ctypes.byref(length), ctypes.byref(failed)), length)
            failed_boolean = ctypes.c_void_p()
            truth = glib.g_key_file_get_boolean(keyfile, raw_group, raw_key, ctypes.byref(failed_boolean))
            keys.append([key, value, None if failed else (items or []), None if failed_boolean else bool(truth), given])
        groups.append([group, keys])
    glib.g_key_file_free(keyfile)
    return {"ok": True, "groups": groups}


for line in sys.stdin:
    print(json.dumps(read(base64.b64decode(json.loads(line)["bytes"]))), flush=True)
