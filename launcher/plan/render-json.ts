// stub
import type { Plan } from "./plan.ts";
export function renderPlanJson(plan: Plan): string { return plan.appId; }
