// Every check, in the order of the listing: what stops everything first.
import type { Check } from "./check.ts";
import { kernel } from "./checks/kernel.ts";
import { userNamespaces } from "./checks/user-namespaces.ts";

export const CHECKS: readonly Check[] = [kernel, userNamespaces];
