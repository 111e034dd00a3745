{
  # The C++ addon alone; the C programs beside it are static and built by build.mjs.
  "targets": [
    {
      "target_name": "tsbox",
      "sources": [
        "addon/addon.cc",
        "addon/arguments.cc",
        "addon/sockets.cc",
        "addon/messages.cc",
        "addon/records.cc",
        "addon/watcher.cc",
        "addon/files.cc",
        "peer.c"
      ],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED", "_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-Wno-unused-parameter", "-fvisibility=hidden", "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"],
      "ldflags": ["-Wl,-z,relro,-z,now,-z,noexecstack"],
      "cflags_cc!": ["-fno-exceptions", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-fexceptions", "-std=gnu++17"]
    }
  ]
}
