export { type ListedImage, type Place, type RegistryCatalogue, RepositoryClosed } from './catalogue.ts';
export { stages } from './run.ts';
export { sweepState } from './state.ts';
export { type SweepReport, type SweepTurn, sweepTurn } from './sweep.ts';
export {
  assumedBytes,
  type SweepItem,
  type SweepOrder,
  type SweepPolicy,
  sweepOrder,
} from './sweep-order.ts';
export { type SweepPorts, turnMs } from './turn.ts';
export type { ForgetPolicy } from './unused-images.ts';
