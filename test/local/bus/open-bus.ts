import { afterEach } from 'vitest';
import { type BusEvent, routes } from '#shared/events';
import { type Bus, type BusOptions, createBus } from '../../../local/bus/index.ts';
import { pushEvent } from '../../events/recorded.ts';

/** The buses of the test, the newest last; who closes one itself takes it out. */
export const opened: Bus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

/** A bus that is closed after the test. */
export const start = async (options: BusOptions): Promise<Bus> => {
  const bus = await createBus(options);
  opened.push(bus);
  return bus;
};

export const pushRoutes = routes.filter((route) => route.name === 'image-pushed');
export const push = (repository: string): BusEvent => pushEvent({ 'repository-name': repository });

/** The repository that a record's push was to. */
export const repositoryOf = (body: string): string =>
  (JSON.parse(body) as { detail: Record<string, string> }).detail['repository-name'] ?? '';
