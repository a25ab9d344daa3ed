import { api, type Outcome, outcomeOf } from '../../api/client';

const askIntegrity = () => outcomeOf(api.GET('/api/backups/integrity'));
const askPlan = () => outcomeOf(api.GET('/api/backups/plan'));

let early: { integrity?: ReturnType<typeof askIntegrity>; plan?: ReturnType<typeof askPlan> } = {};

/** Asks for the sentence's facts at once, where a cookie says that there probably is a session. */
export function askEarly(): void {
  if (document.cookie.includes('berkut_csrf=')) early = { integrity: askIntegrity(), plan: askPlan() };
}

export function loadIntegrity(): ReturnType<typeof askIntegrity> {
  const { integrity, ...rest } = early;
  early = rest;
  return goodOr(integrity, askIntegrity);
}

export function loadPlan(): ReturnType<typeof askPlan> {
  const { plan, ...rest } = early;
  early = rest;
  return goodOr(plan, askPlan);
}

/** What was refused before it was known who is at the page is asked again. */
async function goodOr<T>(asked: Promise<Outcome<T>> | undefined, ask: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  const outcome = await asked;
  return outcome?.ok === true ? outcome : ask();
}
