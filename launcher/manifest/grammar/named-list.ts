// Reads the items of one named list (`shared`, `sockets`, `devices`, `features`) from left to right: NAME, !NAME, if:NAME:CONDITION.

export interface NamedState {
  readonly allowed: boolean;
  readonly reset: boolean;
  readonly conditions: readonly string[];
}

export type NamedItem =
  | { readonly kind: "grant" | "deny"; readonly name: string }
  | { readonly kind: "condition"; readonly name: string; readonly condition: string }
  | { readonly kind: "malformed" };

const NOTHING: NamedState = { allowed: false, reset: false, conditions: [] };

export function parseNamedItem(value: string): NamedItem {
  const [first = "", name = "", ...rest] = value.split(":");
  if (first === "if") return rest.length > 0 ? { kind: "condition", name, condition: rest.join(":") } : { kind: "malformed" };
  if (value.includes(":")) return { kind: "malformed" };
  return first.startsWith("!") ? { kind: "deny", name: first.slice(1) } : { kind: "grant", name: first };
}

/**
 * The state of one name after all items about it. A plain NAME before a conditional one is a filler for releases that know no conditions, and is undone;
 * a plain NAME after it makes it unconditional. A denial in between does not bring the filler back: Flatpak's own order of things, kept as it is.
 */
export function foldNamedItems(items: readonly NamedItem[]): NamedState {
  let state = NOTHING;
  let beforeFiller: NamedState | null = null;
  for (const item of items) {
    if (item.kind === "grant") {
      if (!state.allowed) beforeFiller = state;
      state = { allowed: true, reset: true, conditions: [] };
    } else if (item.kind === "deny") {
      state = { ...state, allowed: false, reset: true };
    } else if (item.kind === "condition") {
      const base: NamedState = beforeFiller ?? state;
      beforeFiller = null;
      state = { allowed: false, reset: base.reset, conditions: union(base.conditions, [item.condition]) };
    }
  }
  return state;
}

/** The state after a higher layer: it decides whether the name is allowed at all; conditions add up unless it resets. */
export function mergeNamedState(base: NamedState, over: NamedState): NamedState {
  return {
    allowed: over.allowed,
    reset: base.reset || over.reset,
    conditions: union(over.reset ? [] : base.conditions, over.conditions),
  };
}

/** The items that read back to this state. */
export function renderNamedState(name: string, state: NamedState): readonly string[] {
  if (state.allowed) return [name];
  if (state.conditions.length === 0) return [`!${name}`];
  return [...(state.reset ? [`!${name}`] : []), name, ...state.conditions.map((condition) => `if:${name}:${condition}`)];
}

function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])].sort();
}
