export { type Refusal, type XmlEvent, type XmlLimits, xmlReader } from './reader.ts';
