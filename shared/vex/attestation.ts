import { type Claims, objectAt, objectsAt, textAt } from '#shared/sbom';
import { digestAt } from './claimed-values.ts';
import { VexError } from './types.ts';

/** A document that was taken out of the attestation that carries it. */
export interface Attested {
  readonly document: Claims;
  /** `sha256:…` of what it says that it is about; absent: it came by itself */
  readonly subjects?: readonly string[];
}

const inToto = 'application/vnd.in-toto+json';
const mostSubjects = 1_000;

/**
 * Takes VEX out of its envelopes: a Sigstore bundle around a DSSE envelope around an in-toto statement (v0.1 and v1) whose predicate is OpenVEX, or any inner part of that; what is
 * none of these comes back as it is. Signatures are not checked: who may attach or import is what decides. Throws VexError for an envelope of something else.
 */
export function openAttestation(given: Claims, about: string): Attested {
  const envelope = given.dsseEnvelope === undefined ? given : objectAt(given.dsseEnvelope);
  const { payload, payloadType } = envelope;
  if (typeof payload !== 'string' || typeof payloadType !== 'string')
    return given._type === undefined ? { document: given } : statementOf(given, about);
  if (payloadType !== inToto)
    throw new VexError(about, `its envelope holds ${payloadType.slice(0, 100)}, not ${inToto}`);
  return statementOf(parsed(payload, about), about);
}

function statementOf(statement: Claims, about: string): Attested {
  const predicateType = textAt(statement.predicateType) ?? 'nothing';
  if (!predicateType.startsWith('https://openvex.dev/ns'))
    throw new VexError(about, `it attests ${predicateType.slice(0, 200)}, not https://openvex.dev/ns`);
  const subjects = objectsAt(statement.subject)
    .slice(0, mostSubjects)
    .flatMap(({ digest }) => digestAt(objectAt(digest).sha256));
  return { document: objectAt(statement.predicate), subjects: [...new Set(subjects)] };
}

function parsed(payload: string, about: string): Claims {
  try {
    return objectAt(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')));
  } catch (cause) {
    throw new VexError(about, 'the payload of its envelope is not JSON in base64', { cause });
  }
}
