// What is shown lives in the address: a filter can be linked, kept and gone back from.

import { html, useEffect, useState } from './preact.js';

const readers = new Set();
const read = () => Object.fromEntries(new URLSearchParams(location.search));
let view = read();

function tell() {
  view = read();
  for (const reader of readers) reader(view);
}

addEventListener('popstate', tell);

const queryOf = (filters) => {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value)).toString();
  return query === '' ? location.pathname : `?${query}`;
};

/** The filters that the address holds, as a plain object of strings. */
export function useView() {
  const [seen, setSeen] = useState(view);
  useEffect(() => {
    readers.add(setSeen);
    return () => readers.delete(setSeen);
  }, []);
  return seen;
}

/** Changes some filters and leaves the others; an empty value takes one away. */
export function change(filters) {
  history.replaceState(null, '', queryOf({ ...view, ...filters }) + location.hash);
  tell();
}

/** Goes to a section; to that of the address when none is named: a browser looks for it before anything is read. What is not drawn just now lies in its list. */
export function arrive(section = location.hash.slice(1)) {
  const target =
    document.getElementById(section) ?? document.getElementById(section.replace(/^(plan|rollout)-.*$/s, '$1s'));
  target?.focus({ preventScroll: true });
  target?.scrollIntoView();
}

/** A link to a section with exactly these filters, so that a number leads to what it counts. */
export function Link({ show = {}, to, class: name, title, children }) {
  const href = `${queryOf(show)}#${to}`;
  const follow = (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.pushState(null, '', href);
    tell();
    requestAnimationFrame(() => arrive(to));
  };
  return html`<a class=${name} href=${href} title=${title} onClick=${follow}>${children}</a>`;
}
