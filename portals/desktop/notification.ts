// org.freedesktop.portal.Notification: messages of the app, shown by the desktop's own notification service under the app's id.
import { BUS_NAME } from "../../dbus-proxy/wire/message.ts";
import type { Value, VariantValue } from "../../dbus-proxy/wire/reader.ts";
import { encodeBody } from "../../dbus-proxy/wire/writer.ts";
import { cleanText } from "../dialogs/dialogs.ts";
import type { PortalInstance } from "../core/instance.ts";
import { dictionary, readOptions, textOption } from "../core/options.ts";
import { DESKTOP_PATH, type Options, type Portal, type PortalCall, variant } from "../core/portal.ts";
import { PortalError } from "../core/portal-error.ts";
import { listenUntilEnd } from "../host-bus/listening.ts";

const INTERFACE = "org.freedesktop.portal.Notification";
export const SERVICE = "org.freedesktop.Notifications";
const SERVICE_PATH = "/org/freedesktop/Notifications";
const MAX_SHOWN = 256;
const MAX_BODY_CHARS = 4096;
/** Of what is kept until an action is chosen: the app's names, and the values that go with them. */
const MAX_NAME_CHARS = 255;
const MAX_TARGET_BYTES = 4096;
const URGENCIES: Readonly<Record<string, number>> = { low: 0, normal: 1, high: 1, urgent: 2 };
const KNOWN = {
  title: "s",
  body: "s",
  priority: "s",
  icon: "v",
  "default-action": "s",
  "default-action-target": "v",
  buttons: "aa{sv}",
};

interface Action {
  readonly name: string;
  readonly target: VariantValue | undefined;
}

interface Shown {
  readonly id: string;
  readonly number: number;
  readonly client: string;
  readonly actions: ReadonlyMap<string, Action>;
}

interface Notifications {
  /** By the app's own id: an app can name its own notifications alone. */
  readonly shown: Map<string, Shown>;
  readonly ready: Promise<void>;
}

export const notification: Portal = {
  interface: INTERFACE,
  version: 1,
  methods: {
    AddNotification: {
      in: "sa{sv}",
      out: "",
      names: ["id", "notification"],
      run: async (call) => {
        const id = String(call.args[0]);
        if (id.length > MAX_NAME_CHARS) throw new PortalError("InvalidArgument", "the id is too long");
        await add(call, id, readNotification(call.args[1]));
        return [];
      },
    },
    RemoveNotification: {
      in: "s",
      out: "",
      names: ["id"],
      run: async ({ instance, args }) => {
        const { shown } = stateOf(instance);
        const known = shown.get(String(args[0]));
        if (known === undefined) return [];
        shown.delete(known.id);
        await callService(instance, "CloseNotification", "u", [known.number]).catch(() => {});
        return [];
      },
    },
  },
  signals: { ActionInvoked: "ssav" },
};

function stateOf(instance: PortalInstance): Notifications {
  return instance.own("notifications", () => {
    const shown = new Map<string, Shown>();
    const find = (number: unknown): Shown | undefined => [...shown.values()].find((one) => one.number === number);
    const listen = async (): Promise<void> => {
      const bus = await instance.sessionBus();
      // Another service counts from the beginning: a number of before is somebody else's notification there.
      const changes = { sender: BUS_NAME, interface: BUS_NAME, member: "NameOwnerChanged", arg0: SERVICE };
      await listenUntilEnd(instance, bus, changes, () => shown.clear());
      await listenUntilEnd(instance, bus, { sender: SERVICE, interface: SERVICE, path: SERVICE_PATH }, ({ member, args }) => {
        const one = find(args[0]);
        if (one === undefined) return;
        if (member === "NotificationClosed") shown.delete(one.id);
        const action = member === "ActionInvoked" ? one.actions.get(String(args[1])) : undefined;
        if (action !== undefined) invoke(instance, one, action);
      });
    };
    return { shown, ready: listen() };
  });
}

function readNotification(raw: Value | undefined): Options {
  const options = readOptions(raw, KNOWN);
  const priority = textOption(options, "priority");
  if (priority !== undefined && !Object.hasOwn(URGENCIES, priority))
    throw new PortalError("InvalidArgument", `no priority is called \`${cleanText(priority)}\``);
  return options;
}

async function add(call: PortalCall, id: string, options: Options): Promise<void> {
  const { instance, client } = call;
  if (instance.store.lookup("notifications", "notification", instance.appId)[0] === "no") return;
  const { shown, ready } = stateOf(instance);
  await ready;
  const known = shown.get(id);
  if (known === undefined && shown.size >= MAX_SHOWN) throw new PortalError("NotAllowed", "too many notifications are shown");
  const { actions, words } = actionsOf(options);
  const hints: Record<string, VariantValue> = {
    "desktop-entry": variant("s", instance.appId),
    urgency: variant("y", URGENCIES[textOption(options, "priority") ?? "normal"] ?? 1),
  };
  // Desktop Notifications Specification 1.2: the body may be markup, the summary never is.
  const body = escapeMarkup((textOption(options, "body") ?? "").slice(0, MAX_BODY_CHARS));
  const args = [instance.appId, known?.number ?? 0, iconOf(options), cleanText(textOption(options, "title")), body, words, dictionary(hints), -1];
  const { values } = await callService(instance, "Notify", "susssasa{sv}i", args);
  shown.set(id, { id, number: Number(values[0]), client, actions });
}

function actionsOf(options: Options): { readonly actions: ReadonlyMap<string, Action>; readonly words: readonly string[] } {
  const actions = new Map<string, Action>();
  const words: string[] = [];
  const name = textOption(options, "default-action");
  if (name !== undefined) {
    actions.set("default", keptAction(name, options.get("default-action-target")));
    words.push("default", "");
  }
  for (const raw of ((options.get("buttons")?.value ?? []) as readonly Value[]).slice(0, 8)) {
    const button = readOptions(raw, { label: "s", action: "s", target: "v" });
    const action = textOption(button, "action");
    const label = textOption(button, "label");
    if (action === undefined || label === undefined) throw new PortalError("InvalidArgument", "a button needs a label and an action");
    // Our own key: what the app calls its action reaches no service.
    const key = `b${actions.size}`;
    actions.set(key, keptAction(action, button.get("target")));
    words.push(key, cleanText(label));
  }
  return { actions, words };
}

/** INVARIANT: an app has hundreds of notifications shown for as long as it likes, so what is kept of each is small. */
function keptAction(name: string, given: VariantValue | undefined): Action {
  const target = given?.value as VariantValue | undefined;
  if (name.length > MAX_NAME_CHARS) throw new PortalError("InvalidArgument", "the name of an action is too long");
  if (target !== undefined && encodeBody("v", [target as unknown as Value]).length > MAX_TARGET_BYTES)
    throw new PortalError("InvalidArgument", "the target of an action is too long");
  return { name, target };
}

/** Serialised icons (GIO, g_icon_serialize): only names of themes, since a service reads images with decoders of its own. */
function iconOf(options: Options): string {
  const icon = options.get("icon")?.value as VariantValue | undefined;
  const [kind, content] = icon?.signature === "(sv)" ? (icon.value as readonly [string, VariantValue]) : [];
  const names = kind === "themed" && content?.signature === "as" ? (content.value as readonly string[]) : [];
  return names.find((name) => /^[A-Za-z0-9._-]{1,100}$/.test(name)) ?? "";
}

/**
 * Told to the connection that showed it, also for `app.NAME` (org.freedesktop.Application). INVARIANT: nothing is called or started outside by the app's name: who has
 * that name on the user's bus, or is started for it, runs in no sandbox.
 */
function invoke(instance: PortalInstance, { id, client }: Shown, { name, target }: Action): void {
  instance.emit(client, DESKTOP_PATH, INTERFACE, "ActionInvoked", "ssav", [id, name, target === undefined ? [] : [target]]);
}

async function callService(instance: PortalInstance, member: string, signature: string, args: readonly Value[]) {
  const bus = await instance.sessionBus();
  return bus.call({ destination: SERVICE, path: SERVICE_PATH, interface: SERVICE, member, signature, args });
}

export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
