// Viewers of documents that change nothing.
import { documentViewer, type Program } from "../program.ts";

export const VIEWERS: readonly Program[] = [
  documentViewer({ id: "org.gnome.Evince", packages: ["evince"] }),
  documentViewer({ id: "net.launchpad.qpdfview", packages: ["qpdfview"] }),
  documentViewer({ id: "org.pwmt.zathura", packages: ["zathura", "zathura-pdf-poppler"] }),
  documentViewer({ id: "com.artifex.mupdf", packages: ["mupdf"] }),
  documentViewer({ id: "com.xpdfreader.xpdf", packages: ["xpdf"] }),
  documentViewer({ id: "org.mate.atril", packages: ["atril"] }),
  documentViewer({ id: "org.kde.okular", packages: ["okular"], sidebar: 130 }),
];
