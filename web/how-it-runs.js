import { html } from './preact.js';
import { many } from './words.js';

const argument = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text));
const line = (list) => list.map(argument).join(' ');

/** What the image says how it runs, and the files of it that give more rights than their caller has. */
export function HowItRuns({ config, executables }) {
  if (!config) return '';
  const rows = [
    ['User', config.user ?? 'root'],
    ['Entrypoint', line(config.entrypoint)],
    ['Command', line(config.command)],
    ['Folder', config.workingDir ?? ''],
    ['Ports', config.exposedPorts.join(', ')],
    ['Volumes', config.volumes.join(', ')],
    ['Health check', line(config.healthCheck ?? [])],
    ['Variables', config.environment.join(', ')],
    ...Object.entries(config.labels).map(([name, value]) => [`Label ${name}`, value]),
  ].filter(([, value]) => value !== '');
  return html`<details><summary>How it runs</summary><ul class="plain">${rows.map(([name, value]) => html`<li>${name}: <code>${value}</code></li>`)}</ul></details>
    <${Privileged} executables=${executables} />`;
}

function Privileged({ executables }) {
  const { count, privileged } = executables ?? { count: 0, privileged: [] };
  if (count === 0) return '';
  const rights = ({ mode, capabilities = [] }) =>
    [mode & 0o4000 ? 'setuid' : '', mode & 0o2000 ? 'setgid' : '', ...capabilities].filter(Boolean).join(', ');
  return html`<details><summary>${many(count, 'executable')}, ${privileged.length} with more rights than their caller</summary><ul class="plain">${privileged.map((file) => html`<li><code>${file.path}</code> ${rights(file)} <span class="quiet">${file.owner ?? 'of no package'}</span></li>`)}</ul></details>`;
}
