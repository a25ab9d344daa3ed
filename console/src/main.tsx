import { render } from 'preact';

const place = document.getElementById('app');
if (place !== null) render(<a href="/api/docs">Berkut SCC Backups</a>, place);
