import { html } from './preact.js';
import { many } from './words.js';

const argument = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : JSON.stringify(text));
const line = (list) => list.map(argument).join(' ');

/** What the image says how it runs, the files of it that give more rights than their caller has, and keys and tokens that are in its layers. */
export function HowItRuns({ config, executables, secrets, layers }) {
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
    <${Privileged} executables=${executables} />
    <${Secrets} secrets=${secrets ?? []} layers=${layers ?? []} />`;
}

function Secrets({ secrets, layers }) {
  if (secrets.length === 0) return '';
  const place = ({ layer }) => layers.findIndex(({ digest }) => digest === layer) + 1;
  return html`<details><summary>${many(secrets.length, 'file')} with keys or tokens, for whoever can pull the image</summary><ul class="plain">${secrets.map((secret) => html`<li><code>${secret.path}</code> ${secret.what} <span class="quiet">layer ${place(secret)}${secret.isThere ? '' : ', deleted later'}</span></li>`)}</ul></details>`;
}

function Privileged({ executables }) {
  const { count, privileged } = executables ?? { count: 0, privileged: [] };
  if (count === 0) return '';
  const rights = ({ mode, capabilities = [] }) =>
    [mode & 0o4000 ? 'setuid' : '', mode & 0o2000 ? 'setgid' : '', ...capabilities].filter(Boolean).join(', ');
  return html`<details><summary>${many(count, 'executable')}, ${privileged.length} with more rights than their caller</summary><ul class="plain">${privileged.map((file) => html`<li><code>${file.path}</code> ${rights(file)} <span class="quiet">${file.owner ?? 'of no package'}</span></li>`)}</ul></details>`;
}
