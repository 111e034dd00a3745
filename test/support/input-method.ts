// Chinese input methods of the host, outside the sandbox as on a desktop: fcitx5 and ibus with pinyin. The X server is there already.
import { waitFor } from "./process.ts";
import { SERVER_LIFE } from "./server-script.ts";
import type { Session } from "./session.ts";

const FCITX_PROFILE =
  "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n[Groups/0/Items/0]\nName=keyboard-us\n\n[Groups/0/Items/1]\nName=pinyin\n\n[GroupOrder]\n0=Default\n";

/** What `typeChinese` leaves in the program. */
export const CHINESE = "你好";

export interface InputMethod {
  readonly name: "fcitx" | "ibus";
  readonly argv: readonly [string, ...string[]];
  /** Switches to Chinese; the answer says whether it did. */
  readonly choose: readonly [string, ...string[]];
  readonly chosen: readonly [string, ...string[]];
  /** Says something once the method serves. */
  readonly ready: readonly [string, ...string[]];
  readonly files: Readonly<Record<string, string>>;
}

export const FCITX: InputMethod = {
  name: "fcitx",
  argv: ["fcitx5"],
  choose: ["fcitx5-remote", "-s", "pinyin"],
  chosen: ["fcitx5-remote", "-n"],
  ready: ["fcitx5-remote"],
  files: { ".config/fcitx5/profile": FCITX_PROFILE },
};

export const IBUS: InputMethod = {
  name: "ibus",
  argv: ["ibus-daemon", "--xim", "--panel=disable"],
  choose: ["ibus", "engine", "libpinyin"],
  chosen: ["ibus", "engine"],
  ready: ["ibus", "address"],
  files: {},
};

/** Programs that are started from now on use it; what is returned ends it. */
export async function startInputMethod(session: Session, method: InputMethod): Promise<() => Promise<void>> {
  for (const [path, text] of Object.entries(method.files)) session.write(path, text);
  Object.assign(session.environment, { GTK_IM_MODULE: method.name, QT_IM_MODULE: method.name, XMODIFIERS: `@im=${method.name}` });
  const server = session.start(method.argv, { limit: SERVER_LIFE });
  await waitFor("the input method", async () => /^\d|unix:/.test((await session.run(method.ready)).stdout), 20_000);
  return async () => {
    server.kill("SIGTERM");
    await server.ended;
  };
}

/** Types into what has the focus, once the method took the choice of Chinese; one that is still coming up takes none. */
export async function typeChinese(session: Session, { choose, chosen }: InputMethod): Promise<void> {
  await waitFor(
    "the choice of Chinese",
    async () => {
      await session.run(choose);
      return /pinyin/.test((await session.run(chosen)).stdout);
    },
    10_000,
  );
  await session.run(["xdotool", "sleep", "1", "type", "--delay", "120", "nihao"]);
  await session.run(["xdotool", "sleep", "1", "key", "space"]);
}
