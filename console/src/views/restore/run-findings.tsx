import type { RestoreRun } from '../../api/types';
import { Panel } from '../../components/panel';
import { Badge } from '../../components/status-badge';
import { texts } from '../../texts/texts';
import { findingsOf } from './run';

/** What the check before a restore found, in the service's words; nothing where it found nothing. */
export function RunFindings({ run }: { readonly run: RestoreRun }) {
  const { watch } = texts().restore;
  const findings = findingsOf(run);
  if (findings.length === 0) return null;
  return (
    <Panel title={watch.findings} wide>
      <ul class="findings">
        {findings.map(({ code, severity, message }) => (
          <li key={`${code} ${message}`}>
            <Badge tone={severity === 'problem' ? 'bad' : 'warning'} text={watch.severity[severity]} />
            <span lang="en">{message}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
