// The tables of the permission store that portals of ours read. What is kept in another one counts for nobody here.

/** A portal of ours that keeps the user's word under another name adds it. */
export const READ_TABLES: readonly string[] = [
  "background",
  "desktop-used-apps",
  "devices",
  "gamemode",
  "location",
  "neighbours",
  "notifications",
  "realtime",
  "screenshot",
];
