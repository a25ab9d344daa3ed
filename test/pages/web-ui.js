// Behaves as the web UI of SCC does: cookies and a CSRF header, JSON bodies, polling that stops for good at the first
// answer that is not 2xx, ids compared as numbers, downloads by plain navigation.
const pace = new URLSearchParams(location.search);
const LIST_EVERY_MS = Number(pace.get('list') ?? 5000);
const RESTORE_EVERY_MS = Number(pace.get('restore') ?? 1500);
/** Everything that was asked, for the test. */
window.calls = [];
window.restoreItem = undefined;

const cookie = (name) =>
  document.cookie
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

async function call(method, path, body) {
  const headers = {};
  if (method !== 'GET') headers['X-CSRF-Token'] = cookie('berkut_csrf') ?? '';
  if (body !== undefined && !(body instanceof FormData)) headers['Content-Type'] = 'application/json';
  const response = await fetch(`/api${path}`, {
    method,
    headers,
    credentials: 'include',
    body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
  });
  const isJson = (response.headers.get('content-type') ?? '').includes('application/json');
  const answer = isJson ? await response.json() : undefined;
  window.calls.push({ method, path, status: response.status, code: answer?.error?.code, key: answer?.error?.i18n_key });
  if (!response.ok) throw Object.assign(new Error('refused'), { key: answer?.error?.i18n_key });
  return answer;
}

function poll(everyMs, ask) {
  const turn = async () => {
    try {
      if ((await ask()) !== 'done') setTimeout(turn, everyMs);
    } catch (error) {
      document.querySelector('#message').textContent = error.key ?? String(error);
    }
  };
  void turn();
}

function show({ items }) {
  window.newest = items[0];
  window.lastGood = items.find((item) => item.status === 'success');
  document.querySelector('#list').replaceChildren(
    ...items.map((item) => {
      const row = document.createElement('tr');
      row.dataset.id = item.id;
      for (const text of [item.id, item.status, item.source, item.size_bytes ?? '']) {
        row.insertCell().textContent = text;
      }
      const cell = row.insertCell();
      const link = Object.assign(document.createElement('a'), {
        href: `/api/backups/${item.id}/download`,
        textContent: 'Download',
      });
      const restore = Object.assign(document.createElement('button'), { className: 'restore', textContent: 'Restore' });
      restore.onclick = () => startRestore(item.id);
      const remove = Object.assign(document.createElement('button'), { className: 'delete', textContent: 'Delete' });
      remove.onclick = () => call('DELETE', `/backups/${item.id}`).then(() => (window.deleted = item.id));
      cell.append(link, ' ', restore, ' ', remove);
      return row;
    }),
  );
}

async function startRestore(id) {
  const { restore_id: restoreId, item } = await call('POST', `/backups/${id}/restore`, {});
  if (item.id !== restoreId) throw new Error('ids differ');
  poll(RESTORE_EVERY_MS, async () => {
    const { item: run } = await call('GET', `/backups/restores/${restoreId}`);
    window.restoreItem = run;
    document.querySelector('#restore').textContent = run.status;
    document.querySelector('#steps').replaceChildren(
      ...run.steps.map((step) =>
        Object.assign(document.createElement('li'), {
          textContent: `${step.message_i18n_key === '' ? step.name : step.message_i18n_key}: ${step.status}`,
        }),
      ),
    );
    return ['success', 'failed', 'canceled'].includes(run.status) ? 'done' : undefined;
  });
}

document.querySelector('#create').onclick = async () => {
  const { run, artifact } = await call('POST', '/backups', {
    label: 'from the page',
    scope: ['ALL'],
    include_files: false,
  });
  window.created = { run, artifact };
};
document.querySelector('#upload').onclick = async () => {
  const form = new FormData();
  form.append('file', document.querySelector('#file').files[0]);
  window.uploaded = (await call('POST', '/backups/import', form)).item;
};
poll(LIST_EVERY_MS, async () => show(await call('GET', '/backups')));
poll(LIST_EVERY_MS, async () => (window.integrity = (await call('GET', '/backups/integrity')).item));
