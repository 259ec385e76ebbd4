import { html } from './preact.js';
import { Coverage, counts, Digest, service } from './words.js';

/** Workloads and what they really run, by observed digest. */
export function Workloads({ workloads, problems, images }) {
  const known = new Set(images.map((image) => image.digest));
  const open = (id) => problems.filter((problem) => problem.workloads.includes(id));
  return html`
    <h2 id="workloads">Workloads <small>${workloads.length} services and lone tasks</small></h2>
    ${
      workloads.length === 0
        ? html`<p class="card quiet">Nothing runs. Make a service of an image: <code>npx drydock local run app:tag --as checkout</code></p>`
        : html`
    <div class="scroll"><table>
      <thead><tr><th scope="col">Service</th><th scope="col">Image</th><th scope="col">Runs</th><th scope="col">Tasks</th><th scope="col">Deployment</th><th scope="col">Repair</th><th scope="col">Open problems</th></tr></thead>
      <tbody>${workloads.map(
        (each) => html`<tr key=${each.id}>
        <td><b>${service(each.id)}</b></td>
        <td>${each.containers.map((container) => html`<div class="mono">${container.image}</div>`)}</td>
        <td>${each.runningDigests.length === 0 ? html`<span class="quiet">nothing</span>` : each.runningDigests.map((digest) => html`<div><${Digest} digest=${digest} />${known.has(digest) ? '' : html` <span class="badge warn">not read yet</span>`}</div>`)}</td>
        <td>${each.running} of ${each.desired}</td>
        <td>${each.deployment.state}<div class="quiet">${each.deployment.reason ?? ''}</div></td>
        <td>${each.tags['drydock:repair'] ?? html`<span class="quiet">by policy</span>`}</td>
        <td>${open(each.id).length === 0 ? html`<span class="quiet">none known</span>` : `${open(each.id).length} (${open(each.id).filter((problem) => problem.kev).length} exploited)`}</td>
      </tr>`,
      )}</tbody>
    </table></div>`
    }
  `;
}

/** Images with their coverage beside every count: zero and unknown never look alike. */
export function Images({ images, unreadable }) {
  return html`
    <h2 id="images">Images <small>${images.length} read${unreadable.length === 0 ? '' : `, ${unreadable.length} could not be`}</small></h2>
    ${
      images.length === 0
        ? html`<p class="card quiet">Nothing was pushed yet: <code>npx drydock push ./layout app:1.0</code></p>`
        : html`
    <div class="scroll"><table>
      <thead><tr><th scope="col">Image</th><th scope="col">Digest</th><th scope="col">Distribution</th><th scope="col">Packages</th><th scope="col">Findings</th><th scope="col">Coverage</th></tr></thead>
      <tbody>${images.map(
        (image) => html`<tr key=${image.digest}>
        <td>${image.names.map((name) => html`<div>${name.repository}${name.tags.length === 0 ? html` <span class="quiet">no tag points here any more</span>` : `:${name.tags.join(', ')}`}</div>`)}</td>
        <td><${Digest} digest=${image.digest} /></td>
        <td>${image.distribution?.prettyName ?? image.distribution?.id ?? html`<span class="quiet">none</span>`}</td>
        <td>${image.packages}</td>
        <td>${counts(image.counts).length === 0 ? html`<span class="quiet">${image.coverage.state === 'scanned' ? 'none' : 'none found, but see coverage'}</span>` : counts(image.counts).map((level) => html`<span class=${`sev ${level}`}>${image.counts[level]} ${level}</span> `)}</td>
        <td><${Coverage} coverage=${image.coverage} /></td>
      </tr>`,
      )}</tbody>
    </table></div>`
    }
    ${unreadable.map((each) => html`<p class="card"><span class="badge warn">${each.code}</span> ${each.repository}${each.tag ? `:${each.tag}` : ''} <span class="quiet">${each.text}</span></p>`)}
  `;
}
