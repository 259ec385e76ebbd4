import { Link, useView } from './address.js';
import { readImage } from './data.js';
import { imageName } from './fleet.js';
import { HowItRuns } from './how-it-runs.js';
import { html, useEffect, useState } from './preact.js';
import { Badge, Command, Coverage, Digest, many, Risk, Section, Severity, Table } from './words.js';

/** One image as deep as we know it: findings with their layer, layers, packages. Shown when the address names one. */
export function Image({ images }) {
  const { image: digest } = useView();
  const [state, setState] = useState({});
  const rev = images.find((image) => image.digest === digest)?.rev;
  useEffect(() => {
    let wanted = true;
    if (digest)
      readImage(digest).then(
        (image) => wanted && setState({ digest, image }),
        (error) => wanted && setState({ digest, error: error.message }),
      );
    return () => {
      wanted = false;
    };
  }, [digest, rev]);
  if (!digest) return '';
  const { image, error } = state.digest === digest ? state : {};
  return html`<${Section} id="image" title=${image ? imageName(image) : 'Image'} failed=${error} note=${html`<${Digest} digest=${digest} />`}>
    <p><${Link} to="images">back to all images<//></p>
    ${image ? html`<${Inside} image=${image} />` : error ? '' : html`<p class="quiet">Reading…</p>`}
  <//>`;
}

function Inside({ image }) {
  const nameOf = (key) => `${key.ecosystem} ${key.name} ${key.version}`;
  const digests = image.layerList.map((layer) => layer.digest);
  const layerOf = new Map(image.packageList.map((each) => [nameOf(each.key), digests.indexOf(each.layer)]));
  const baseLayers = image.base?.layers;
  const partOf = (index, before) =>
    baseLayers === undefined ? '' : `${before}${index < baseLayers ? 'base' : 'application'}`;
  const broughtBy = (finding) => {
    const index = layerOf.get(nameOf(finding.key)) ?? -1;
    return index < 0 ? 'not known' : `layer ${index + 1} of ${digests.length}${partOf(index, ', ')}`;
  };
  const findingColumns = [
    ['Risk', (finding) => html`<${Risk} risk=${finding.risk} />`],
    ['Severity', (finding) => html`<${Severity} severity=${finding.severity} />`],
    [
      'Vulnerability',
      (finding) =>
        html`<b>${finding.vulnerability}</b> ${finding.malicious ? html`<${Badge} kind="bad">malware<//>` : ''} ${finding.disputed ? html`<${Badge} title="the CVE List says that it is contested whether this is a vulnerability">disputed<//>` : ''}<div>${finding.summary ?? ''}</div><div class="quiet">${finding.status}: ${finding.why}</div>`,
      'wide',
    ],
    ['Package', (finding) => html`<span class="mono">${finding.package.name} ${finding.package.version}</span>`],
    [
      'Fixed in',
      (finding) =>
        finding.fixedIn === undefined
          ? html`<span class="quiet">no fix known</span>`
          : html`<span class="mono">${finding.fixedIn}</span>`,
    ],
    ['Brought by', (finding) => html`<span class="quiet">${broughtBy(finding)}</span>`],
  ];
  const shown = image.findings.filter((finding) => !finding.hidden);
  const hidden = image.findings.filter((finding) => finding.hidden);
  const keyOf = (finding) => finding.id + finding.package.name + finding.package.version + finding.set;
  return html`<div class="card">
    <p><${Coverage} coverage=${image.coverage} />${image.unjudged > 0 ? html` <span class="unsure">${many(image.unjudged, 'package')} could not be judged</span>` : ''}</p>
    <p>${image.distribution?.prettyName ?? 'No distribution recognised'}${image.distribution?.channel ? ` (${image.distribution.channel})` : ''}, ${image.platform}, ${many(image.packageList.length, 'package')}, ${many(image.layerList.length, 'layer')}, read ${image.readAt.slice(0, 19).replace('T', ' ')} UTC.</p>
    ${image.base ? html`<p class="quiet">Base: ${image.base.why}.</p>` : ''}
    ${
      shown.length === 0
        ? html`<p class="quiet">${image.coverage.state === 'scanned' ? 'No finding is known by the advisories that are here.' : 'Nothing was found in what could be judged; that is not all of it.'}</p>`
        : html`<${Table} label="Findings of this image" columns=${findingColumns} rows=${shown} keyOf=${keyOf} />`
    }
    ${
      hidden.length === 0
        ? ''
        : html`<details><summary>${many(hidden.length, 'finding')} hidden, as noise or by VEX</summary><${Table} label="Hidden findings of this image" columns=${[...findingColumns, ['Why hidden', (finding) => html`<span class="quiet">${finding.hidden}</span>`]]} rows=${hidden} keyOf=${keyOf} /></details>`
    }
    <${HowItRuns} config=${image.config} executables=${image.executables} secrets=${image.secrets} layers=${image.layerList} />
    <details><summary>${many(image.layerList.length, 'layer')}, base first</summary><ol>${image.layerList.map((layer, index) => html`<li><${Digest} digest=${layer.digest} /> ${layer.size} bytes${partOf(index, ', ')} <code>${layer.createdBy ?? ''}</code></li>`)}</ol></details>
    <details><summary>${many(image.packageList.length, 'package')}</summary><ul class="plain mono">${image.packageList.slice(0, 1_000).map((each) => html`<li>${each.purl ?? `${each.key.name} ${each.key.version}`}</li>`)}</ul>${image.packageList.length > 1_000 ? html`<p class="quiet">and ${image.packageList.length - 1_000} more</p>` : ''}</details>
  </div>
  ${image.names[0]?.tags[0] ? html`<p><${Command}>npx drydock scan ${image.names[0].registry}/${image.names[0].repository}:${image.names[0].tags[0]}<//></p>` : ''}`;
}
