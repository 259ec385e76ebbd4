export const handler = async () => ({ todo: 'map-workloads' });
