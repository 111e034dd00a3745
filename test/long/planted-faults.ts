// Faults that the comparison with xdg-dbus-proxy must find: each is a change to one compiled file of dbus-proxy/. Data.

export interface PlantedFault {
  readonly what: string;
  /** Below dbus-proxy/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    what: "a name that may be seen may be called",
    file: "policy/decide.js",
    from: "if (standing.level <= SEE)\n        return undefined;",
    to: 'if (standing.level < SEE)\n        return undefined;\n    if (standing.level === SEE)\n        return "planted";',
  },
  { what: "an answer passes twice", file: "connection/bus-messages.js", from: "endCall(state, header.replySerial);", to: "" },
  {
    what: "changes of owner of hidden names are told",
    file: "connection/bus-messages.js",
    from: "const visible = isVisible(standingOf(judging, name)) || (unique && policy.source.sloppyNames);",
    to: "const visible = true;",
  },
  {
    what: "the list of names is whole",
    file: "connection/bus-messages.js",
    from: ".filter((name) => isVisible(standingOf(judging, name)))",
    to: "",
  },
  {
    what: "every broadcast passes",
    file: "connection/bus-messages.js",
    from: 'return allowed ? "forward" : "drop";',
    to: 'return "forward";',
  },
];
