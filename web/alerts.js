import { html } from './preact.js';

/** Alerts as Slack and mail show them; the text is drawn as text, whatever is in it. */
export function Alerts({ alerts }) {
  return html`
    <h2 id="alerts">Alerts <small>one per problem, updated in place; ${alerts.filter((each) => !each.alert.urgency.now).length} wait for the digest</small></h2>
    ${alerts.length === 0 ? html`<p class="card quiet">Nobody was told anything yet.</p>` : ''}
    ${alerts.slice(0, 12).map(
      (each) => html`<div class="columns" key=${each.alert.id}>
      <div class="card slack"><${Slack} message=${each.slack} /><div class="quiet">${each.alert.urgency.now ? 'told at once' : 'waits'}: ${each.alert.urgency.reason}</div></div>
      <div class="card"><div class="quiet">Mail: ${each.mail.subject}</div><pre>${each.mail.text}</pre></div>
    </div>`,
    )}
  `;
}

const plain = (text) =>
  text.replaceAll('\u2060', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function Slack({ message }) {
  return message.blocks.map((block) => {
    if (block.type === 'header') return html`<h3>${block.text.text}</h3>`;
    if (block.type === 'section') {
      const [, label, rest] = /^\*([^*]+)\*([\s\S]*)$/.exec(block.text.text) ?? [undefined, '', block.text.text];
      return html`<p><b>${label}</b>${plain(rest)}</p>`;
    }
    if (block.type === 'context') return html`<pre class="quiet">${plain(block.elements[0].text)}</pre>`;
    return html`<p>${block.elements.map((button) => html`<span class="badge">${button.text.text}</span> `)}</p>`;
  });
}
