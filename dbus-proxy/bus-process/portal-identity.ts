// Whether a portal service takes the app for itself: found out once for each owner of its name, when the app first calls it. Until then, and where not, nothing goes there.
import type { IdentityDoor, IdentityProblem } from "../connection/portal-door.ts";
import type { Finding } from "./identity.ts";

export interface IdentityQuestions {
  /** Never fails. */
  find(name: string): Promise<Finding>;
  /** A finding that stops calls. */
  tell(name: string, because: string): void;
  /** Whoever waits may look again. */
  found(): void;
}

export class PortalIdentity implements IdentityDoor {
  readonly #questions: IdentityQuestions;
  readonly #found = new Map<string, Finding | "asked">();
  /** Owners that a connection knew, for which another one was found. */
  readonly #differed = new Map<string, string>();
  /** Owners that were heard of while somebody was asked. */
  readonly #heard = new Map<string, string>();

  constructor(questions: IdentityQuestions) {
    this.#questions = questions;
  }

  mustWait(name: string, owner: string | undefined): boolean {
    const found = this.#found.get(name);
    if (found === "asked") return true;
    const differs = found !== undefined && owner !== undefined && found.owner !== "" && found.owner !== owner;
    if (found !== undefined && !differs) return false;
    // Either of the two is behind. Asking once more settles it; if it is the connection, it will hear of the new owner and look again.
    if (differs && this.#differed.get(name) === owner) return true;
    if (differs) this.#differed.set(name, owner);
    this.#ask(name);
    return true;
  }

  problemOf(name: string): IdentityProblem | undefined {
    const found = this.#found.get(name);
    if (found === undefined || found === "asked") return { isAbsent: false, because: `it is not known yet whom \`${name}\` takes for the caller` };
    // Said once: the next call asks again.
    if (found.kind === "failed" || found.kind === "absent") this.#found.delete(name);
    return found.kind === "known" ? undefined : { isAbsent: found.kind === "absent", because: found.because };
  }

  ownerSeen(name: string, owner: string): void {
    const found = this.#found.get(name);
    if (found === "asked") this.#heard.set(name, owner);
    else if (found !== undefined && found.owner !== owner) this.#found.delete(name);
    // Not at once: the connection that heard it is at work.
    setImmediate(() => this.#questions.found());
  }

  #ask(name: string): void {
    this.#found.set(name, "asked");
    void this.#questions.find(name).then((finding) => {
      const heard = this.#heard.get(name) ?? finding.owner;
      this.#heard.delete(name);
      if (heard === finding.owner) this.#found.set(name, finding);
      else this.#found.delete(name);
      if (heard === finding.owner && (finding.kind === "other" || finding.kind === "failed")) this.#questions.tell(name, finding.because);
      this.#questions.found();
    });
  }
}
