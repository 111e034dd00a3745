// Players: what they play is heard at the sound server's output, what they show is on the screen.
import { findPatches, shootX } from "../../../support/picture.ts";
import { toneOf, wave } from "../../../support/sound.ts";
import { heardTone, TONE } from "../hearing.ts";
import { DISPLAY, type Editor, type Program } from "../program.ts";
import { patchesAsFilm } from "../documents.ts";

/** Plays a tone from the music folder and a film from the videos folder. */
function player(wishes: Editor): readonly Program[] {
  return [
    {
      part: "a tone",
      document: { path: "Music/tone.wav", content: wave(toneOf(TONE, 60)) },
      title: "tone.wav",
      sounds: true,
      act: () => Promise.resolve(),
      isDone: heardTone,
      needs: [{ without: "--nosocket=pulseaudio" }, { without: "--nofilesystem=xdg-music" }],
      ...wishes,
    },
    {
      part: "a film",
      document: { path: "Videos/patches.y4m", content: patchesAsFilm() },
      title: "patches.y4m",
      act: () => Promise.resolve(),
      isDone: async ({ session }) => findPatches(await shootX(session)) !== undefined,
      needs: [DISPLAY, { without: "--nofilesystem=xdg-videos" }],
      ...wishes,
    },
  ];
}

export const PLAYERS: readonly Program[] = [
  ...player({ id: "io.mpv.Mpv", packages: ["mpv"], arguments: ["--force-window"] }),
  ...player({ id: "org.videolan.VLC", packages: ["vlc", "vlc-plugin-base", "vlc-plugin-qt", "vlc-plugin-video-output"], arguments: ["--no-qt-privacy-ask"] }),
];
