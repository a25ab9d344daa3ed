import { api, outcomeOf } from '../../api/client';
import { FailureNotice } from '../../components/failure-notice';
import { Page } from '../../components/page';
import { Badge } from '../../components/status-badge';
import { useLoaded } from '../../components/use-loaded';
import { texts } from '../../texts/texts';
import { PlanEditor } from './plan-editor';

/** When backups are made and which stay, with what that leads to beside it. */
export function PlanView() {
  const { plan: text, common } = texts();
  const [plan, reload] = useLoaded(() => outcomeOf(api.GET('/api/backups/plan')), []);
  const { value, failure } = plan.value;
  const state =
    value === undefined ? undefined : (
      <Badge tone={value.item.enabled ? 'good' : 'warning'} text={value.item.enabled ? text.isOn : text.isOff} />
    );
  return (
    <Page title={text.title} actions={state}>
      <p>{text.lead}</p>
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value === undefined ? failure === undefined && <p>{common.loading}</p> : null}
      {value === undefined ? null : <PlanEditor key={value.item.updated_at} plan={value.item} onSaved={reload} />}
    </Page>
  );
}
