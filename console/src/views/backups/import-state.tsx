import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { formatBytes } from '../../formats/bytes';
import { formatDuration } from '../../formats/duration';
import { formatPercent } from '../../formats/numbers';
import { hrefOf } from '../../routing/route';
import { failureText } from '../../texts/failure-text';
import { texts } from '../../texts/texts';
import { forgetImport, type Import, importing, pauseImport, resumeImport, stopImport } from './importing';
import { percentOf, secondsLeft, type Upload } from './upload-state';

/** The file that is being imported, or was. */
export function ImportState() {
  const { importing: text } = texts().backups;
  if (importing.value === undefined) return null;
  const { upload, failure } = importing.value;
  const another = (
    <button type="button" class="button" onClick={forgetImport}>
      {text.another}
    </button>
  );
  switch (upload.phase) {
    case 'done':
      return (
        <Notice tone="good" title={text.done(upload.filename)} urgent>
          <p class="quiet">{text.trust}</p>
          <div class="actions">
            {upload.backupId === undefined ? null : (
              <a class="button" href={hrefOf(`/backups/${upload.backupId}`)}>
                {text.show}
              </a>
            )}
            {another}
          </div>
        </Notice>
      );
    case 'refused':
      return (
        <section aria-label={text.title}>
          <p>{text.refused(upload.filename)}</p>
          {failure === undefined ? null : <FailureNotice failure={failure} />}
          <div class="actions">{another}</div>
        </section>
      );
    case 'stopped':
      return (
        <Notice tone="neutral" title={text.stopped}>
          <div class="actions">{another}</div>
        </Notice>
      );
    case 'sending':
    case 'waiting':
    case 'paused':
    case 'finishing':
      return <OnItsWay upload={upload} failure={failure} />;
  }
}

function OnItsWay({ upload, failure }: Import) {
  const { backups, common } = texts();
  const { importing: text } = backups;
  const left = secondsLeft(upload, Date.now());
  const facts = [
    common.progress.percent(formatPercent(percentOf(upload))),
    common.progress.bytes(formatBytes(upload.bytesDone), formatBytes(upload.bytesTotal)),
    ...(left === undefined ? [] : [common.progress.left(formatDuration(left))]),
  ];
  return (
    <section class="drop" aria-label={text.title}>
      <div class="progress">
        <strong>{text.sending(upload.filename)}</strong>
        <progress max={100} value={percentOf(upload)} aria-label={text.sending(upload.filename)} />
        <span class="progress-facts">{facts.join(' · ')}</span>
      </div>
      {upload.bytesBefore === 0 ? null : <p class="quiet">{text.resumed(formatBytes(upload.bytesBefore))}</p>}
      <p role="status">{phaseText(upload)}</p>
      {failure?.kind === 'refused' ? <p>{failureText(failure)}</p> : null}
      <div class="actions">
        {upload.phase === 'paused' ? (
          <button type="button" class="button button-primary" onClick={resumeImport}>
            {text.resume}
          </button>
        ) : (
          <button type="button" class="button" onClick={pauseImport}>
            {text.pause}
          </button>
        )}
        <button type="button" class="button" onClick={stopImport}>
          {text.stop}
        </button>
      </div>
    </section>
  );
}

function phaseText({ phase }: Upload): string {
  const { importing: text } = texts().backups;
  if (phase === 'waiting') return text.waiting;
  if (phase === 'paused') return text.paused;
  return phase === 'finishing' ? text.finishing : '';
}
