// stub
import type { Plan } from "./plan.ts";
export function renderPlanBwrap(plan: Plan): string { return plan.appId; }
