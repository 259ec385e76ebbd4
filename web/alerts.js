import { Folded, Older } from './more.js';
import { slackText } from './plain.js';
import { html, useState } from './preact.js';
import { Badge, many, Section } from './words.js';

const mostShown = 30;

/** Alerts as Slack and mail show them; the text is drawn as text, whatever is in it. */
export function Alerts({ alerts, more, failed }) {
  const waiting = alerts.filter((each) => !each.alert.urgency.now).length;
  const ordered = [...alerts].sort((a, b) => Number(b.alert.urgency.now) - Number(a.alert.urgency.now));
  const show = (list) =>
    list.map((each) => html`<${Alert} key=${each.alert.id} each=${each} first=${each === ordered[0]} />`);
  return html`<${Section} id="alerts" title="Alerts" failed=${failed} note=${`${more ? `the newest ${alerts.length}, ` : ''}one per problem, updated in place; ${alerts.length - waiting} told at once, ${waiting} wait for the digest`}>
    ${alerts.length === 0 ? html`<p class="card quiet">Nobody was told anything yet: alerts are about what runs, and the first look at a fleet is told as one report.</p>` : ''}
    ${show(ordered.slice(0, mostShown))}
    ${ordered.length > mostShown ? html`<${Folded} summary=${many(ordered.length - mostShown, 'other alert')}>${() => show(ordered.slice(mostShown))}<//>` : ''}
    <${Older} part="alerts" more=${more} count=${alerts.length} />
  <//>`;
}

function Alert({ each: { alert, slack, mail }, first }) {
  const [open, setOpen] = useState(first);
  return html`<details class="card" open=${open} onToggle=${(event) => setOpen(event.target.open)}>
    <summary><span class=${`sev ${alert.severity.level}`}>${alert.header}</span> <${Badge}>${alert.state}<//> <span class="quiet">${alert.urgency.now ? 'told at once' : 'waits for the digest'}: ${alert.urgency.reason}</span></summary>
    ${
      open
        ? html`<div class="columns">
      <div role="group" aria-label="As Slack shows it"><h4>Slack</h4><div class="slack"><${Slack} message=${slack} /></div></div>
      <div role="group" aria-label="As mail shows it"><h4>Mail</h4><div class="mail"><p><b>Subject:</b> ${mail.subject}</p><pre>${mail.text}</pre></div></div>
    </div>`
        : ''
    }
  </details>`;
}

function Slack({ message }) {
  return message.blocks.map((block) => {
    if (block.type === 'header') return html`<p class="head">${slackText(block.text.text)}</p>`;
    if (block.type === 'section') {
      const [, label, rest] = /^\*([^*]+)\*([\s\S]*)$/.exec(block.text.text) ?? [undefined, '', block.text.text];
      return html`<p><b>${label}</b>${slackText(rest)}</p>`;
    }
    if (block.type === 'context')
      return html`<pre class="quiet">${block.elements.map((element) => slackText(element.text)).join('\n')}</pre>`;
    return html`<p>${(block.elements ?? []).map((button) => html`<span class=${`fake ${button.style ?? ''}`}>${slackText(button.text.text)}</span> `)}</p>`;
  });
}
