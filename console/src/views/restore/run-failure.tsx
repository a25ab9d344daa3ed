import { isRecord, textIn } from '../../api/narrow';
import type { RestoreRun } from '../../api/types';
import { Panel } from '../../components/panel';
import { hrefOf } from '../../routing/route';
import { may } from '../../session/permissions';
import { codeText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';
import { Cause } from '../backups/backup-problem';
import { failedStep } from './run';
import { stepName } from './run-name';

/** Why a run failed, and what to do next. */
export function RunFailure({ run }: { readonly run: RestoreRun }) {
  const { failure, watch } = texts().restore;
  if (run.status !== 'failed') return null;
  const step = failedStep(run);
  const cause = step?.details?.['cause'];
  const sentence = textIn(step?.details, 'error') ?? run.error_message;
  const code = run.error_code ?? '';
  const words = codeText(code, sentence ?? code);
  return (
    <Panel title={failure.title} wide>
      <p>
        <strong>{words}</strong>
      </p>
      {step === undefined ? null : <p>{failure.step(stepName(step.name))}</p>}
      {/* A cause says more than the service's sentence, which says the same as the one above in English. */}
      {sentence === undefined || sentence === words || isRecord(cause) ? null : <p lang="en">{sentence}</p>}
      {isRecord(cause) ? <Cause title={watch.cause} cause={cause} /> : null}
      <p>
        <strong>{failure.next}</strong> {adviceOn(code)}
      </p>
      <div class="actions">
        {code === 'backups.restore.leftovers' ? (
          <a class="button" href="#/">
            {failure.seeAlerts}
          </a>
        ) : null}
        {may('backups.restore') ? (
          <>
            <a class="button" href={hrefOf(`/restore/${run.artifact_id}`)}>
              {failure.again}
            </a>
            <a class="button" href="#/restore">
              {failure.another}
            </a>
          </>
        ) : null}
      </div>
    </Panel>
  );
}

/** What helps against an error; for a code without advice of its own, what helps in general. */
function adviceOn(code: string): string {
  const advice: Readonly<Record<string, string>> = texts().restore.failure.advice;
  return advice[code] ?? texts().restore.failure.advice.other;
}
