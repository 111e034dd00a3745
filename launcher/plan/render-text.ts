// stub
import type { Plan } from "./plan.ts";
export function renderPlanText(plan: Plan): string { return plan.appId; }
