// The app's own items in the secret service (freedesktop.org Secret Service API, as libsecret speaks it): those that bear one attribute. What it searches for must
// bear it, what it stores must bear it, and it may name only items that such an answer named: their paths could be guessed.
// By its own: `xdg:schema` being the app's id or beginning with it and a dot, unless another ATTRIBUTE=VALUE is said.
import { isWellKnownName } from "../../wire/names.ts";
import { renderCondition } from "../argument-conditions.ts";
import type { BusSet } from "./bus-set.ts";

const SERVICE = "org.freedesktop.secrets";
const PATH = "/org/freedesktop/secrets";
const COLLECTIONS = `${PATH}/collection`;
const API = "org.freedesktop.Secret";
const ATTRIBUTES = `${API}.Item.Attributes`;
/** `Type`, which GNOME's service still takes, would be a second schema, which overrules the one in the attributes. */
const NO_TYPE = `arg0only=${API}.Item.Label,${ATTRIBUTES}`;
const SCHEMA = "xdg:schema";

export const ownSecrets: BusSet = {
  name: "own-secrets",
  bus: "session",
  words: "Keeps passwords of its own in the keyring, and reads those again; no other program's.",
  risk: "low",
  parameter: {
    words: "the app's id, or ATTRIBUTE=VALUE that all its items bear",
    fits: (text) => isWellKnownName(text) || /^[^=\]['\s]{1,100}=[^'\s]{1,150}$/.test(text),
    ofApp: (appId) => appId,
    // Any program's items can bear any attribute: only the app's id is nobody else's.
    isOfOthers: (text, appId) => {
      const value = text.slice(text.indexOf("=") + 1);
      return appId === null || (value !== appId && !value.startsWith(`${appId}.`));
    },
  },
  services: [SERVICE],
  grant: (parameter) => ({
    calls: [
      [SERVICE, `${API}.Service.OpenSession@${PATH} grants=${PATH}/session/*`],
      [SERVICE, `${API}.Service.ReadAlias@${PATH}`],
      ...marks(parameter, 0, []).flatMap((mark) => [
        [SERVICE, `${API}.Service.SearchItems@${PATH} ${mark} grants=${COLLECTIONS}/*`] as const,
        [SERVICE, `${API}.Collection.SearchItems@${COLLECTIONS}/* ${mark} grants=${COLLECTIONS}/*`] as const,
        [SERVICE, `${API}.Collection.SearchItems@${PATH}/aliases/* ${mark} grants=${COLLECTIONS}/*`] as const,
      ]),
      ...marks(parameter, 0, [ATTRIBUTES]).flatMap((mark) => [
        [SERVICE, `${API}.Collection.CreateItem@${COLLECTIONS}/* ${mark} ${NO_TYPE} grants=${COLLECTIONS}/*`] as const,
        [SERVICE, `${API}.Collection.CreateItem@${PATH}/aliases/* ${mark} ${NO_TYPE} grants=${COLLECTIONS}/*`] as const,
      ]),
      [SERVICE, `${API}.Service.GetSecrets@${PATH} arg0granted arg1granted`],
      ...[`${COLLECTIONS}/*`, `${PATH}/aliases/*`].flatMap((path) =>
        ["Locked", "Label"].map((what) => [SERVICE, `org.freedesktop.DBus.Properties.Get@${path} arg0=${API}.Collection arg1=${what}`] as const),
      ),
      // The user is asked, and sees what for. A collection may be unlocked, not locked, and its items stay out of reach.
      [SERVICE, `${API}.Service.Unlock@${PATH} grants=${PATH}/prompt/*`],
      [SERVICE, `${API}.Item.GetSecret@granted arg0granted`],
      [SERVICE, `${API}.Item.SetSecret@granted`],
      [SERVICE, `${API}.Item.Delete@granted forgets`],
      ...["Get", "GetAll"].map((method) => [SERVICE, `org.freedesktop.DBus.Properties.${method}@granted arg0=${API}.Item`] as const),
      [SERVICE, `${API}.Session.Close@granted`],
      [SERVICE, `${API}.Prompt.Prompt@granted`],
      [SERVICE, `${API}.Prompt.Dismiss@granted`],
    ],
    broadcasts: [
      [SERVICE, `${API}.Collection.ItemDeleted@${COLLECTIONS}/* forgets`],
      // Said also of an item that another program's replaced, in its place and with its path. Of nobody else's items the app hears.
      [SERVICE, `${API}.Collection.ItemCreated@${COLLECTIONS}/* arg0granted forgets`],
      [SERVICE, `${API}.Service.CollectionDeleted@${PATH} forgets`],
      [SERVICE, `${API}.Prompt.Completed@granted`],
    ],
  }),
};

/** The condition that the attributes in this argument bear the app's mark, in each of its forms. */
function marks(parameter: string, index: number, keys: readonly string[]): readonly string[] {
  const equals = parameter.indexOf("=");
  if (equals >= 0) return [renderCondition({ index, keys: [...keys, parameter.slice(0, equals)], comparison: "is", text: parameter.slice(equals + 1) })];
  const place = { index, keys: [...keys, SCHEMA] };
  return [renderCondition({ ...place, comparison: "is", text: parameter }), renderCondition({ ...place, comparison: "prefix", text: `${parameter}.` })];
}
