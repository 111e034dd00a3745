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
    from: "if (standing.level === OWN)\n        return standing.because;\n    if (standing.level <= SEE)",
    to: "if (standing.level >= SEE)\n        return standing.because;\n    if (standing.level <= SEE)",
  },
  { what: "an answer passes twice", file: "connection/bus-messages.js", from: "state.calls.delete(header.replySerial);", to: "" },
  {
    what: "changes of owner of hidden names are told",
    file: "connection/bus-messages.js",
    from: "const visible = standingOf(judging, name).level >= SEE || (unique && policy.source.sloppyNames);",
    to: "const visible = true;",
  },
  {
    what: "the list of names is whole",
    file: "connection/bus-messages.js",
    from: ".filter((name) => standingOf(judging, name).level >= SEE)",
    to: "",
  },
  {
    what: "every broadcast passes",
    file: "connection/bus-messages.js",
    from: 'return because === undefined ? "drop" : "forward";',
    to: 'return "forward";',
  },
];
