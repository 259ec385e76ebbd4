export * from './aws-events.ts';
export { checkPattern, PatternError } from './check-pattern.ts';
export { type BusEvent, EventError, makeEvent, maxEventBytes, ownSource, parseBusEvent } from './envelope.ts';
export { inParts } from './in-parts.ts';
export * from './own-events.ts';
export { type Filter, matches, type Pattern, type Scalar } from './pattern.ts';
export { type FunctionName, type Route, routes } from './routes.ts';
export { wildcardMatches } from './wildcard.ts';
