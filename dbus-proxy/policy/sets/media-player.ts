// A media player of its own (MPRIS 2.2): the app owns its name as a player and is controlled through it; other players stay hidden.
import { isWellKnownName } from "../../wire/names.ts";
import type { BusSet } from "./bus-set.ts";

const PREFIX = "org.mpris.MediaPlayer2";

export const mediaPlayer: BusSet = {
  name: "media-player",
  bus: "session",
  words: "Is controlled as a media player, by one name; it neither sees nor controls other players.",
  risk: "low",
  parameter: {
    words: "the player's name behind `org.mpris.MediaPlayer2.`",
    fits: (text) => isWellKnownName(`${PREFIX}.${text}`),
    isProgram: true,
    ofApp: (appId) => appId.slice(appId.lastIndexOf(".") + 1).toLowerCase(),
  },
  services: [],
  grant: (parameter) => ({ own: [`${PREFIX}.${parameter}.*`] }),
};
