import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../../texts/texts';
import { ImportState } from './import-state';
import { importing, isImporting, startImport } from './importing';

/** Where a file is dropped or chosen, and how far it is. A file may be dropped anywhere on the view. */
export function ImportPanel({ onImported }: { readonly onImported: () => void }) {
  const { importing: text } = texts().backups;
  const isOver = useSignal(false);
  const tooMany = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null | undefined): void => {
    const [file, ...more] = files ?? [];
    tooMany.value = more.length > 0;
    if (file !== undefined && more.length === 0) startImport(file);
  };
  useDrops(isOver, take);
  const backupId = importing.value?.upload.backupId;
  useEffect(() => {
    if (backupId !== undefined) onImported();
  }, [backupId]);
  if (importing.value !== undefined && !(isOver.value && !isImporting())) return <ImportState />;
  return (
    <section class={`drop${isOver.value ? ' drop-over' : ''}`} aria-label={text.title}>
      <p>
        {isOver.value ? text.dropAnywhere : text.drop}{' '}
        <button type="button" class="button" onClick={() => input.current?.click()}>
          {text.choose}
        </button>
      </p>
      <p class="quiet">{tooMany.value ? text.oneFile : text.trust}</p>
      <input
        ref={input}
        class="hidden"
        type="file"
        accept=".bscc"
        tabIndex={-1}
        aria-label={text.title}
        onChange={({ currentTarget }) => {
          take(currentTarget.files);
          currentTarget.value = '';
        }}
      />
    </section>
  );
}

/** Without this a file that misses the box replaces the page. */
function useDrops(isOver: { value: boolean }, take: (files: FileList | null | undefined) => void): void {
  useEffect(() => {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = true;
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      isOver.value = false;
      take(event.dataTransfer?.files);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
}
