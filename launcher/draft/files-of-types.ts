// Which of the user's folders a program is made for, by the types of files that its desktop entry names. Pure.

const FOLDERS: readonly { readonly type: RegExp; readonly folder: string }[] = [
  { type: /^image\//, folder: "xdg-pictures" },
  { type: /^video\//, folder: "xdg-videos" },
  { type: /^audio\/|x-scpls|mpegurl/, folder: "xdg-music" },
  {
    type: /^text\/|^application\/(?:pdf|postscript|epub|x-cbr|x-cbz|msword|rtf|vnd\.(?:oasis|openxml|ms-)|x-dvi|xml|json|x-abiword|x-shellscript)|^application\/x-(?:tex|desktop)/,
    folder: "xdg-documents",
  },
  { type: /^application\/(?:zip|x-tar|x-7z|x-rar|gzip|x-bzip|x-xz|x-compressed|x-bittorrent)/, folder: "xdg-download" },
];

export function foldersOfTypes(types: readonly string[]): readonly { readonly folder: string; readonly type: string }[] {
  const found = new Map<string, string>();
  for (const type of types) for (const entry of FOLDERS) if (entry.type.test(type) && !found.has(entry.folder)) found.set(entry.folder, type);
  return [...found].map(([folder, type]) => ({ folder, type }));
}
