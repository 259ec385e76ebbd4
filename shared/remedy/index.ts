export { canonical, contentId } from './content-id.ts';
export { type ImageName, meantTag, pinnedName, splitImageName } from './image-name.ts';
export { planNewer, vulnerabilitySet } from './plan-newer.ts';
export type * from './plan-types.ts';
export { type ApplicationAnswer, sameApplication } from './same-application.ts';
export { cutWaves, defaultWaves, type WaveMember, waveSize } from './waves.ts';
export { compareWeighed, isOfProblem, stands, type Weighed, weighCandidate } from './weigh-candidate.ts';
