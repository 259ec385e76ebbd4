/** Whether the environment or a profile asks for endpoint discovery: in a function, never. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: (): undefined => undefined,
  configFileSelector: (): undefined => undefined,
  default: undefined,
};

/**
 * DynamoDB's client makes a cache of discovered endpoints that none of its commands asks (Timestream's do). The bundles have this in its place, without the cache and the
 * two packages of data structures that it is made of.
 */
export const resolveEndpointDiscoveryConfig = <Config extends object>(config: Config): Config => config;
