// A named set: the rules for one use of a service that could do more. A new one is one such object in a file of its own and one line in list.ts.

export interface SetGrant {
  /** Names, `NAME.*` or `NAME-*` that may be owned. */
  readonly own?: readonly string[];
  /** Service and rule (message-rules.ts). */
  readonly calls?: readonly (readonly [service: string, rule: string])[];
  readonly broadcasts?: readonly (readonly [service: string, rule: string])[];
}

export interface BusSet {
  readonly name: string;
  readonly bus: "session" | "system";
  /** What an app can do by it: one sentence, at most 120 characters. */
  readonly words: string;
  readonly risk: "none" | "low" | "medium";
  /** Where the set is about a thing of the app's own: what is said behind `NAME:`. Null: nothing. */
  readonly parameter: SetParameter | null;
  /** What it calls; a denial of one of these takes the set away. */
  readonly services: readonly string[];
  /** `parameter`: one that fits; "" where there is none. */
  grant(parameter: string): SetGrant;
}

export interface SetParameter {
  /** What it is, for a message. */
  readonly words: string;
  fits(text: string): boolean;
  /** It is a name that the program itself chooses: of a named instance, its app's, and not the instance's own. Missing: false. */
  readonly isProgram?: boolean;
  /** Where nothing is said. */
  ofApp(appId: string): string;
  /** Whether it may name what is not the app's own, which makes the set a high risk. `appId`: null where the set is for any app. Missing: it cannot. */
  isOfOthers?(text: string, appId: string | null): boolean;
}

/** Each member of an interface of a service, called at one path. */
export function callsOf(service: string, path: string, interfaceName: string, ...members: readonly string[]): SetGrant["calls"] & {} {
  return members.map((member) => [service, `${interfaceName}.${member}@${path}`] as const);
}
