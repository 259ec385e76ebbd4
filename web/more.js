// What is more than anybody reads at once: drawn when it is asked for.

import { readMore } from './data.js';
import { html, useState } from './preact.js';

/** What is folded away, drawn while it is unfolded only; `children` is what draws it. */
export function Folded({ summary, open: atFirst = false, children }) {
  const [open, setOpen] = useState(atFirst);
  const draw = [children].flat()[0];
  return html`<details open=${open} onToggle=${(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}>
    <summary>${summary}</summary>
    ${open ? draw() : ''}
  </details>`;
}

/** Below the newest of a list: that there are older ones, which are read when somebody asks for them. */
export const Older = ({ part, more, count }) =>
  more
    ? html`<p class="quiet">These are the newest ${count}. <button type="button" onClick=${() => readMore(part)}>Read older ${part}</button></p>`
    : '';

/** What a list has left out of an entry, read anew whenever it is unfolded: `read` gives all, `draw` draws it. */
export function Rest({ summary, read, draw }) {
  const [{ all, error }, setState] = useState({});
  const look = (event) => {
    if (event.target !== event.currentTarget || !event.currentTarget.open) return;
    read().then(
      (found) => setState({ all: found }),
      (failure) => setState((before) => ({ ...before, error: failure.message })),
    );
  };
  return html`<details onToggle=${look}><summary>${summary}</summary>
    ${error === undefined ? '' : html`<p class="quiet">They could not be read: ${error}</p>`}
    ${all === undefined ? (error === undefined ? html`<p class="quiet">Reading…</p>` : '') : draw(all)}
  </details>`;
}
